/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mem.h"
#include "base/strbuf.h"
#include "unit/tap.h"

static void
test_grow(void)
{
	struct strbuf b;

	strbuf_init(&b, 100000);
	is_str(strbuf_text(&b), "", "nothing yet is an empty text");
	ok(b.text == NULL && str_empty(strbuf_str(&b)), "and no memory");
	for (int i = 0; i < 10000; i++)
		strbuf_add(&b, STR("0123456789"));
	is_int(b.len, 100000, "filled to the last byte");
	ok(!b.overflow && b.text[b.len] == '\0', "with a NUL behind");
	strbuf_add(&b, STR_NONE);
	ok(!b.overflow, "nothing still fits");
	strbuf_add_char(&b, 'x');
	ok(b.overflow && b.len == 100000, "one byte more is too much");
	strbuf_reset(&b);
	ok(!b.overflow && b.len == 0, "reset");
	is_str(strbuf_text(&b), "", "to an empty text");
	strbuf_add(&b, STR("again"));
	is_str(strbuf_text(&b), "again", "and again");
	strbuf_release(&b);
	is_str(strbuf_text(&b), "", "released");
	strbuf_add_char(&b, 'x');
	is_str(strbuf_text(&b), "x", "and used again");
	strbuf_release(&b);
}

static void
test_format(void)
{
	struct strbuf b;

	strbuf_init(&b, 12);
	strbuf_addf(&b, "%d %s", 42, "words");
	is_str(strbuf_text(&b), "42 words", "formatted");
	strbuf_addf(&b, "%05d", 1);
	ok(b.overflow, "five bytes into four");
	strbuf_addf(&b, "x");
	is_str(strbuf_text(&b), "42 words", "nothing of it, nor after it");
	strbuf_release(&b);
	strbuf_init(&b, 4);
	strbuf_addf(&b, "%d", 1234);
	ok(!b.overflow, "four into four");
	is_str(strbuf_text(&b), "1234", "with all digits");
	strbuf_addf(&b, "%s", "");
	ok(!b.overflow, "and nothing");
	strbuf_release(&b);
}

int
main(void)
{
	struct strbuf b;

	test_grow();
	test_format();
	strbuf_init(&b, 0);
	strbuf_add_char(&b, 'x');
	ok(b.overflow && b.len == 0, "a maximum of nothing");
	strbuf_release(&b);
	return tap_done();
}
