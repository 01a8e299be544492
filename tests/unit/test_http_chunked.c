/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chunked coding, whole, in two pieces, and byte by byte. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attrs.h"
#include "http/chunked.h"
#include "support/guard.h"
#include "tap.h"

#define TEXT_MAX 512

enum gentleness { STRICT, GENTLE };

/*
 * What came, as text: "[5]hello[0]" for a chunk and the end; then what of
 * the input is behind it ("+3"), "more", "bad" or "bad trailer". Runs of
 * data are joined, so that pieces do not show.
 */
static void
decode(char *text, const char *in, size_t len, size_t step,
    enum gentleness gentleness)
{
	struct chunked c;
	struct str data;
	enum chunked_event e = CHUNKED_MORE;
	size_t have = 0, done = 0, used;
	char *p = text;

	chunked_init(&c, gentleness == GENTLE);
	do {
		have = len - have < step ? len : have + step;
		do {
			e = chunked_next(&c, str_make(in + done, have - done),
			    &used, &data);
			done += used;
			if (e == CHUNKED_SIZE)
				p += sprintf(p, "[%llx]",
				    (unsigned long long)c.left);
			else if (e == CHUNKED_DATA)
				p += sprintf(p, "%.*s", STR_ARG(data));
		} while (e == CHUNKED_SIZE || e == CHUNKED_DATA);
	} while (e == CHUNKED_MORE && have < len);
	if (e == CHUNKED_END)
		p += sprintf(p, "[0]");
	if (e == CHUNKED_END && done < len)
		sprintf(p, " +%zu", len - done);
	else if (e == CHUNKED_MORE)
		sprintf(p, " more");
	else if (e == CHUNKED_BAD)
		sprintf(p, c.bad_trailer ? " bad trailer" : " bad");
}

struct test {
	const char *in;
	size_t len;
	const char *strict;
	const char *gentle; /* NULL: the same */
};
#define CASE(in, strict) \
	{ \
		in, sizeof(in) - 1, strict, NULL \
	}
#define CASE2(in, strict, gentle) \
	{ \
		in, sizeof(in) - 1, strict, gentle \
	}
#define END "0\r\n\r\n"
#define DIGITS16 "0000000000000005"

static const struct test sizes[] = {
	CASE("", " more"),
	CASE(END, "[0]"),
	CASE("5\r\nhello\r\n" END, "[5]hello[0]"),
	CASE("5\r\nhello\r\n" END "GET", "[5]hello[0] +3"),
	CASE("5\r\nhello\r\n3\r\nabc\r\n" END, "[5]hello[3]abc[0]"),
	CASE("a\r\n0123456789\r\n" END, "[a]0123456789[0]"),
	CASE("A\r\n0123456789\r\n" END, "[a]0123456789[0]"),
	CASE("00a\r\n0123456789\r\n" END, "[a]0123456789[0]"),
	CASE("0000000000000000\r\n\r\n", "[0]"),
	CASE(DIGITS16 "\r\nhello\r\n" END, "[5]hello[0]"),
	CASE("0" DIGITS16 "\r\nhello\r\n" END, " bad"),
	CASE("00000000000000000\r\n\r\n", " bad"),
	CASE("10000000000000005\r\nhello", " bad"),
	CASE("7fffffffffffffff\r\nx", "[7fffffffffffffff]x more"),
	CASE("8000000000000000\r\nx", " bad"),
	CASE("ffffffffffffffff\r\nx", " bad"),
	CASE("1\r\nx\r\n7fffffffffffffff\r\nx", "[1]x bad"),
	CASE("1\r\nx\r\n7ffffffffffffffe\r\nx", "[1]x[7ffffffffffffffe]x more"),
	CASE("+5\r\nhello\r\n" END, " bad"),
	CASE("-5\r\nhello\r\n" END, " bad"),
	CASE("0x5\r\nhello\r\n" END, " bad"),
	CASE("\r\n", " bad"),
	CASE(";a=b\r\n", " bad"),
	CASE("g\r\n", " bad"),
	CASE("5,\r\nhello\r\n" END, " bad"),
	CASE(" 5\r\nhello\r\n" END, " bad"),
	CASE2("5 \r\nhello\r\n" END, " bad", "[5]hello[0]"),
	CASE2("5\t \r\nhello\r\n" END, " bad", "[5]hello[0]"),
	CASE2("5 5\r\nhello\r\n" END, " bad", " bad"),
	CASE("5\nhello\r\n" END, " bad"),
	CASE("5\rhello\r\n" END, " bad"),
	CASE("5\r\r\nhello\r\n" END, " bad"),
	CASE("5\r\nhello\n" END, "[5]hello bad"),
	CASE("5\r\nhello\r0\r\n\r\n", "[5]hello bad"),
	CASE("5\r\nhello" END, "[5]hello bad"),
	CASE("5\r\nhello!\r\n" END, "[5]hello bad"),
	CASE("5\r\nhell", "[5]hell more"),
	CASE("5\r\nhello", "[5]hello more"),
	CASE("5\r\nhello\r", "[5]hello more"),
	CASE("0\r\n", " more"),
	CASE("0\r\n\r", " more"),
	CASE("0\r\n\n", " bad trailer"),
	CASE("0\n\n", " bad"),
	CASE("5\0\r\nhello\r\n" END, " bad"),
};

static const struct test extensions[] = {
	CASE("5;a\r\nhello\r\n" END, "[5]hello[0]"),
	CASE("5;a=b\r\nhello\r\n" END, "[5]hello[0]"),
	CASE("5;a=b;c;d=\"e\"\r\nhello\r\n0;z\r\n\r\n", "[5]hello[0]"),
	CASE("5;a=\"\"\r\nhello\r\n" END, "[5]hello[0]"),
	CASE("5;a=\"x;y=z \\\" \\\\ \xe9\";b\r\nhello\r\n" END, "[5]hello[0]"),
	CASE("5;\r\nhello\r\n" END, " bad"),
	CASE("5;a=\r\nhello\r\n" END, " bad"),
	CASE("5;=b\r\nhello\r\n" END, " bad"),
	CASE("5;;a\r\nhello\r\n" END, " bad"),
	CASE("5;a;\r\nhello\r\n" END, " bad"),
	CASE("5;a=b=c\r\nhello\r\n" END, " bad"),
	CASE("5;a=\"x\r\nhello\r\n" END, " bad"),
	CASE("5;a=\"x\"y\r\nhello\r\n" END, " bad"),
	CASE("5;a=x\"y\"\r\nhello\r\n" END, " bad"),
	CASE("5;a=\"x\ty\"\r\nhello\r\n" END, " bad"),
	CASE("5;a=\"x\\\ty\"\r\nhello\r\n" END, " bad"),
	CASE("5;a=\"x\\\"\r\nhello\r\n" END, " bad"),
	CASE("5;a=b\nhello\r\n" END, " bad"),
	CASE("5;a=\"\x01\"\r\nhello\r\n" END, " bad"),
	CASE("5;\xe9\r\nhello\r\n" END, " bad"),
	CASE2("5; a=b\r\nhello\r\n" END, " bad", "[5]hello[0]"),
	CASE2("5 ;a=b\r\nhello\r\n" END, " bad", "[5]hello[0]"),
	CASE2("5;a =b\r\nhello\r\n" END, " bad", "[5]hello[0]"),
	CASE2("5;a= b\r\nhello\r\n" END, " bad", "[5]hello[0]"),
	CASE2("5 ; a = \"b\" ; c \r\nhello\r\n" END, " bad", "[5]hello[0]"),
	CASE2("5;a=b \r\nhello\r\n" END, " bad", "[5]hello[0]"),
	CASE("5;a b\r\nhello\r\n" END, " bad"),
	CASE("5;a=b c\r\nhello\r\n" END, " bad"),
};

static const struct test trailers[] = {
	CASE("0\r\nA: b\r\n\r\n", "[0]"),
	CASE("0\r\nA: b\r\nContent-Length: 50\r\n\r\nrest", "[0] +4"),
	CASE("0\r\nA:\r\nB:\t\xe9 x\t\r\n\r\n", "[0]"),
	CASE("0\r\nA: b\r\n", " more"),
	CASE("0\r\nA: b\n\r\n", " bad trailer"),
	CASE("0\r\nA : b\r\n\r\n", " bad trailer"),
	CASE("0\r\n A: b\r\n\r\n", " bad trailer"),
	CASE("0\r\nA: b\r\n c\r\n\r\n", " bad trailer"),
	CASE("0\r\n: b\r\n\r\n", " bad trailer"),
	CASE("0\r\nno colon\r\n\r\n", " bad trailer"),
	CASE("0\r\nA: b\0\r\n\r\n", " bad trailer"),
	CASE("0\r\nA: b\r\r\n\r\n", " bad trailer"),
	CASE("0\r\nA: b\r\n\rx", " bad trailer"),
	CASE("0\r\nGET / HTTP/1.1\r\n\r\n", " bad trailer"),
};

static void
run_one(const struct test *t, enum gentleness gentleness, const char *group)
{
	const char *want = gentleness == GENTLE && t->gentle != NULL
	    ? t->gentle
	    : t->strict;
	char text[TEXT_MAX], pieces[TEXT_MAX];
	struct guard g;
	size_t step, wrong = 0;

	guard_copy(&g, t->in, t->len);
	decode(text, g.bytes, g.len, g.len + 1, gentleness);
	is_str(text, want, "%s%s:%s", group,
	    gentleness == GENTLE ? ", gentle" : "", want);
	for (step = 1; step < t->len; step++) {
		decode(pieces, g.bytes, g.len, step, gentleness);
		wrong += strcmp(text, pieces) != 0;
	}
	is_int(wrong, 0, "%s: in pieces", group);
	guard_release(&g);
}

static void
run(const struct test *test, size_t count, const char *group)
{
	const struct test *t;

	for (t = test; t < test + count; t++) {
		tap_input(t->in, t->len);
		run_one(t, STRICT, group);
		run_one(t, GENTLE, group);
	}
	tap_input(NULL, 0);
}

/* --- Every byte in every place ------------------------------------------ */

#define TCHARS \
	"!#$%&'*+-.^_`|~0123456789" \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define HEXES "0123456789abcdefABCDEF"

struct place {
	const char *name, *before, *behind;
	const char *accepted; /* bytes, */
	bool text;	      /* and all that are no control */
};

static const struct place place[] = {
	{ "first digit", "", "0;a\r\n", HEXES, false },
	{ "behind a digit", "0", ";a\r\n", HEXES, false },
	{ "behind the size", "0", "\r\n", HEXES, false },
	{ "LF of the size", "0\r", "\r\n", "\n", false },
	{ "first of a name", "0;", "a\r\n\r\n", TCHARS, false },
	{ "name", "0;a", "a\r\n\r\n", TCHARS ";=", false },
	{ "end of a name", "0;a", "\r\n\r\n", TCHARS, false },
	{ "first of a value", "0;a=", "a\r\n\r\n", TCHARS, false },
	{ "value", "0;a=b", "a\r\n\r\n", TCHARS ";", false },
	{ "quoted", "0;a=\"", "a\"\r\n\r\n", "", true },
	{ "escaped", "0;a=\"\\", "\"\r\n\r\n", "", true },
	{ "behind quotes", "0;a=\"b\"", "\r\n\r\n", "", false },
	{ "CR behind data", "1\r\nx", "\n0\r\n\r\n", "\r", false },
	{ "LF behind data", "1\r\nx\r", "0\r\n\r\n", "\n", false },
	{ "first of a trailer", "0\r\n", "A: b\r\n\r\n", TCHARS, false },
	{ "name of a trailer", "0\r\nA", "A: b\r\n\r\n", TCHARS ":", false },
	{ "end of that name", "0\r\nA", ": b\r\n\r\n", TCHARS ":", false },
	{ "value of a trailer", "0\r\nA:", "b\r\n\r\n", "\t", true },
	{ "LF of a trailer", "0\r\nA: b\r", "\r\n", "\n", false },
	{ "last LF", "0\r\n\r", "", "\n", false },
};

static bool
place_accepts(const struct place *p, int b)
{
	if (b != 0 && strchr(p->accepted, b) != NULL)
		return true;
	if (b == '"' && strcmp(p->name, "quoted") == 0)
		return false; /* the end, and this text goes on behind it */
	return p->text && b >= 0x20 && b != 0x7f;
}

/* The byte is accepted when the decoder does not stop at it or behind it
 * within this input. */
static void
test_place(const struct place *p)
{
	char in[64], text[TEXT_MAX];
	size_t at = strlen(p->before), len;
	int b, wrong = 0;
	bool bad;

	len = (size_t)snprintf(in, sizeof(in), "%sx%s", p->before, p->behind);
	for (b = 0; b < 256; b++) {
		in[at] = (char)b;
		tap_input(in, len);
		decode(text, in, len, len, STRICT);
		bad = strstr(text, "bad") != NULL;
		if (bad == place_accepts(p, b)) {
			wrong++;
			is_str(text, "?", "%s: 0x%02x", p->name, b);
		}
	}
	tap_input(NULL, 0);
	is_int(wrong, 0, "every byte in place: %s", p->name);
}

/* --- Bounds ------------------------------------------------------------- */

/* count times text, then behind, decoded. */
static const char *
decode_many(const char *before, const char *text, size_t count,
    const char *behind)
{
	static char result[32 * 4096];
	size_t len = strlen(text), head = strlen(before), i;
	char *in = malloc(head + len * count + strlen(behind) + 1);

	memcpy(in, before, head + 1);
	for (i = 0; i < count; i++)
		memcpy(in + head + i * len, text, len);
	memcpy(in + head + count * len, behind, strlen(behind) + 1);
	decode(result, in, strlen(in), strlen(in), STRICT);
	free(in);
	return result;
}

static void
test_bounds(void)
{
	char long_trailer[100];

	is_str(decode_many("0;", "a", 4095, "\r\n\r\n"), "[0]",
	    "4096 bytes of extension");
	is_str(decode_many("0;", "a", 4096, "\r\n\r\n"), " bad",
	    "4097 bytes of extension");
	ok(strstr(decode_many("", "1;a\r\nx\r\n", 2048, END), "[0]") != NULL,
	    "4096 bytes of extensions in a message");
	ok(strstr(decode_many("", "1;a\r\nx\r\n", 2049, END), "bad") != NULL,
	    "4098 bytes of extensions in a message");
	is_str(decode_many("0\r\n", "A: b\r\n", 128, "\r\n"), "[0]",
	    "128 trailers");
	is_str(decode_many("0\r\n", "A: b\r\n", 129, "\r\n"), " bad trailer",
	    "129 trailers");
	memset(long_trailer, 'x', sizeof(long_trailer));
	memcpy(long_trailer, "A:", 2);
	memcpy(long_trailer + 97, "\r\n", 3);
	is_str(decode_many("0\r\n", long_trailer, 127, "\r\n"), "[0]",
	    "12573 bytes of trailers");
	is_str(decode_many("0\r\nA:", "x", 16384 - 6, "\r\n\r\n"), "[0]",
	    "16384 bytes of trailers");
	is_str(decode_many("0\r\nA:", "x", 16384 - 5, "\r\n\r\n"),
	    " bad trailer", "16385 bytes of trailers");
	ok(strstr(decode_many("", "1\r\nx\r\n", 4000, END), "[0]") != NULL,
	    "4000 chunks of one byte");
}

/* Blanks that a gentle reader passes over are bounded too, and noted. */
static void
test_gentle(void)
{
	char in[5000];
	struct chunked c;
	struct str data;
	size_t used;

	memset(in, ' ', sizeof(in));
	in[0] = '5';
	chunked_init(&c, true);
	is_int(chunked_next(&c, str_make(in, 4097), &used, &data), CHUNKED_MORE,
	    "4096 blanks");
	is_int(chunked_next(&c, str_make(in + 1, 1), &used, &data), CHUNKED_BAD,
	    "one more");
	chunked_init(&c, true);
	chunked_next(&c, STR("5 \r\n"), &used, &data);
	ok(c.was_gentle, "a blank is noted");
	chunked_init(&c, true);
	chunked_next(&c, STR("5;a=\"b c\"\r\n"), &used, &data);
	ok(!c.was_gentle, "a blank in quotes is none");
}

/* What a decoder says when it is asked again, and its counts. */
static void
test_again(void)
{
	struct chunked c;
	struct str data;
	size_t used;

	chunked_init(&c, false);
	is_int(chunked_next(&c, STR("5\r\nhe"), &used, &data), CHUNKED_SIZE,
	    "size");
	is_int(used, 3, "size: used");
	is_int(c.left, 5, "size: left");
	is_int(chunked_next(&c, STR("he"), &used, &data), CHUNKED_DATA, "data");
	is_int(c.left, 3, "data: left");
	is_int(chunked_next(&c, STR_NONE, &used, &data), CHUNKED_MORE,
	    "nothing there");
	is_int(used, 0, "nothing used");
	is_int(chunked_next(&c, STR("llo\r\n"), &used, &data), CHUNKED_DATA,
	    "rest of the data");
	is_int(used, 3, "no byte behind the chunk");
	is_int(chunked_next(&c, STR("\r\n" END), &used, &data), CHUNKED_END,
	    "end");
	is_int(c.total, 5, "total");
	is_int(chunked_next(&c, STR("x"), &used, &data), CHUNKED_END,
	    "the end again");
	is_int(used, 0, "and nothing is used");
	chunked_init(&c, false);
	chunked_next(&c, STR("x"), &used, &data);
	is_int(chunked_next(&c, STR(END), &used, &data), CHUNKED_BAD,
	    "bad stays bad");
}

int
main(void)
{
	size_t i;

	run(sizes, ARRAY_LEN(sizes), "sizes");
	run(extensions, ARRAY_LEN(extensions), "extensions");
	run(trailers, ARRAY_LEN(trailers), "trailers");
	for (i = 0; i < ARRAY_LEN(place); i++)
		test_place(&place[i]);
	test_bounds();
	test_gentle();
	test_again();
	return tap_done();
}
