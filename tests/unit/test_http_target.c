/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Request targets: what is taken, what is sent on, what patterns see. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attrs.h"
#include "http/target.h"
#include "support/guard.h"
#include "tap.h"

#define TEXT_MAX 1024

/* "forward decoded authority", or the outcome; "=" for decoded when it is
 * what is forwarded. */
static void
parse(char *text, struct str raw, enum method method, bool keep_odd)
{
	char block[4096];
	struct arena arena;
	struct target t;
	enum outcome why;

	arena_init_fixed(&arena, block, sizeof(block));
	why = target_parse(raw, method, keep_odd, &arena, &t);
	if (why != OUTCOME_OK) {
		snprintf(text, TEXT_MAX, "%s", outcome_name(why));
		return;
	}
	if (str_eq(t.forward, t.decoded))
		t.decoded = STR("=");
	snprintf(text, TEXT_MAX, "%.*s %.*s %.*s%s", STR_ARG(t.forward),
	    STR_ARG(t.decoded), STR_ARG(t.authority),
	    t.asterisk ? " asterisk" : "");
}

struct test {
	const char *raw;
	const char *want;
	const char *odd; /* with keep_odd; NULL: the same */
};

static const struct test test[] = {
	{ "/", "/ = ", NULL },
	{ "/a/b.html?c=d&e", "/a/b.html?c=d&e = ", NULL },
	{ "/-._~:/?[]@!$&'()*+,;=%41",
	    "/-._~:/?[]@!$&'()*+,;=%41 "
	    "/-._~:/?[]@!$&'()*+,;=A ",
	    NULL },
	{ "//x", "//x = ", NULL },
	{ "/a?b?c", "/a?b?c = ", NULL },
	/* B.4.7 */
	{ "/a%20b", "/a%20b /a b ", NULL },
	{ "/%4z", "target_percent", "/%4z = " },
	{ "/%", "target_percent", "/% = " },
	{ "/%4", "target_percent", "/%4 = " },
	{ "/%%41", "target_percent", "/%%41 = " },
	{ "/%4%41", "target_percent", "/%4%41 = " },
	{ "/%2541", "/%2541 /%41 ", NULL },
	{ "/%C3%A9", "/%C3%A9 /\xc3\xa9 ", NULL },
	{ "/%c3%a9+b", "/%c3%a9+b /\xc3\xa9+b ", NULL },
	{ "/a?%4z%41", "/a?%4z%41 /a?%4zA ", NULL },
	{ "/a?%%41", "/a?%%41 = ", NULL },
	{ "/a?%0%41", "/a?%0%41 = ", NULL },
	{ "/a?%4%41", "/a?%4%41 = ", NULL },
	{ "/a?%", "/a?% = ", NULL },
	{ "/a?%4", "/a?%4 = ", NULL },
	{ "/a?q=100%&b=%41", "/a?q=100%&b=%41 /a?q=100%&b=A ", NULL },
	{ "/a?t=%u4E2D", "/a?t=%u4E2D = ", NULL },
	{ "/a%3Fb%zz", "target_percent", "/a%3Fb%zz /a?b%zz " },
	{ "/%00", "target_nul", NULL },
	{ "/a?%00", "target_nul", NULL },
	{ "/a?%%00", "target_nul", NULL },
	{ "/a%0d%0aX:%201", "/a%0d%0aX:%201 /a\r\nX: 1 ", NULL },
	/* bytes */
	{ "/caf\xc3\xa9", "/caf%C3%A9 /caf\xc3\xa9 ", NULL },
	{ "/a?\x80\xff", "/a?%80%FF /a?\x80\xff ", NULL },
	{ "/s?q={\"a\":[1|2]}^`\\<>",
	    "/s?q=%7B%22a%22:[1%7C2]%7D%5E%60%5C%3C%3E "
	    "/s?q={\"a\":[1|2]}^`\\<> ",
	    "/s?q={\"a\":[1|2]}^`\\<> = " },
	{ "/{%41}\xe9", "/%7B%41%7D%E9 /{A}\xe9 ", "/{%41}%E9 /{A}\xe9 " },
	{ "/a#b", "target_bad", NULL },
	{ "/a?b#", "target_bad", NULL },
	{ "/a\tb", "target_bad", NULL },
	{ "/a\x7f", "target_bad", NULL },
	/* forms */
	{ "", "target_form", NULL },
	{ "a", "target_form", NULL },
	{ "?a", "target_form", NULL },
	{ "h.test:80", "target_form", NULL },
	{ "**", "target_form", NULL },
	{ "*/", "target_form", NULL },
	{ "ftp://h.test/", "target_form", NULL },
	{ "http:/h.test/", "target_form", NULL },
	{ "http:h.test/", "target_form", NULL },
	{ "httpx://h.test/", "target_form", NULL },
	{ "http://h.test/x", "/x = h.test", NULL },
	{ "HTTP://h.test/x?y", "/x?y = h.test", NULL },
	{ "http://h.test", "/ = h.test", NULL },
	{ "http://h.test?x=1", "/?x=1 = h.test", NULL },
	{ "http://h.test?x=%41", "/?x=%41 /?x=A h.test", NULL },
	{ "http://h.test?", "/? = h.test", NULL },
	{ "http://H.TEST:80/x", "/x = H.TEST", NULL },
	{ "http://h.test:/x", "/x = h.test", NULL },
	{ "http://h.test:443/x", "/x = h.test:443", NULL },
	{ "https://h.test:443/x", "/x = h.test", NULL },
	{ "hTTps://h.test:80/x", "/x = h.test:80", NULL },
	{ "http://[::1]:80/x", "/x = [::1]", NULL },
	{ "http://[::1]:8080?x", "/?x = [::1]:8080", NULL },
	{ "http://h.test//x", "//x = h.test", NULL },
	{ "http://", "host_bad", NULL },
	{ "http:///x", "host_bad", NULL },
	{ "http://?x", "host_bad", NULL },
	{ "http://:80/x", "host_bad", NULL },
	{ "http://u@h.test/", "host_bad", NULL },
	{ "http://u:p@h.test/", "host_bad", NULL },
	{ "http://h.test:65536/", "host_bad", NULL },
	{ "http://h.test:8a/", "host_bad", NULL },
	{ "http://h.test\\x/", "host_bad", NULL },
	{ "http://h.test#x", "host_bad", NULL },
	{ "http://h.test/#x", "target_bad", NULL },
	{ "http://h.test/%", "target_percent", "/% = h.test" },
	{ "http://h.test/{", "/%7B /{ h.test", "/{ = h.test" },
};

static void
run(void)
{
	char text[TEXT_MAX];
	const struct test *t;
	struct guard g;

	for (t = test; t < test + ARRAY_LEN(test); t++) {
		tap_input(t->raw, strlen(t->raw));
		guard_copy(&g, t->raw, strlen(t->raw));
		parse(text, str_make(g.bytes, g.len), METHOD_GET, false);
		is_str(text, t->want, "target %s", t->want);
		parse(text, str_make(g.bytes, g.len), METHOD_GET, true);
		is_str(text, t->odd != NULL ? t->odd : t->want,
		    "target, odd bytes kept");
		guard_release(&g);
	}
	tap_input(NULL, 0);
}

static void
test_asterisk(void)
{
	char text[TEXT_MAX];
	unsigned m;

	for (m = 0; m < METHOD_COUNT; m++) {
		parse(text, STR("*"), (enum method)m, false);
		is_str(text,
		    m == METHOD_OPTIONS ? "* =  asterisk" : "target_form",
		    "* with %.*s", STR_ARG(method_name((enum method)m)));
	}
}

/* What strict-http 1 makes of a byte within a path or a query. */
static void
expect_byte(char *want, const char *before, int b, bool keep_odd)
{
	const bool odd = b != 0 && strchr("\"<>\\^`{}|", b) != NULL;

	if (b <= 0x20 || b == 0x7f || b == '#')
		strcpy(want, "target_bad");
	else if (b >= 0x80 || (odd && !keep_odd))
		sprintf(want, "%s%%%02Xz %s%cz ", before, b, before, b);
	else
		sprintf(want, "%s%cz = ", before, b);
}

static void
test_bytes(const char *before, bool keep_odd)
{
	char in[32], text[TEXT_MAX], want[64];
	int b, wrong = 0;

	for (b = 0; b < 256; b++) {
		snprintf(in, sizeof(in), "%s?z", before);
		in[strlen(before)] = (char)b;
		tap_input(in, strlen(before) + 2);
		expect_byte(want, before, b, keep_odd);
		if (b == '%' && !keep_odd && strchr(before, '?') == NULL)
			strcpy(want, "target_percent");
		parse(text, str_make(in, strlen(before) + 2), METHOD_GET,
		    keep_odd);
		if (strcmp(text, want) != 0) {
			wrong++;
			is_str(text, want, "byte 0x%02x behind %s", b, before);
		}
	}
	tap_input(NULL, 0);
	is_int(wrong, 0, "every byte behind %s%s", before,
	    keep_odd ? ", odd ones kept" : "");
}

/* Each pair of bytes behind a percent, path and query, and what is seen. */
static void
test_percents(void)
{
	static const char hex[] = "0123456789abcdefABCDEF";
	char in[8] = "/?%xyz", text[TEXT_MAX], want[32];
	int x, y, wrong = 0;
	bool good;

	for (x = 0x21; x < 0x7f; x++) {
		for (y = 0x21; y < 0x7f; y++) {
			if (strchr("#\"<>\\^`{}|", x) != NULL ||
			    strchr("#\"<>\\^`{}|", y) != NULL)
				continue;
			in[3] = (char)x;
			in[4] = (char)y;
			good = strchr(hex, x) != NULL && strchr(hex, y) != NULL;
			if (good && x == '0' && y == '0')
				strcpy(want, "target_nul");
			else if (good)
				sprintf(want, "%s /?%cz ", in,
				    (int)strtol((char[3]){ (char)x, (char)y,
						    '\0' },
					NULL, 16));
			else
				sprintf(want, "%s = ", in);
			parse(text, str_from(in), METHOD_GET, false);
			if (strcmp(text, want) != 0) {
				wrong++;
				is_str(text, want, "percent %c%c", x, y);
			}
		}
	}
	is_int(wrong, 0, "every pair behind a percent");
}

/* Nothing is copied that is sent as it came, and a full arena is told. */
static void
test_memory(void)
{
	static const char raw[] = "/a?b", coded[] = "/%41", odd[] = "/{";
	_Alignas(16) char block[16];
	struct arena arena;
	struct target t;

	arena_init_fixed(&arena, NULL, 0);
	is_int(target_parse(STR(raw), METHOD_GET, false, &arena, &t),
	    OUTCOME_OK, "no memory is needed");
	ok(t.forward.p == raw && t.decoded.p == raw, "slices");
	is_int(target_parse(STR(coded), METHOD_GET, false, &arena, &t),
	    OUTCOME_INTERNAL, "no memory to decode");
	is_int(target_parse(STR(odd), METHOD_GET, false, &arena, &t),
	    OUTCOME_INTERNAL, "no memory to encode");
	is_int(target_parse(STR("http://h?x"), METHOD_GET, false, &arena, &t),
	    OUTCOME_INTERNAL, "no memory for a path");
	arena_init_fixed(&arena, block, 16);
	is_int(target_parse(STR("http://h?23456789abcdef0"), METHOD_GET, false,
		   &arena, &t),
	    OUTCOME_INTERNAL, "16 bytes and the slash before them");
	is_int(target_parse(STR("http://h?23456789abcdef"), METHOD_GET, false,
		   &arena, &t),
	    OUTCOME_OK, "15 bytes and the slash before them");
	arena_init_fixed(&arena, block, 0);
	ok(target_encode_location(STR("a b"), &arena).p == NULL,
	    "no memory for a location");
	ok(target_encode_location(STR(raw), &arena).p == raw,
	    "a location that needs none");
}

static void
test_location(void)
{
	char block[1024], in[1], want[4];
	struct arena arena;
	struct str s;
	int b, wrong = 0;

	arena_init_fixed(&arena, block, sizeof(block));
	s = target_encode_location(STR("/a b\r\n?c='\"<>\\%20#{|}\xc3\xa9"),
	    &arena);
	is_mem(s.p, s.len, "/a%20b%0D%0A?c='%22%3C%3E%5C%20#{|}%C3%A9", 41,
	    "a location");
	for (b = 0; b < 256; b++) {
		arena_rewind(&arena, 0);
		in[0] = (char)b;
		s = target_encode_location(str_make(in, 1), &arena);
		if (b <= 0x20 || b >= 0x7f || strchr("\"\\<>", b) != NULL)
			sprintf(want, "%%%02X", b);
		else
			sprintf(want, "%c", b);
		wrong += !str_eq(s, str_from(want));
	}
	is_int(wrong, 0, "every byte in a location");
}

int
main(void)
{
	run();
	test_asterisk();
	test_bytes("/a", false);
	test_bytes("/a", true);
	test_bytes("/?a", false);
	test_bytes("/?a", true);
	test_percents();
	test_memory();
	test_location();
	return tap_done();
}
