/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Heads of answers: what is put right, and what is refused. */
#include <stdio.h>
#include <string.h>

#include "base/attrs.h"
#include "http/head.h"
#include "support/guard.h"
#include "support/head_text.h"
#include "tap.h"

#define OK "HTTP/1.1 200 OK\r\n"

struct test {
	const char *in;
	size_t len;
	const char *want;
};
#define CASE(in, want) \
	{ \
		in, sizeof(in) - 1, want \
	}

static const struct head_limits normal = { 0, 0, 65536, 128, false };
static const struct head_limits tight = { 0, 0, 60, 2, false };

static void
run(const struct test *test, size_t count, const struct head_limits *limits,
    const char *group)
{
	const struct test *t;
	struct head_text whole;
	size_t at;

	for (t = test; t < test + count; t++) {
		tap_input(t->in, t->len);
		head_text_parse_answer(&whole, t->in, t->len, limits);
		is_str(whole.text, t->want, "%s: %s", group, t->want);
		ok(head_text_same_cut_answer(t->in, t->len, limits, &at),
		    "%s: cut anywhere (%zu)", group, at);
	}
	tap_input(NULL, 0);
}

static const struct test line[] = {
	CASE("HTTP/1.1 200 OK\r\n\r\n", "200 1.1 OK |"),
	CASE("HTTP/1.0 404 Not Found\r\n\r\n", "404 1.0 Not Found |"),
	CASE("HTTP/1.1 200\r\n\r\n", "200 1.1  |"),
	CASE("HTTP/1.1 200 \r\n\r\n", "200 1.1  |"),
	CASE("HTTP/1.1 100 Continue\r\n\r\n", "100 1.1 Continue |"),
	CASE("HTTP/1.1 599 \xe9 \t!\r\n\r\n", "599 1.1 \\xe9 \\x09! |"),
	CASE("HTTP/1.7 200 OK\r\n\r\n", "200 1.1 OK |"),
	CASE("HTTP/1.9 200 OK\r\n\r\n", "200 1.1 OK |"),
	CASE("HTTP/1.1 99 x\r\n\r\n", "response_line_bad"),
	CASE("HTTP/1.1 099 x\r\n\r\n", "response_line_bad"),
	CASE("HTTP/1.1 600 x\r\n\r\n", "response_line_bad"),
	CASE("HTTP/1.1 1000 x\r\n\r\n", "response_line_bad"),
	CASE("HTTP/1.1 abc\r\n\r\n", "response_line_bad"),
	CASE("HTTP/1.1 +20 x\r\n\r\n", "response_line_bad"),
	CASE("HTTP/1.1 20 x\r\n\r\n", "response_line_bad"),
	CASE("HTTP/1.1 200OK\r\n\r\n", "response_line_bad"),
	CASE("HTTP/1.1  200 OK\r\n\r\n", "response_line_bad"),
	CASE("HTTP/1.1\t200 OK\r\n\r\n", "response_line_bad"),
	CASE("HTTP/1.1\r\n\r\n", "response_line_bad"),
	CASE("HTTP/2.0 200 OK\r\n\r\n", "response_line_bad"),
	CASE("HTTP/0.9 200 OK\r\n\r\n", "response_line_bad"),
	CASE("HTTP/11 200 OK\r\n\r\n", "response_line_bad"),
	CASE("http/1.1 200 OK\r\n\r\n", "response_line_bad"),
	CASE("ICY 200 OK\r\n\r\n", "response_line_bad"),
	CASE("<html>", "response_line_bad"),
	CASE("\r\nHTTP/1.1 200 OK\r\n\r\n", "response_line_bad"),
	CASE(" HTTP/1.1 200 OK\r\n\r\n", "response_line_bad"),
	CASE("HTTP/1.1 200 a\0b\r\n\r\n", "response_line_bad"),
	CASE("HTTP/1.1 200 a\rb\r\n\r\n", "response_line_bad"),
	CASE("HTTP/1.1 200 a\rb", "response_line_bad"),
	CASE("HTTP/1.1 200 OK\r\r\n\r\n", "response_line_bad"),
	CASE("HTTP/1.1 200 OK\r\n", "more"),
	CASE("", "more"),
};

static const struct test fields[] = {
	CASE(OK "A: b\r\nSet-Cookie: c\r\nset-cookie:d\r\n\r\nbody",
	    "200 1.1 OK |A=b|Set-Cookie=c|set-cookie=d|"),
	CASE(OK "A: \t b c\t\r\n\r\n", "200 1.1 OK |A=b c|"),
	CASE("HTTP/1.1 200 OK\nA: b\n\n", "200 1.1 OK |A=b| gentle 8"),
	CASE("HTTP/1.1 200 OK\r\nA: b\n\r\n", "200 1.1 OK |A=b| gentle 8"),
	CASE("HTTP/1.1 200 OK\r\nA: b\r\n\n", "200 1.1 OK |A=b| gentle 8"),
	CASE(OK "A : b\r\nC \t : d\r\n\r\n", "200 1.1 OK |A=b|C=d| gentle 2"),
	CASE(OK "Content-Length : 5\r\n\r\n",
	    "200 1.1 OK |Content-Length=5| gentle 2"),
	CASE(OK "bad\r\nA : b\r\n c\r\n\n", "200 1.1 OK |A=b c| gentle 15"),
	CASE(OK "A : b\r\nbad\r\nC: d\n\r\n", "200 1.1 OK |A=b|C=d| gentle 11"),
	CASE(OK "A : b\x01\r\n\r\n", "response_field_bad"),
	CASE(OK "no colon\r\nA: b\r\n\r\n", "200 1.1 OK |A=b| gentle 1"),
	CASE(OK ": v\r\nA: b\r\n\r\n", "200 1.1 OK |A=b| gentle 1"),
	CASE(OK "X(: v\r\nX Y: v\r\nA: b\r\n\r\n", "200 1.1 OK |A=b| gentle 1"),
	CASE(OK "\xe9: v\r\nA: b\r\n\r\n", "200 1.1 OK |A=b| gentle 1"),
	CASE(OK "no\x02-colon\r\n\r\n", "response_field_bad"),
	CASE(OK "A: b\0\r\n\r\n", "response_field_bad"),
	CASE(OK "A: b\x7f\r\n\r\n", "response_field_bad"),
	CASE(OK "A: b\rC: d\r\n\r\n", "response_field_bad"),
	CASE(OK "A: b\rC: d", "response_field_bad"),
	CASE(OK "A\r: b\r\n\r\n", "response_field_bad"),
	CASE(OK "A: b\r\r\n\r\n", "response_field_bad"),
	CASE(OK "A: b\r\n\r\r\n", "response_field_bad"),
};

static const struct test folded[] = {
	CASE(OK "A: b\r\n c\r\n\r\n", "200 1.1 OK |A=b c| gentle 4"),
	CASE(OK "A: b \r\n \t c \r\n\r\n", "200 1.1 OK |A=b c| gentle 4"),
	CASE(OK "A: b\n c\n\td\n\n", "200 1.1 OK |A=b c d| gentle 12"),
	CASE(OK "A:\r\n c\r\nD: e\r\n\r\n", "200 1.1 OK |A=c|D=e| gentle 4"),
	CASE(OK "A: \r\n c\r\n\r\n", "200 1.1 OK |A=c| gentle 4"),
	CASE(OK "A: b\r\n \r\nD: e\r\n\r\n", "200 1.1 OK |A=b|D=e| gentle 4"),
	CASE(OK "A: b\r\n \r\n c\r\nD: e\r\n f\r\nG: h\r\n\r\n",
	    "200 1.1 OK |A=b c|D=e f|G=h| gentle 4"),
	CASE(OK "A: b\r\n c: d\r\n\r\n", "200 1.1 OK |A=b c: d| gentle 4"),
	CASE(OK "Content-Length: 1\r\n 0\r\n\r\n",
	    "200 1.1 OK |Content-Length=1 0| gentle 4"),
	CASE(OK " A: b\r\nC: d\r\n\r\n", "200 1.1 OK |C=d| gentle 1"),
	CASE(OK "A: b\r\nbad\r\n more\r\nC: d\r\n\r\n",
	    "200 1.1 OK |A=b|C=d| gentle 5"),
	CASE(OK "A: b\r\n c\x01\r\n\r\n", "response_field_bad"),
	CASE(OK "A: b\r\n c\rd\r\n\r\n", "response_field_bad"),
	CASE(OK "A : b\r\n c\r\n\r\n", "200 1.1 OK |A=b c| gentle 6"),
};

static const struct test limited[] = {
	CASE(OK "A: b\r\nC: d\r\n\r\n", "200 1.1 OK |A=b|C=d|"),
	CASE(OK "A: b\r\nC: d\r\nE: f\r\n\r\n", "response_head_long"),
	CASE(OK "A: b\r\nC: d\r\n e\r\n\r\n",
	    "200 1.1 OK |A=b|C=d e| gentle 4"),
	CASE(OK "A: b\r\nC: d\r\nE:\rf\r\n\r\n", "response_field_bad"),
	/* 17 + 41 + 2 */
	CASE(OK "A: 456789012345678901234567890123456789\r\n\r\n",
	    "200 1.1 OK |A=456789012345678901234567890123456789|"),
	CASE(OK "A: 456789012345678901234567890123456789012\r", "more"),
	CASE(OK "A: 45678901234567890123456789012345678901\r\n\r\n",
	    "response_head_long"),
	CASE(OK "A: 456789012345678901234567890123456789012345678901234567890",
	    "response_head_long"),
};

/* A head that has to move is parsed again from its begin: folded lines are
 * not joined before all of it is there. */
static void
test_moves(void)
{
	static const char in[] = OK "A: b\r\n c\r\nD: e\r\n f\r\n\r\n";
	const size_t len = sizeof(in) - 1;
	struct field field[4];
	struct response resp = { .field = field, .field_room = 4 };
	struct head_text t;
	struct guard first, second;
	struct head h;
	enum outcome why;
	size_t cut, used, wrong = 0;

	for (cut = 0; cut < len; cut++) {
		guard_copy(&first, in, cut);
		head_init(&h);
		wrong += head_parse_response(&h, first.bytes, cut, &normal,
			     &resp, &why, &used) != HEAD_MORE;
		wrong += memcmp(first.bytes, in, cut) != 0;
		guard_copy(&second, in, len);
		memcpy(second.bytes, first.bytes, cut);
		guard_release(&first);
		head_init(&h);
		wrong += head_parse_response(&h, second.bytes, len, &normal,
			     &resp, &why, &used) != HEAD_DONE;
		head_text_response(&t, &resp);
		wrong += strcmp(t.text, "200 1.1 OK |A=b c|D=e f| gentle 4") !=
		    0;
		guard_release(&second);
	}
	is_int(wrong, 0, "a folded head may move");
}

static void
test_room(void)
{
	char in[] = OK "A: b\r\nC: d\r\n\r\n";
	struct field field[2];
	struct response resp = { .field = field, .field_room = 2 };
	struct head h;
	enum outcome why;
	size_t used;

	head_init(&h);
	is_int(head_parse_response(&h, in, sizeof(in) - 1, &normal, &resp, &why,
		   &used),
	    HEAD_DONE, "room for two fields");
	resp.field_room = 1;
	head_init(&h);
	is_int(head_parse_response(&h, in, sizeof(in) - 1, &normal, &resp, &why,
		   &used),
	    HEAD_BAD, "room for one");
	is_int(why, OUTCOME_RESPONSE_HEAD_LONG, "that is too many fields");
}

/* Every byte in a value and in a name: a control is refused wherever it is,
 * but a bare LF ends the line. */
static void
test_byte(char *in, size_t len, size_t at, const char *where)
{
	struct head_text t;
	int b, wrong = 0;

	for (b = 0; b < 256; b++) {
		const bool refused = b == 0x7f ||
		    (b < 0x20 && b != '\t' && b != '\n');

		in[at] = (char)b;
		tap_input(in, len);
		head_text_parse_answer(&t, in, len, &normal);
		if ((strcmp(t.text, "response_field_bad") == 0) != refused) {
			wrong++;
			is_int(t.status, refused ? HEAD_BAD : HEAD_DONE,
			    "byte 0x%02x in a %s", b, where);
		}
	}
	tap_input(NULL, 0);
	is_int(wrong, 0, "every byte in a %s", where);
}

int
main(void)
{
	char value[] = OK "A: b0c\r\n\r\n", name[] = OK "A0B: c\r\n\r\n";

	run(line, ARRAY_LEN(line), &normal, "status line");
	run(fields, ARRAY_LEN(fields), &normal, "fields");
	run(folded, ARRAY_LEN(folded), &normal, "folded");
	run(limited, ARRAY_LEN(limited), &tight, "limits");
	test_moves();
	test_room();
	test_byte(value, sizeof(value) - 1, strlen(OK) + 4, "value");
	test_byte(name, sizeof(name) - 1, strlen(OK) + 1, "name");
	return tap_done();
}
