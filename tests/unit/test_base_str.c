/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/attrs.h"
#include "base/str.h"
#include "support/guard.h"
#include "unit/tap.h"

static void
test_make(void)
{
	struct str s = str_make("abcdef", 6);

	is_int(STR("abc").len, 3, "length of a literal");
	is_int(str_from("abc").len, 3, "length of a text");
	ok(str_empty(str_from(NULL)), "NULL is the empty slice");
	ok(str_empty(STR_NONE) && !str_empty(s), "empty or not");
	ok(str_eq(str_skip(s, 2), STR("cdef")), "skip");
	ok(str_empty(str_skip(s, 6)) && str_empty(str_skip(s, 9)),
	    "skip to the end and beyond");
	ok(str_eq(str_head(s, 2), STR("ab")), "head");
	ok(str_eq(str_head(s, 9), s), "head beyond the end");
}

static const struct {
	struct str a, b;
	bool eq, eq_nocase, starts, starts_nocase;
} pairs[] = {
	{ STR("abc"), STR("abc"), true, true, true, true },
	{ STR("abc"), STR("aBC"), false, true, false, true },
	{ STR("abc"), STR("abd"), false, false, false, false },
	{ STR("abc"), STR("ab"), false, false, true, true },
	{ STR("abc"), STR("AB"), false, false, false, true },
	{ STR("ab"), STR("abc"), false, false, false, false },
	{ STR("abc"), STR(""), false, false, true, true },
	{ STR(""), STR(""), true, true, true, true },
	{ { NULL, 0 }, STR(""), true, true, true, true },
	{ { NULL, 0 }, { NULL, 0 }, true, true, true, true },
	{ STR("["), STR("{"), false, false, false, false },
	{ STR("@"), STR("`"), false, false, false, false },
	{ STR("\xc4"), STR("\xe4"), false, false, false, false },
	{ STR("a\0b"), STR("A\0B"), false, true, false, true },
	{ STR("a\0b"), STR("a\0c"), false, false, false, false },
};

static void
test_compare(void)
{
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		struct str a = pairs[i].a, b = pairs[i].b;

		is_int(str_eq(a, b), pairs[i].eq, "pair %zu: eq", i);
		is_int(str_eq_nocase(a, b), pairs[i].eq_nocase,
		    "pair %zu: eq, no case", i);
		is_int(str_starts(a, b), pairs[i].starts, "pair %zu: starts",
		    i);
		is_int(str_starts_nocase(a, b), pairs[i].starts_nocase,
		    "pair %zu: starts, no case", i);
	}
}

static void
test_lower(void)
{
	bool good = true;

	for (int c = 0; c < 256; c++) {
		int want = c >= 'A' && c <= 'Z' ? c + 32 : c;

		good = good && str_lower((unsigned char)c) == want;
	}
	ok(good, "lower case of every byte");
}

static void
test_hex(void)
{
	static const char digits[] = "0123456789abcdef";
	bool good = true;

	for (int c = 1; c < 256; c++) {
		const int low = str_lower((unsigned char)c);
		const char *at = strchr(digits, low);

		good = good &&
		    str_hex((char)c) == (at == NULL ? -1 : (int)(at - digits));
	}
	ok(good && str_hex('\0') == -1, "hexadecimal digits, in either case");
}

static void
test_find(void)
{
	struct guard g;

	is_int(str_find(STR("abcb"), 'b'), 1, "the first of two");
	is_int(str_find(STR("abcb"), 'x'), 4, "none: the length");
	is_int(str_find(STR_NONE, 'x'), 0, "none in nothing");
	guard_copy(&g, "abc", 3);
	is_int(str_find(str_make(g.bytes, 3), '\0'), 3,
	    "not a byte beyond the end");
	guard_release(&g);
}

static const struct {
	struct str in, out;
} trims[] = {
	{ STR("a"), STR("a") },
	{ STR(" \t a b\t "), STR("a b") },
	{ STR(" \t "), STR("") },
	{ STR(""), STR("") },
	{ { NULL, 0 }, STR("") },
	{ STR("\ra\n"), STR("\ra\n") },
};

static void
test_trim(void)
{
	for (size_t i = 0; i < ARRAY_LEN(trims); i++)
		ok(str_eq(str_trim(trims[i].in), trims[i].out), "trim %zu", i);
}

static const struct {
	struct str text;
	uint64_t max;
	bool good;
	uint64_t value;
} numbers[] = {
	{ STR("0"), 0, true, 0 },
	{ STR("1"), 0, false, 0 },
	{ STR("007"), 7, true, 7 },
	{ STR("65535"), 65535, true, 65535 },
	{ STR("65536"), 65535, false, 0 },
	{ STR("18446744073709551615"), UINT64_MAX, true, UINT64_MAX },
	{ STR("18446744073709551616"), UINT64_MAX, false, 0 },
	{ STR("18446744073709551620"), UINT64_MAX, false, 0 },
	{ STR("36893488147419103232"), UINT64_MAX, false, 0 },
	{ STR("99999999999999999999"), UINT64_MAX, false, 0 },
	{ STR("00000000000000000000000000000001"), 1, true, 1 },
	{ STR(""), 9, false, 0 },
	{ { NULL, 0 }, 9, false, 0 },
	{ STR("+1"), 9, false, 0 },
	{ STR("-1"), 9, false, 0 },
	{ STR(" 1"), 9, false, 0 },
	{ STR("1 "), 9, false, 0 },
	{ STR("1a"), 9, false, 0 },
	{ STR("0x1"), 9, false, 0 },
	{ STR("1\0"), 99, false, 0 },
	{ STR("/"), 99, false, 0 },
	{ STR(":"), 99, false, 0 },
	{ STR("\xb1"), 99, false, 0 },
};

static void
test_number(void)
{
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		uint64_t value = 4711;
		int rc = str_to_u64(numbers[i].text, numbers[i].max, &value);

		tap_input(numbers[i].text.p, numbers[i].text.len);
		is_int(rc, numbers[i].good ? 0 : -1, "number %zu", i);
		ok(value == (numbers[i].good ? numbers[i].value : 4711),
		    "number %zu: its value, or untouched", i);
	}
	tap_input(NULL, 0);
}

static const struct {
	struct str a, b;
	size_t distance;
} words[] = {
	{ STR(""), STR(""), 0 },
	{ STR(""), STR("abc"), 3 },
	{ STR("Listen"), STR("listen"), 0 },
	{ STR("Adress"), STR("Address"), 1 },
	{ STR("Addresss"), STR("Address"), 1 },
	{ STR("Adderss"), STR("Address"), 1 },
	{ STR("Port"), STR("Pord"), 1 },
	{ STR("opts"), STR("post"), 2 },
	{ STR("kitten"), STR("sitting"), 3 },
	{ STR("ab"), STR("BA"), 1 },
	{ STR("abcd"), STR("badc"), 2 },
	{ STR("ca"), STR("abc"), 3 },
};

static void
test_distance(void)
{
	char a[65];

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		is_int(str_distance(words[i].a, words[i].b), words[i].distance,
		    "distance %zu", i);
		is_int(str_distance(words[i].b, words[i].a), words[i].distance,
		    "distance %zu, turned round", i);
	}
	memset(a, 'a', sizeof(a));
	is_int(str_distance(str_make(a, 64), STR_NONE), 64, "64 bytes");
	is_int(str_distance(str_make(a, 64), str_make(a, 64)), 0, "twice");
	ok(str_distance(str_make(a, 65), STR("a")) > 1000, "65 bytes");
	ok(str_distance(STR("a"), str_make(a, 65)) > 1000, "on the right");
}

int
main(void)
{
	test_make();
	test_compare();
	test_lower();
	test_hex();
	test_find();
	test_trim();
	test_number();
	test_distance();
	return tap_done();
}
