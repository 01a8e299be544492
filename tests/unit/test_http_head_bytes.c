/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every byte in every place of a head. What must come of it is worked out
 * here once more, from the grammar as RFC 9110 and 9112 write it down.
 */
#include <stdio.h>
#include <string.h>

#include "http/head.h"
#include "support/head_text.h"
#include "tap.h"

static const struct head_limits limits = { 8192, 8192, 65536, 128, false };

/* --- The grammar -------------------------------------------------------- */

static bool
is_digit(int b)
{
	return b >= '0' && b <= '9';
}

static bool
is_alpha(int b)
{
	return (b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z');
}

static bool
is_tchar(int b)
{
	return b != 0 &&
	    (is_digit(b) || is_alpha(b) ||
		strchr("!#$%&'*+-.^_`|~", b) != NULL);
}

static bool
is_blank(int b)
{
	return b == ' ' || b == '\t';
}

/* VCHAR, SP, HTAB, obs-text */
static bool
is_value_byte(int b)
{
	return is_blank(b) || (b > 0x20 && b != 0x7f);
}

/* --- The places --------------------------------------------------------- */

/* What the place makes of the byte: NULL when it must be accepted. */
struct place {
	const char *name;
	const char *before, *behind;
	const char *(*refusal)(int b);
};

static const char *
in_method(int b)
{
	if (b == '\r')
		return "line_end_bad";
	return is_tchar(b) ? NULL : "request_line_bad";
}

static const char *
before_method(int b)
{
	if (b == 0x16)
		return "client_tls_hello";
	if (b == '\n') /* an empty line of another kind */
		return "line_end_bad";
	return in_method(b);
}

static const char *
in_target(int b)
{
	if (b == '\r')
		return "line_end_bad";
	return b == ' ' || b == '\n' ? "request_line_bad" : NULL;
}

/* "HTT" and the slash: only the very letters */
static const char *
in_http(int b)
{
	if (b == '\r')
		return "line_end_bad";
	return b == 'p' ? "version_bad" : b == 'P' ? NULL : "request_line_bad";
}

static const char *
in_major(int b)
{
	if (b == '\r')
		return "line_end_bad";
	if (b >= '2' && b <= '9')
		return "version_unsupported";
	return b == '1' ? NULL : "version_bad";
}

static const char *
in_dot(int b)
{
	if (b == '\r')
		return "line_end_bad";
	return b == '.' ? NULL : "version_bad";
}

static const char *
in_minor(int b)
{
	if (b == '\r')
		return "line_end_bad";
	return b == '0' || b == '1' ? NULL : "version_bad";
}

/* A CR in front of the one that ends the line is no end. */
static const char *
behind_version(int b)
{
	return b == '\r' || b == '\n' ? "line_end_bad" : "version_bad";
}

static const char *
for_line_feed(int b)
{
	return b == '\n' ? NULL : "line_end_bad";
}

static const char *
in_name(int b)
{
	if (b == '\r' || b == '\n')
		return "line_end_bad";
	return is_tchar(b) || b == ':' ? NULL : "field_name_bad";
}

static const char *
first_of_name(int b)
{
	if (is_blank(b))
		return "field_folded";
	return b == ':' ? "field_name_bad" : in_name(b);
}

static const char *
last_of_name(int b)
{
	return is_blank(b) ? "field_blank" : in_name(b);
}

static const char *
in_value(int b)
{
	if (b == '\r' || b == '\n')
		return "line_end_bad";
	return is_value_byte(b) ? NULL : "field_value_bad";
}

static const char *
alone_on_a_line(int b)
{
	if (b == '\r' || b == '\n')
		return "line_end_bad";
	if (is_blank(b))
		return "field_folded";
	return b == ':' ? "field_name_bad" : "field_colon";
}

#define LINE "GET / HTTP/1.1\r\n"

static const struct place place[] = {
	{ "begin", "", "GET / HTTP/1.1\r\n\r\n", before_method },
	{ "method", "G", "T / HTTP/1.1\r\n\r\n", in_method },
	{ "end of the method", "GET", " / HTTP/1.1\r\n\r\n", in_method },
	{ "target", "GET /a", "b HTTP/1.1\r\n\r\n", in_target },
	{ "begin of the target", "GET ", "/ HTTP/1.1\r\n\r\n", in_target },
	{ "end of the target", "GET /", " HTTP/1.1\r\n\r\n", in_target },
	{ "HTTP", "GET / HTT", "/1.1\r\n\r\n", in_http },
	{ "major version", "GET / HTTP/", ".1\r\n\r\n", in_major },
	{ "dot", "GET / HTTP/1", "1\r\n\r\n", in_dot },
	{ "minor version", "GET / HTTP/1.", "\r\n\r\n", in_minor },
	{ "behind the version", "GET / HTTP/1.1", "\r\n\r\n", behind_version },
	{ "LF of the line", "GET / HTTP/1.1\r", "A: b\r\n\r\n", for_line_feed },
	{ "name", LINE "X", "Y: v\r\n\r\n", in_name },
	{ "begin of a name", LINE, "Y: v\r\n\r\n", first_of_name },
	{ "end of a name", LINE "X", ": v\r\n\r\n", last_of_name },
	{ "behind the colon", LINE "X:", "v\r\n\r\n", in_value },
	{ "begin of a value", LINE "X: ", "v\r\n\r\n", in_value },
	{ "value", LINE "X: v", "v\r\n\r\n", in_value },
	{ "long value", LINE "X: 0123456789", "0123456789abcdef\r\n\r\n",
	    in_value },
	{ "end of a value", LINE "X: 01234567", "\r\n\r\n", in_value },
	{ "empty value", LINE "X:", "\r\n\r\n", in_value },
	{ "LF of a field", LINE "X: v\r", "\r\n", for_line_feed },
	{ "alone on a line", LINE "A: b\r\n", "\r\n\r\n", alone_on_a_line },
	{ "LF of the empty line", LINE "A: b\r\n\r", "", for_line_feed },
};

static void
test_place(const struct place *p)
{
	char in[128];
	struct head_text whole;
	const char *want;
	int b, len, wrong = 0, cut_wrong = 0;
	size_t at;

	for (b = 0; b < 256; b++) {
		len = snprintf(in, sizeof(in), "%s%c%s", p->before, 'x',
		    p->behind);
		in[strlen(p->before)] = (char)b;
		tap_input(in, (size_t)len);
		head_text_parse(&whole, in, (size_t)len, &limits);
		want = p->refusal(b);
		if (want == NULL ? whole.status != HEAD_DONE
				 : strcmp(whole.text, want) != 0) {
			wrong++;
			is_str(whole.text, want, "%s: 0x%02x", p->name, b);
		}
		cut_wrong += !head_text_same_cut(in, (size_t)len, &limits, &at);
	}
	tap_input(NULL, 0);
	is_int(wrong, 0, "every byte in place: %s", p->name);
	is_int(cut_wrong, 0, "every byte in place, cut anywhere: %s", p->name);
}

/* What is accepted also arrives: the byte in name and value. */
static void
test_arrives(void)
{
	char in[] = LINE "X?Y: 1?2\r\n\r\n";
	char *in_a_name = strchr(in, '?'), *in_a_value = strrchr(in, '?');
	struct field field[2];
	struct request req = { .field = field, .field_room = 2 };
	enum outcome why;
	struct head h;
	size_t used;
	int b, good = 0;

	for (b = 1; b < 256; b++) {
		if (!is_tchar(b))
			continue;
		*in_a_name = *in_a_value = (char)b;
		head_init(&h);
		good += head_parse_request(&h, STR(in), &limits, &req, &why,
			    &used) == HEAD_DONE &&
		    req.field_count == 1 && field[0].name.len == 3 &&
		    field[0].name.p[1] == (char)b && field[0].value.len == 3 &&
		    field[0].value.p[1] == (char)b;
	}
	is_int(good, 10 + 26 + 26 + 15, "every token byte arrives");
}

int
main(void)
{
	size_t i;

	for (i = 0; i < sizeof(place) / sizeof(place[0]); i++)
		test_place(&place[i]);
	test_arrives();
	return tap_done();
}
