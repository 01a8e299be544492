/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A growing text for cold paths (configuration, messages, listings). The
 * maximum is given at init; what does not fit is left out and overflow
 * stays set. There is always a NUL at text[len]. Not for requests: those
 * write into struct fixbuf.
 */
#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/attrs.h"
#include "base/str.h"

struct strbuf {
	char *text;
	size_t len;
	size_t cap;
	size_t max; /* bytes of text, without the NUL */
	bool overflow;
};

/* Prepares without allocating. */
void strbuf_init(struct strbuf *b, size_t max);
void strbuf_release(struct strbuf *b);
void strbuf_reset(struct strbuf *b);

void strbuf_add(struct strbuf *b, struct str s);
void strbuf_add_char(struct strbuf *b, char c);
void strbuf_addf(struct strbuf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void strbuf_addv(struct strbuf *b, const char *fmt, va_list args)
    PRINTF_LIKE(2, 0);

static inline struct str
strbuf_str(const struct strbuf *b)
{
	return str_make(b->text, b->len);
}

/* As C text, never NULL. */
static inline const char *
strbuf_text(const struct strbuf *b)
{
	return b->text != NULL ? b->text : "";
}

#endif
