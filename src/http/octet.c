/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/octet.h"

#include <string.h>

#define T OCTET_TOKEN
#define V OCTET_VALUE
#define U OCTET_TARGET
#define H OCTET_HOST
#define DIGIT (T | V | OCTET_DIGIT | OCTET_HEX | U | H)
#define HEX (T | V | OCTET_HEX | U | H)
#define ALPHA (T | V | U | H)
#define ODD (V | OCTET_ENCODE | OCTET_ASCII_ODD)

/*
 * A host may have what RFC 3986 allows in a reg-name, less the comma (two
 * hosts to some readers), less '&' and '\'' (markup) and less '%' (no name
 * in use has it, and readers differ on decoding it).
 */
const uint8_t octet_table[256] = {
	['\t'] = V,
	[' '] = V,
	['!'] = T | V | U | H,
	['"'] = ODD,
	['#'] = T | V,
	['$'] = T | V | U | H,
	['%'] = T | V | U,
	['&'] = T | V | U,
	['\''] = T | V | U,
	['('] = V | U | H,
	[')'] = V | U | H,
	['*'] = T | V | U | H,
	['+'] = T | V | U | H,
	[','] = V | U,
	['-'] = T | V | U | H,
	['.'] = T | V | U | H,
	['/'] = V | U,
	['0' ... '9'] = DIGIT,
	[':'] = V | U,
	[';'] = V | U | H,
	['<'] = ODD,
	['='] = V | U | H,
	['>'] = ODD,
	['?'] = V | U,
	['@'] = V | U,
	['A' ... 'F'] = HEX,
	['G' ... 'Z'] = ALPHA,
	['['] = V | U,
	['\\'] = ODD,
	[']'] = V | U,
	['^'] = T | ODD,
	['_'] = T | V | U | H,
	['`'] = T | ODD,
	['a' ... 'f'] = HEX,
	['g' ... 'z'] = ALPHA,
	['{'] = ODD,
	['|'] = T | ODD,
	['}'] = ODD,
	['~'] = T | V | U | H,
	[0x80 ... 0xff] = V | OCTET_ENCODE,
};

int
octet_hex_value(char c)
{
	if (octet_is(c, OCTET_DIGIT))
		return c - '0';
	if (octet_is(c, OCTET_HEX))
		return (c | 0x20) - 'a' + 10;
	return -1;
}

size_t
octet_run(struct str s, unsigned classes)
{
	size_t n = 0;

	while (n < s.len && octet_is(s.p[n], classes))
		n++;
	return n;
}

/*
 * Whether one of the eight bytes is a control: below 0x20, or 0x7f. The
 * subtraction borrows into the top bit of a byte that was smaller than
 * 0x20 and had no top bit itself; DEL is made zero first and found alike.
 */
static bool
word_has_control(uint64_t w)
{
	const uint64_t ones = 0x0101010101010101u;
	const uint64_t tops = 0x8080808080808080u;
	uint64_t del = w ^ (ones * 0x7f);

	return ((((w - ones * 0x20) & ~w) | ((del - ones) & ~del)) & tops) != 0;
}

bool
octet_all_value(struct str s)
{
	uint64_t w;
	size_t n = 0;

	for (; s.len - n >= sizeof(w); n += sizeof(w)) {
		memcpy(&w, s.p + n, sizeof(w));
		if (word_has_control(w))
			break; /* maybe a tab: the table decides */
	}
	/* The rest together with bytes that are known. */
	if (n > 0 && s.len - n < sizeof(w)) {
		memcpy(&w, s.p + s.len - sizeof(w), sizeof(w));
		if (!word_has_control(w))
			return true;
	}
	return n + octet_run(str_skip(s, n), OCTET_VALUE) == s.len;
}
