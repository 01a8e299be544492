/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Heads of requests, whole and cut anywhere. */
#include <stdio.h>
#include <string.h>

#include "base/attrs.h"
#include "http/head.h"
#include "support/head_text.h"
#include "tap.h"

#define H "Host: h.test\r\n"

struct test {
	const char *in;
	size_t len;
	const char *want;
};
#define CASE(in, want) \
	{ \
		in, sizeof(in) - 1, want \
	}

static const struct head_limits normal = { 8192, 8192, 65536, 128, false };
static const struct head_limits lenient = { 8192, 8192, 65536, 128, true };
/* target 10, field 20, head 80, three fields */
static const struct head_limits tight = { 10, 20, 80, 3, false };

static void
run(const struct test *test, size_t count, const struct head_limits *limits,
    const char *group)
{
	const struct test *t;
	struct head_text whole;
	size_t at;

	for (t = test; t < test + count; t++) {
		tap_input(t->in, t->len);
		head_text_parse(&whole, t->in, t->len, limits);
		is_str(whole.text, t->want, "%s: %s", group, t->want);
		ok(head_text_same_cut(t->in, t->len, limits, &at),
		    "%s: cut anywhere (%zu)", group, at);
	}
	tap_input(NULL, 0);
}

static const struct test line[] = {
	CASE("", "more"),
	CASE("GET / HTTP/1.1\r\n\r\n", "GET / 1.1 |"),
	CASE("GET / HTTP/1.0\r\n\r\n", "GET / 1.0 |"),
	CASE("\r\nGET / HTTP/1.1\r\n\r\n", "GET / 1.1 |"),
	CASE("\r\n\r\nGET / HTTP/1.1\r\n\r\n", "GET / 1.1 |"),
	CASE("\r\n\r\n\r\nGET / HTTP/1.1\r\n\r\n", "request_line_bad"),
	CASE("get /a?b HTTP/1.1\r\n\r\n", "get /a?b 1.1 |"),
	CASE("FOO * HTTP/1.1\r\n\r\n", "FOO * 1.1 |"),
	CASE("GET  / HTTP/1.1\r\n\r\n", "request_line_bad"),
	CASE("GET /  HTTP/1.1\r\n\r\n", "request_line_bad"),
	CASE(" GET / HTTP/1.1\r\n\r\n", "request_line_bad"),
	CASE("GET\t/ HTTP/1.1\r\n\r\n", "request_line_bad"),
	CASE("GET  HTTP/1.1\r\n\r\n", "request_line_bad"),
	CASE(" / HTTP/1.1\r\n\r\n", "request_line_bad"),
	CASE("GET /\tHTTP/1.1\r\n\r\n", "request_line_bad"),
	CASE("GET / HTTP/1.1 \r\n\r\n", "version_bad"),
	CASE("GET / HTTP/1.1\t\r\n\r\n", "version_bad"),
	CASE("GET / x HTTP/1.1\r\n\r\n", "request_line_bad"),
	CASE("GET /\r\n\r\n", "request_line_bad"),
	CASE("GET\r\n\r\n", "request_line_bad"),
	CASE("GET \r\n\r\n", "request_line_bad"),
	CASE("G@T / HTTP/1.1\r\n\r\n", "request_line_bad"),
	CASE("GET / HTTP/1.2\r\n\r\n", "version_bad"),
	CASE("GET / HTTP/0.9\r\n\r\n", "version_bad"),
	CASE("GET / HTTP/1\r\n\r\n", "version_bad"),
	CASE("GET / HTTP/01.1\r\n\r\n", "version_bad"),
	CASE("GET / HTTP/1.01\r\n\r\n", "version_bad"),
	CASE("GET / HTTP/+1.1\r\n\r\n", "version_bad"),
	CASE("GET / HTTP/11.1\r\n\r\n", "version_bad"),
	CASE("GET / http/1.1\r\n\r\n", "version_bad"),
	CASE("GET / HTTPS/1.1\r\n\r\n", "request_line_bad"),
	CASE("GET / HTTP /1.1\r\n\r\n", "request_line_bad"),
	CASE("GET / HTTP/2.0\r\n\r\n", "version_unsupported"),
	CASE("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "version_unsupported"),
	CASE("GET / HTTP/9.9\r\n\r\n", "version_unsupported"),
	CASE("\x16\x03\x01\x02", "client_tls_hello"),
	CASE("\r\n\x16\x03\x01\r\n", "request_line_bad"),
	CASE("GET / HTTP/1.1\r\nA: b\r\n\r\nbody", "GET / 1.1 |A=b|"),
	CASE("GET / HTTP/1.1\r\nA: b\r\n", "more"),
	CASE("GET / HTTP/1.1\r\nA: b\r\n\r", "more"),
};

static const struct test ends[] = {
	CASE("GET / HTTP/1.1\n\n", "GET / 1.1 lf |"),
	CASE("GET / HTTP/1.0\nHost: a\nB: c\n\n", "GET / 1.0 lf |Host=a|B=c|"),
	CASE("\n\nGET / HTTP/1.1\n\n", "GET / 1.1 lf |"),
	CASE("\n\n\nGET / HTTP/1.1\n\n", "request_line_bad"),
	CASE("\nGET / HTTP/1.1\r\n\r\n", "line_end_bad"),
	CASE("\r\nGET / HTTP/1.1\n\n", "line_end_bad"),
	CASE("GET / HTTP/1.1\n" H "\r\n", "line_end_bad"),
	CASE("GET / HTTP/1.1\r\nHost: h\n\r\n", "line_end_bad"),
	CASE("GET / HTTP/1.1\nHost: h\n\r\n", "line_end_bad"),
	CASE("GET / HTTP/1.1\r\n" H "\n", "line_end_bad"),
	CASE("GET / HTTP/1.1\nContent-Length: 0\n\n", "line_end_bad"),
	CASE("POST / HTTP/1.1\ntransfer-encoding: chunked\n\n", "line_end_bad"),
	CASE("GET / HTTP/1.1\r\r\n\r\n", "line_end_bad"),
	CASE("GET /\rHTTP/1.1\r\n\r\n", "line_end_bad"),
	CASE("GET / HTTP/1.1\rA: b\r\n\r\n", "line_end_bad"),
	CASE("GET / HTTP/1.1\r\nA: b\r\r\n\r\n", "line_end_bad"),
	CASE("GET / HTTP/1.1\r\nA: b\rC: d\r\n\r\n", "line_end_bad"),
	CASE("GET / HTTP/1.1\r\nA\r: b\r\n\r\n", "line_end_bad"),
	CASE("GET / HTTP/1.1\r\n" H "\r\r\n", "line_end_bad"),
};

static const struct test fields[] = {
	CASE("GET / HTTP/1.1\r\n" H "A:b\r\nc: \r\nD:\r\n\r\n",
	    "GET / 1.1 |Host=h.test|A=b|c=|D=|"),
	CASE("GET / HTTP/1.1\r\nA: \t b c\t \r\n\r\n", "GET / 1.1 |A=b c|"),
	CASE("GET / HTTP/1.1\r\nA: b\tc\r\n\r\n", "GET / 1.1 |A=b\\x09c|"),
	CASE("GET / HTTP/1.1\r\nA: \t \r\n\r\n", "GET / 1.1 |A=|"),
	CASE("GET / HTTP/1.1\r\nA: caf\xc3\xa9\r\n\r\n",
	    "GET / 1.1 |A=caf\\xc3\\xa9|"),
	CASE("GET / HTTP/1.1\r\nA: b: c:\r\nA: d\r\n\r\n",
	    "GET / 1.1 |A=b: c:|A=d|"),
	CASE("GET / HTTP/1.1\r\n!#$%&'*+-.^_`|~09azAZ: 1\r\n\r\n",
	    "GET / 1.1 |!#$%&'*+-.^_`|~09azAZ=1|"),
	CASE("GET / HTTP/1.1\r\nCookie: ;a=b\r\nCookie: ,;=;;\r\n\r\n",
	    "GET / 1.1 |Cookie=;a=b|Cookie=,;=;;|"),
	CASE("GET / HTTP/1.1\r\nX-T : v\r\n\r\n", "field_blank"),
	CASE("GET / HTTP/1.1\r\nX-T\t: v\r\n\r\n", "field_blank"),
	CASE("GET / HTTP/1.1\r\nX-T \t : v\r\n\r\n", "field_blank"),
	CASE("GET / HTTP/1.1\r\nX T: v\r\n\r\n", "field_name_bad"),
	CASE("GET / HTTP/1.1\r\n: v\r\n\r\n", "field_name_bad"),
	CASE("GET / HTTP/1.1\r\n:\r\n\r\n", "field_name_bad"),
	CASE("GET / HTTP/1.1\r\nX(T): v\r\n\r\n", "field_name_bad"),
	CASE("GET / HTTP/1.1\r\n\xc3\xa9: v\r\n\r\n", "field_name_bad"),
	CASE("GET / HTTP/1.1\r\nno colon\r\n\r\n", "field_colon"),
	CASE("GET / HTTP/1.1\r\nnocolon\r\n\r\n", "field_colon"),
	CASE("GET / HTTP/1.1\r\n(\r\n\r\n", "field_colon"),
	CASE("GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", "field_folded"),
	CASE("GET / HTTP/1.1\r\nA: b\r\n\tc: d\r\n\r\n", "field_folded"),
	CASE("GET / HTTP/1.1\r\n A: b\r\n\r\n", "field_folded"),
	CASE("GET / HTTP/1.1\r\nA: b\r\n \r\n\r\n", "field_folded"),
	CASE("GET / HTTP/1.1\r\nA: b\0c\r\n\r\n", "field_value_bad"),
	CASE("GET / HTTP/1.1\r\nA: b\x0b\r\n\r\n", "field_value_bad"),
	CASE("GET / HTTP/1.1\r\nA: b\x7f\r\n\r\n", "field_value_bad"),
	CASE("GET / HTTP/1.1\r\nA: 12345678901234567890\x1f\r\n\r\n",
	    "field_value_bad"),
	CASE("GET / HTTP/1.1\r\nA\0: b\r\n\r\n", "field_name_bad"),
};

/* Strict 0 */
static const struct test dropped[] = {
	CASE("GET / HTTP/1.1\r\nnocolon\r\nA: b\r\n\r\n", "GET / 1.1 |A=b| -1"),
	CASE("GET / HTTP/1.1\r\nX : v\r\n: v\r\nX(: v\r\nA: b\r\n\r\n",
	    "GET / 1.1 |A=b| -3"),
	CASE("GET / HTTP/1.1\r\nA: b\r\n c\r\nD: e\r\n\r\n",
	    "GET / 1.1 |A=b|D=e| -1"),
	CASE("GET / HTTP/1.1\r\n folded\r\nA: b\r\n\r\n", "GET / 1.1 |A=b| -1"),
	CASE("GET / HTTP/1.1\r\nA: b\x01\r\nC: d\r\n\r\n",
	    "GET / 1.1 |C=d| -1"),
	CASE("GET / HTTP/1.1\r\nHosting : v\r\n\r\n", "GET / 1.1 | -1"),
	CASE("GET / HTTP/1.1\r\nX-Host : v\r\n\r\n", "GET / 1.1 | -1"),
	CASE("GET / HTTP/1.1\r\nHost : v\r\n\r\n", "field_blank"),
	CASE("GET / HTTP/1.1\r\n host: v\r\n\r\n", "field_folded"),
	CASE("GET / HTTP/1.1\r\nHost: v\x01\r\n\r\n", "field_value_bad"),
	CASE("GET / HTTP/1.1\r\nConnection\t: close\r\n\r\n", "field_blank"),
	CASE("GET / HTTP/1.1\r\nContent-Length : 3\r\n\r\n", "field_blank"),
	CASE("GET / HTTP/1.1\r\nCONTENT LENGTH: 3\r\n\r\n", "field_name_bad"),
	CASE("GET / HTTP/1.1\r\nContent_Length : 3\r\n\r\n", "field_blank"),
	CASE("GET / HTTP/1.1\r\nContent-Length\x0b: 3\r\n\r\n",
	    "field_name_bad"),
	CASE("GET / HTTP/1.1\r\nContent-Length\xa0: 3\r\n\r\n",
	    "field_name_bad"),
	CASE("GET / HTTP/1.1\r\nContent-Length 3\r\n\r\n", "field_colon"),
	CASE("GET / HTTP/1.1\r\nTransfer\tEncoding: chunked\r\n\r\n",
	    "field_name_bad"),
	CASE("GET / HTTP/1.1\r\n\"Transfer-Encoding\": chunked\r\n\r\n",
	    "field_name_bad"),
	CASE("GET / HTTP/1.1\r\nTransfer-Encoding chunked\r\n\r\n",
	    "field_colon"),
	CASE("GET / HTTP/1.1\r\nTransfer-Encoding: x\r\n chunked\r\n\r\n",
	    "field_folded"),
	CASE("GET / HTTP/1.1\r\nContent-Length: 1\r\nbad\r\n 0\r\n\r\n",
	    "field_folded"),
	CASE("GET / HTTP/1.1\r\nHost: a\r\n .b\r\n\r\n", "field_folded"),
	CASE("GET / HTTP/1.1\r\nA: b\rc\r\n\r\n", "line_end_bad"),
	CASE("GET / HTTP/1.1\r\nbad\rline\r\n\r\n", "line_end_bad"),
	CASE("GET / HTTP/1.1\r\nA: b\n\r\n", "line_end_bad"),
	CASE("GET  / HTTP/1.1\r\n\r\n", "request_line_bad"),
};

#define X64 "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"

static const struct test limited[] = {
	CASE("GET /234567890 HTTP/1.1\r\n\r\n", "GET /234567890 1.1 |"),
	CASE("GET /2345678901 HTTP/1.1\r\n\r\n", "target_long"),
	CASE("GET /2345678901", "target_long"),
	CASE("GET /2345678901\x01 HTTP/0.9\r\n\r\n", "target_long"),
	CASE("GET /2345678901\r\n\r\n", "target_long"),
	CASE("GET /234567890\r\n\r\n", "request_line_bad"),
	CASE("GET /234567890 HTTP/1.1xxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n\r\n",
	    "version_bad"),
	CASE(X64 " / HTTP/1.1", "more"),
	CASE(X64 "X / HTTP/1.1", "request_line_bad"),
	CASE(X64 "X", "request_line_bad"),
	CASE(X64 "XXXXXXXXXXXXXXXXXXXXX", "request_line_bad"),
	CASE(X64 " /23456 HTTP/1.1\r\n", "head_long"),
	CASE("GET / HTTP/1.1\r\nA: 45678901234567890\r\n\r\n",
	    "GET / 1.1 |A=45678901234567890|"),
	CASE("GET / HTTP/1.1\r\nA: 456789012345678901\r\n\r\n", "field_long"),
	CASE("GET / HTTP/1.1\r\nA: 456789012345678901", "field_long"),
	CASE("GET / HTTP/1.1\r\n(: 456789012345678901\r\n", "field_long"),
	/* a bare CR as the last byte that fits, and as the first that not */
	CASE("GET / HTTP/1.1\r\nA: 4567890123456789\rX\r\n", "line_end_bad"),
	CASE("GET / HTTP/1.1\r\nA: 45678901234567890\rX\r\n", "line_end_bad"),
	CASE("GET / HTTP/1.1\r\nA: 456789012345678901\rX\r\n", "field_long"),
	CASE("GET /234567890\rX HTTP/1.1\r\n", "line_end_bad"),
	CASE("GET /2345678901\rX HTTP/1.1\r\n", "target_long"),
	CASE(X64 "\rX", "line_end_bad"),
	CASE("GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: \r4\r\n",
	    "line_end_bad"),
	CASE("GET / HTTP/1.1\r\nA: 456789012345678  \r\n\r\n",
	    "GET / 1.1 |A=456789012345678|"),
	CASE("GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n",
	    "GET / 1.1 |A=1|B=2|C=3|"),
	CASE("GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n\r\n",
	    "fields_many"),
	/* 16 and 3 times 21 bytes, and the empty line: 81 */
	CASE("GET / HTTP/1.1\r\nA: 4567890123456789\r\n"
	     "B: 4567890123456789\r\nC: 4567890123456789\r\n\r\n",
	    "head_long"),
	CASE("GET / HTTP/1.1\r\nA: 4567890123456789\r\n"
	     "B: 4567890123456789\r\nC: 456789012345678\r\n\r\n",
	    "GET / 1.1 |A=4567890123456789|B=4567890123456789|"
	    "C=456789012345678|"),
	CASE("GET / HTTP/1.1\r\nA: 4567890123456789\r\n"
	     "B: 4567890123456789\r\nC: 4567890123456789 12345678\r\n\r\n",
	    "field_long"),
	/* the fourth line begins 18 bytes before the limit */
	CASE("GET / HTTP/1.1\r\nA: 45678901234567\r\nB: 45678901234567\r\n"
	     "D: 456789012345678901234567890\r\n\r\n",
	    "field_long"),
	CASE("GET / HTTP/1.1\r\nA: 45678901234567890\r\n"
	     "B: 45678901234567890\r\nD: 45678901234567890123\r\n\r\n",
	    "head_long"),
};

/* Where pieces of the head are, and what the rest of the struct says. */
static void
test_slices(void)
{
	static const char in[] = "\r\nPUT /x HTTP/1.1\r\n"
				 "oDD :  1\r\nHost:  a \r\n\r\nrest";
	struct field field[4];
	struct request req = { .field = field,
		.field_room = 4,
		.dropped = 7,
		.minor = 9,
		.field_count = 3 };
	enum outcome why;
	struct head h;
	size_t used;

	head_init(&h);
	is_int(head_parse_request(&h, STR(in), &lenient, &req, &why, &used),
	    HEAD_DONE, "slices: done");
	is_int(why, OUTCOME_OK, "slices: nothing is wrong");
	is_int(used, sizeof(in) - 1 - 4, "slices: the rest is not used");
	is_mem(req.line.p, req.line.len, "PUT /x HTTP/1.1", 15, "line");
	ok(req.line.p == in + 2, "slices: the line lies in the input");
	is_int(req.method, METHOD_PUT, "slices: method");
	is_int(req.field_count, 1, "slices: one field");
	is_int(field[0].id, FIELD_HOST, "slices: Host");
	is_mem(field[0].line.p, field[0].line.len, "Host:  a", 8,
	    "slices: line of the field, without the blank behind");
	is_mem(req.dropped_line.p, req.dropped_line.len, "oDD :  1", 8,
	    "slices: the line that was dropped");
	is_int(req.dropped, 1, "slices: counted from zero");
	is_int(req.field_room, 4, "slices: the room is kept");
}

/* After a refusal the request line is there for the log. */
static void
test_line_kept(void)
{
	static const char in[] = "GET /x HTTP/1.1\r\nbad\r\n";
	struct field field[1];
	struct request req = { .field = field, .field_room = 1 };
	enum outcome why;
	struct head h;
	size_t used;

	head_init(&h);
	is_int(head_parse_request(&h, STR(in), &normal, &req, &why, &used),
	    HEAD_BAD, "refused");
	is_mem(req.line.p, req.line.len, "GET /x HTTP/1.1", 15,
	    "refused: the request line is known");
	head_init(&h);
	is_int(head_parse_request(&h, STR("GET /x\r\n"), &normal, &req, &why,
		   &used),
	    HEAD_BAD, "refused line");
	is_mem(req.line.p, req.line.len, "GET /x", 6,
	    "refused line: it is known too");
	head_init(&h);
	head_parse_request(&h, STR("GET /x HTTP/1.1\r\nA: b\r\nC: d\r\n"),
	    &normal, &req, &why, &used);
	is_int(why, OUTCOME_FIELDS_MANY, "no room in the array of fields");
}

int
main(void)
{
	run(line, ARRAY_LEN(line), &normal, "line");
	run(line, ARRAY_LEN(line), &lenient, "line, Strict 0");
	run(ends, ARRAY_LEN(ends), &normal, "line ends");
	run(ends, ARRAY_LEN(ends), &lenient, "line ends, Strict 0");
	run(fields, ARRAY_LEN(fields), &normal, "fields");
	run(dropped, ARRAY_LEN(dropped), &lenient, "Strict 0");
	run(limited, ARRAY_LEN(limited), &tight, "limits");
	test_slices();
	test_line_kept();
	return tap_done();
}
