/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Classes of bytes against the grammars they come from. */
#include <string.h>

#include "http/octet.h"
#include "support/guard.h"
#include "tap.h"

static bool
one_of(int b, const char *set)
{
	return b != 0 && strchr(set, b) != NULL;
}

static unsigned
expected(int b)
{
	const bool digit = b >= '0' && b <= '9';
	const bool alpha = (b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z');
	const bool odd = one_of(b, "\"<>\\^`{}|");
	unsigned c = 0;

	if (digit || alpha || one_of(b, "!#$%&'*+-.^_`|~"))
		c |= OCTET_TOKEN;
	if (b == '\t' || (b >= 0x20 && b != 0x7f))
		c |= OCTET_VALUE;
	if (digit)
		c |= OCTET_DIGIT;
	if (digit || one_of(b, "abcdefABCDEF"))
		c |= OCTET_HEX;
	if (b > 0x20 && b < 0x7f && b != '#' && !odd)
		c |= OCTET_TARGET;
	if (odd || b >= 0x80)
		c |= OCTET_ENCODE;
	if (odd)
		c |= OCTET_ASCII_ODD;
	if (digit || alpha || one_of(b, "-._~!$()*+;="))
		c |= OCTET_HOST;
	return c;
}

static void
test_table(void)
{
	int b, wrong = 0;

	for (b = 0; b < 256; b++)
		if (octet_table[b] != expected(b)) {
			wrong++;
			is_int(octet_table[b], expected(b), "byte 0x%02x", b);
		}
	is_int(wrong, 0, "classes of every byte");
}

static void
test_hex(void)
{
	static const char low[] = "0123456789abcdef";
	static const char high[] = "0123456789ABCDEF";
	const char *at;
	int b, want, wrong = 0;

	for (b = 0; b < 256; b++) {
		want = -1;
		at = memchr(low, b, 16);
		if (at != NULL)
			want = (int)(at - low);
		at = memchr(high, b, 16);
		if (at != NULL)
			want = (int)(at - high);
		wrong += octet_hex_value((char)b) != want;
	}
	is_int(wrong, 0, "hex value of every byte");
}

/* Every byte at every place of texts up to four words long. */
static void
test_all_value(void)
{
	char text[32];
	struct guard g;
	size_t len, at;
	int b, wrong = 0;

	for (len = 0; len <= sizeof(text); len++) {
		memset(text, len % 2 != 0 ? 'a' : 0xff, len);
		guard_copy(&g, text, len);
		wrong += !octet_all_value(str_make(g.bytes, len));
		for (at = 0; at < len; at++) {
			for (b = 0; b < 256; b++) {
				g.bytes[at] = (char)b;
				wrong += octet_all_value(
					     str_make(g.bytes, len)) !=
				    ((expected(b) & OCTET_VALUE) != 0);
			}
			g.bytes[at] = at % 2 != 0 ? 'z' : '\t';
		}
		guard_release(&g);
	}
	is_int(wrong, 0, "every byte at every place of a value");
	ok(octet_all_value(STR_NONE), "an empty value");
}

static void
test_run(void)
{
	is_int(octet_run(STR("abc: d"), OCTET_TOKEN), 3, "run of a token");
	is_int(octet_run(STR("abc"), OCTET_TOKEN), 3, "run to the end");
	is_int(octet_run(STR(":"), OCTET_TOKEN), 0, "no run");
	is_int(octet_run(STR_NONE, OCTET_TOKEN), 0, "run of nothing");
	is_int(octet_run(STR("1a:"), OCTET_DIGIT | OCTET_HEX), 2,
	    "run of two classes");
	ok(octet_blank(' ') && octet_blank('\t') && !octet_blank('\n') &&
		!octet_blank('\0'),
	    "blanks");
}

int
main(void)
{
	test_table();
	test_hex();
	test_all_value();
	test_run();
	return tap_done();
}
