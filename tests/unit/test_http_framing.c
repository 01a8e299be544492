/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where messages end, from the texts of their heads. */
#include <stdio.h>
#include <string.h>

#include "base/attrs.h"
#include "http/framing.h"
#include "http/head.h"
#include "support/guard.h"
#include "tap.h"

#define FIELDS_MAX 8
#define TEXT_MAX 128

static const struct head_limits limits = { 8192, 8192, 65536, FIELDS_MAX,
	false };

static const char *const kind_name[] = {
	[FRAMING_NONE] = "none",
	[FRAMING_LENGTH] = "length",
	[FRAMING_CHUNKED] = "chunked",
	[FRAMING_CLOSE] = "close",
};

/* "length 5", "chunked", "none", "none (5)" or the outcome. */
static void
text_of(char *text, const struct framing *f, enum outcome why)
{
	if (why != OUTCOME_OK)
		snprintf(text, TEXT_MAX, "%s", outcome_name(why));
	else if (f->kind == FRAMING_LENGTH)
		snprintf(text, TEXT_MAX, "length %llu%s",
		    (unsigned long long)f->length, f->has_length ? "" : " ?");
	else if (f->has_length)
		snprintf(text, TEXT_MAX, "%s (%llu)", kind_name[f->kind],
		    (unsigned long long)f->length);
	else
		snprintf(text, TEXT_MAX, "%s%s", kind_name[f->kind],
		    f->length != 0 ? " ?" : "");
}

/* --- Requests ----------------------------------------------------------- */

struct request_test {
	const char *fields;
	const char *want; /* in 1.1 */
	const char *want_10;
};

#define CL "Content-Length: "
#define TE "Transfer-Encoding: "

static const struct request_test request_test[] = {
	{ "", "none", "none" },
	{ CL "0\r\n", "length 0", "length 0" },
	{ CL "5\r\n", "length 5", "length 5" },
	{ "content-length:5\r\n", "length 5", "length 5" },
	{ CL "\t5 \r\n", "length 5", "length 5" },
	{ CL "4294967301\r\n", "length 4294967301", "length 4294967301" },
	{ CL "9223372036854775807\r\n", "length 9223372036854775807",
	    "length 9223372036854775807" },
	{ CL "9223372036854775808\r\n", "length_bad", "length_bad" },
	{ CL "18446744073709551617\r\n", "length_bad", "length_bad" },
	{ CL "99999999999999999999999\r\n", "length_bad", "length_bad" },
	{ CL "\r\n", "length_bad", "length_bad" },
	{ CL "005\r\n", "length_bad", "length_bad" },
	{ CL "00\r\n", "length_bad", "length_bad" },
	{ CL "+5\r\n", "length_bad", "length_bad" },
	{ CL "-5\r\n", "length_bad", "length_bad" },
	{ CL "-0\r\n", "length_bad", "length_bad" },
	{ CL "0x5\r\n", "length_bad", "length_bad" },
	{ CL "5 5\r\n", "length_bad", "length_bad" },
	{ CL "5.0\r\n", "length_bad", "length_bad" },
	{ CL "\"5\"\r\n", "length_bad", "length_bad" },
	{ CL "5;q=1\r\n", "length_bad", "length_bad" },
	{ CL "5, 5\r\n", "length_many", "length_many" },
	{ CL "5,\r\n", "length_many", "length_many" },
	{ CL "5\r\n" CL "5\r\n", "length_many", "length_many" },
	{ CL "5\r\n" CL "6\r\n", "length_many", "length_many" },
	{ CL "5\r\nX: y\r\n" CL "\r\n", "length_many", "length_many" },
	{ "Content_Length: 5\r\n", "none", "none" },
	{ "X-Content-Length: 5\r\n", "none", "none" },
	{ TE "chunked\r\n", "chunked", "coding_version" },
	{ TE "CHUNKED\r\n", "chunked", "coding_version" },
	{ "transfer-encoding:chunked\t\r\n", "chunked", "coding_version" },
	{ TE "identity\r\n", "coding_unknown", "coding_version" },
	{ TE "gzip\r\n", "coding_unknown", "coding_version" },
	{ TE "xchunked\r\n", "coding_unknown", "coding_version" },
	{ TE "\r\n", "coding_many", "coding_version" },
	{ TE "chunked;q=1\r\n", "coding_many", "coding_version" },
	{ TE "\"chunked\"\r\n", "coding_many", "coding_version" },
	{ TE "gzip, chunked\r\n", "coding_many", "coding_version" },
	{ TE "chunked,\r\n", "coding_many", "coding_version" },
	{ TE "chun ked\r\n", "coding_many", "coding_version" },
	{ TE "chunked\xa0\r\n", "coding_many", "coding_version" },
	{ TE "chunked\r\n" TE "chunked\r\n", "coding_many", "coding_version" },
	{ TE "chunked\r\n" TE "identity\r\n", "coding_many", "coding_version" },
	{ TE "chunked\r\n" CL "15\r\n", "length_and_coding", "coding_version" },
	{ CL "0\r\n" TE "chunked\r\n", "length_and_coding", "coding_version" },
	{ CL "x\r\n" TE "chunked\r\n", "length_bad", "coding_version" },
	{ "Transfer_Encoding: chunked\r\n", "none", "none" },
};

static void
run_request(const char *fields, int minor, const char *want)
{
	struct field field[FIELDS_MAX];
	struct request req = { .field = field, .field_room = FIELDS_MAX };
	char in[512], text[TEXT_MAX];
	struct framing f;
	enum outcome why;
	struct head h;
	struct guard g;
	size_t used;
	int len;

	len = snprintf(in, sizeof(in), "POST / HTTP/1.%d\r\n%s\r\n", minor,
	    fields);
	tap_input(in, (size_t)len);
	guard_copy(&g, in, (size_t)len);
	head_init(&h);
	is_int(head_parse_request(&h, str_make(g.bytes, g.len), &limits, &req,
		   &why, &used),
	    HEAD_DONE, "a head");
	why = framing_of_request(&req, &f);
	text_of(text, &f, why);
	is_str(text, want, "request in 1.%d: %s", minor, want);
	guard_release(&g);
}

/* Any byte in and around a length and a coding; digits aside it is refused,
 * or it is a blank that is trimmed. */
static void
test_request_bytes(const char *before, const char *behind, bool inside)
{
	char value[32];
	struct field field = { .id = FIELD_CONTENT_LENGTH };
	struct request req = { .field = &field, .field_count = 1, .minor = 1 };
	struct framing f;
	int b, wrong = 0;
	size_t len;
	bool good;

	for (b = 0; b < 256; b++) {
		len = (size_t)snprintf(value, sizeof(value), "%sx%s", before,
		    behind);
		value[strlen(before)] = (char)b;
		field.value = str_make(value, len);
		good = (b >= '1' && b <= '9') || (inside && b == '0');
		field.id = FIELD_CONTENT_LENGTH;
		wrong += (framing_of_request(&req, &f) == OUTCOME_OK) != good;
		value[strlen(before)] = (char)b;
		field.id = FIELD_TRANSFER_ENCODING;
		wrong += framing_of_request(&req, &f) == OUTCOME_OK;
	}
	is_int(wrong, 0, "every byte: %sx%s", before, behind);
}

/* --- Answers ------------------------------------------------------------ */

struct answer_test {
	const char *head;
	const char *want;      /* to a GET */
	const char *want_head; /* to a HEAD */
	unsigned gentle;
};

#define OK "1 200 OK\r\n"
#define LB "response_length_bad"
#define CB "response_coding_bad"

static const struct answer_test answer_test[] = {
	{ OK "", "close", "none", 0 },
	{ OK CL "5\r\n", "length 5", "none (5)", 0 },
	{ OK CL "0\r\n", "length 0", "none (0)", 0 },
	{ OK CL "005\r\n", "length 5", "none (5)", 0 },
	{ OK CL "5\r\n" CL "5\r\n", "length 5", "none (5)",
	    RESPONSE_TWO_LENGTHS },
	{ OK CL "5, 5\r\n", "length 5", "none (5)", RESPONSE_TWO_LENGTHS },
	{ OK CL "5,5\r\n" CL "5\r\n", "length 5", "none (5)",
	    RESPONSE_TWO_LENGTHS },
	{ OK CL "5\r\n" CL "05\r\n", "length 5", "none (5)",
	    RESPONSE_TWO_LENGTHS },
	{ OK CL "5\r\n" CL "6\r\n", LB, LB, 0 },
	{ OK CL "5, 6\r\n", LB, LB, 0 },
	{ OK CL "5,\r\n", LB, LB, 0 },
	{ OK CL ",5\r\n", LB, LB, 0 },
	{ OK CL "5,,5\r\n", LB, LB, 0 },
	{ OK CL "\r\n", LB, LB, 0 },
	{ OK CL "5\r\n" CL "\r\n", LB, LB, 0 },
	{ OK CL "-5\r\n", LB, LB, 0 },
	{ OK CL "+5\r\n", LB, LB, 0 },
	{ OK CL "0x5\r\n", LB, LB, 0 },
	{ OK CL "5 5\r\n", LB, LB, 0 },
	{ OK CL "9223372036854775807\r\n", "length 9223372036854775807",
	    "none (9223372036854775807)", 0 },
	{ OK CL "9223372036854775808\r\n", LB, LB, 0 },
	{ OK CL "00000000000000000005\r\n", LB, LB, 0 },
	{ OK CL "12345678901234567890\r\n", LB, LB, 0 },
	{ OK TE "chunked\r\n", "chunked", "none", 0 },
	{ OK TE "Chunked\r\n", "chunked", "none", 0 },
	{ OK TE "chunked\r\n" TE "chunked\r\n", "chunked", "none",
	    RESPONSE_TWO_CODINGS },
	{ OK TE "chunked, chunked\r\n", "chunked", "none",
	    RESPONSE_TWO_CODINGS },
	{ OK TE "chunked\r\n" TE "gzip\r\n", CB, CB, 0 },
	{ OK TE "gzip, chunked\r\n", CB, CB, 0 },
	{ OK TE "identity\r\n", CB, CB, 0 },
	{ OK TE "chunked;q=1\r\n", CB, CB, 0 },
	{ OK TE "\r\n", CB, CB, 0 },
	{ OK TE "chunked,\r\n", CB, CB, 0 },
	{ OK CL "5\r\n" TE "chunked\r\n", "chunked", "none",
	    RESPONSE_LENGTH_AND_CHUNKED },
	{ OK CL "x\r\n" TE "chunked\r\n", LB, LB, 0 },
	{ OK CL "5\r\n" CL "6\r\n" TE "chunked\r\n", LB, LB, 0 },
	{ "0 200 OK\r\n" CL "5\r\n", "length 5", "none (5)", 0 },
	{ "1 200 OK\n" CL "5, 5\r\n", "length 5", "none (5)",
	    RESPONSE_BARE_LF | RESPONSE_TWO_LENGTHS },
	{ "1 200 OK\n" TE "chunked, chunked\r\n", "chunked", "none",
	    RESPONSE_BARE_LF | RESPONSE_TWO_CODINGS },
	{ "0 200 OK\r\n" TE "chunked\r\n", "chunked", "none",
	    RESPONSE_CHUNKED_10 },
	{ "0 200 OK\r\n" CL "5\r\n" CL "5\r\n" TE "chunked\r\n" TE
	  "chunked\r\n",
	    "chunked", "none",
	    RESPONSE_CHUNKED_10 | RESPONSE_LENGTH_AND_CHUNKED |
		RESPONSE_TWO_LENGTHS | RESPONSE_TWO_CODINGS },
	{ "1 304 Not Modified\r\n", "none", "none", 0 },
	{ "1 304 Not Modified\r\n" CL "5\r\n", "none (5)", "none (5)", 0 },
	{ "1 304 Not Modified\r\n" TE "chunked\r\n", "none", "none", 0 },
	{ "1 304 Not Modified\r\n" CL "5\r\n" CL "6\r\n", LB, LB, 0 },
	{ "1 204 No Content\r\n" CL "5\r\n", "none", "none", 0 },
	{ "1 204 No Content\r\n" TE "chunked\r\n", "none", "none", 0 },
	{ "1 204 No Content\r\n" CL "x\r\n", LB, LB, 0 },
	{ "1 100 Continue\r\n" CL "5\r\n", "none", "none", 0 },
	{ "1 101 Switching Protocols\r\n", "none", "none", 0 },
	{ "1 103 Early Hints\r\n" TE "chunked\r\n", "none", "none", 0 },
	{ "1 205 Reset Content\r\n" CL "0\r\n", "length 0", "none (0)", 0 },
	{ "1 305 Use Proxy\r\n" CL "5\r\n", "length 5", "none (5)", 0 },
	{ "1 404 Not Found\r\n", "close", "none", 0 },
};

static void
run_answer(const struct answer_test *t, enum method method, const char *want)
{
	struct field field[FIELDS_MAX];
	struct response resp = { .field = field, .field_room = FIELDS_MAX };
	char in[512], text[TEXT_MAX];
	struct framing f;
	enum outcome why;
	struct head h;
	struct guard g;
	size_t used;
	int len;

	len = snprintf(in, sizeof(in), "HTTP/1.%s\r\n", t->head);
	tap_input(in, (size_t)len);
	guard_copy(&g, in, (size_t)len);
	head_init(&h);
	is_int(head_parse_response(&h, g.bytes, g.len, &limits, &resp, &why,
		   &used),
	    HEAD_DONE, "a head");
	why = framing_of_response(&resp, method, &f);
	text_of(text, &f, why);
	is_str(text, want, "answer to %.*s: %s", STR_ARG(method_name(method)),
	    want);
	if (why == OUTCOME_OK)
		is_int(resp.gentle, t->gentle, "what was put right");
	guard_release(&g);
}

int
main(void)
{
	const struct request_test *r;
	const struct answer_test *a;

	for (r = request_test; r < request_test + ARRAY_LEN(request_test);
	     r++) {
		run_request(r->fields, 1, r->want);
		run_request(r->fields, 0, r->want_10);
	}
	tap_input(NULL, 0);
	test_request_bytes("", "5", false);
	test_request_bytes("5", "", true);
	test_request_bytes("5", "5", true);
	for (a = answer_test; a < answer_test + ARRAY_LEN(answer_test); a++) {
		run_answer(a, METHOD_GET, a->want);
		run_answer(a, METHOD_HEAD, a->want_head);
	}
	tap_input(NULL, 0);
	return tap_done();
}
