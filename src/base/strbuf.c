/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdio.h>

#include "base/check.h"
#include "base/mem.h"
#include "base/strbuf.h"

#define FIRST_SIZE 64

void
strbuf_init(struct strbuf *b, size_t max)
{
	check(max < SIZE_MAX / 2);
	*b = (struct strbuf){ NULL, 0, 0, max, false };
}

void
strbuf_release(struct strbuf *b)
{
	mem_free(b->text);
	b->text = NULL;
	b->cap = 0;
	strbuf_reset(b);
}

void
strbuf_reset(struct strbuf *b)
{
	b->len = 0;
	b->overflow = false;
	if (b->text != NULL)
		b->text[0] = '\0';
}

/* Room for more bytes and the NUL; false, and overflow set, beyond max. */
static bool
make_room(struct strbuf *b, size_t more)
{
	size_t need;

	if (b->overflow || more > b->max - b->len) {
		b->overflow = true;
		return false;
	}
	need = b->len + more + 1;
	if (need > b->cap) {
		size_t cap = b->cap > 0 ? b->cap : FIRST_SIZE;

		while (cap < need)
			cap *= 2;
		b->text = mem_resize(b->text, cap, 1);
		b->cap = cap;
	}
	return true;
}

void
strbuf_add(struct strbuf *b, struct str s)
{
	if (!make_room(b, s.len))
		return;
	if (s.len > 0)
		memcpy(b->text + b->len, s.p, s.len);
	b->len += s.len;
	b->text[b->len] = '\0';
}

void
strbuf_add_char(struct strbuf *b, char c)
{
	strbuf_add(b, str_make(&c, 1));
}

void
strbuf_addf(struct strbuf *b, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	strbuf_addv(b, fmt, args);
	va_end(args);
}

void
strbuf_addv(struct strbuf *b, const char *fmt, va_list args)
{
	va_list again;
	int len;

	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, args);
	check(len >= 0);
	if (make_room(b, (size_t)len)) {
		vsnprintf(b->text + b->len, (size_t)len + 1, fmt, again);
		b->len += (size_t)len;
	}
	va_end(again);
}
