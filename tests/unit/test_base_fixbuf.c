/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/fixbuf.h"
#include "unit/tap.h"

static void
test_add(void)
{
	char memory[9] = "--------";
	struct fixbuf b;

	fixbuf_init(&b, memory, 4);
	fixbuf_add(&b, STR_NONE);
	fixbuf_add(&b, STR("ab"));
	fixbuf_add_char(&b, 'c');
	is_mem(b.p, b.len, "abc", 3, "what was added");
	fixbuf_add(&b, STR("de"));
	ok(b.overflow, "two bytes into room for one");
	fixbuf_add_char(&b, 'f');
	is_mem(b.p, b.len, "abc", 3, "nothing after an overflow");
	is_str(memory, "abc-----", "nothing beyond");
	ok(str_eq(fixbuf_str(&b), STR("abc")), "as a slice");
	fixbuf_init(&b, memory, 3);
	fixbuf_add(&b, STR("xyz"));
	ok(!b.overflow && b.len == 3, "full is not overflow");
	fixbuf_add(&b, STR_NONE);
	ok(!b.overflow, "nothing fits a full one");
}

static void
test_numbers(void)
{
	char memory[200];
	struct fixbuf b;

	fixbuf_init(&b, memory, sizeof(memory));
	fixbuf_add_u64(&b, 0);
	fixbuf_add_char(&b, ' ');
	fixbuf_add_u64(&b, 1234567890);
	fixbuf_add_char(&b, ' ');
	fixbuf_add_u64(&b, UINT64_MAX);
	fixbuf_add_char(&b, ' ');
	fixbuf_add_hex(&b, 0);
	fixbuf_add_char(&b, ' ');
	fixbuf_add_hex(&b, 0xabc0);
	fixbuf_add_char(&b, ' ');
	fixbuf_add_hex(&b, UINT64_MAX);
	fixbuf_add_char(&b, '\0');
	is_str(memory,
	    "0 1234567890 18446744073709551615 0 abc0 "
	    "ffffffffffffffff",
	    "numbers");
	fixbuf_init(&b, memory, 2);
	fixbuf_add_u64(&b, 100);
	ok(b.overflow && b.len == 0, "no part of a number");
}

int
main(void)
{
	test_add();
	test_numbers();
	return tap_done();
}
