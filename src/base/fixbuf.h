/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Append-only writer over memory of the caller: heads and log lines are
 * composed with it. It never allocates; what does not fit sets overflow
 * and nothing more is written (all or nothing per call).
 */
#ifndef BASE_FIXBUF_H
#define BASE_FIXBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"

struct fixbuf {
	char *p;
	size_t len;
	size_t cap;
	bool overflow;
};

static inline void
fixbuf_init(struct fixbuf *b, char *memory, size_t cap)
{
	*b = (struct fixbuf){ memory, 0, cap, false };
}

static inline void
fixbuf_add(struct fixbuf *b, struct str s)
{
	if (s.len > b->cap - b->len) {
		b->overflow = true;
	} else if (s.len > 0 && !b->overflow) {
		memcpy(b->p + b->len, s.p, s.len);
		b->len += s.len;
	}
}

static inline void
fixbuf_add_char(struct fixbuf *b, char c)
{
	fixbuf_add(b, str_make(&c, 1));
}

void fixbuf_add_u64(struct fixbuf *b, uint64_t n);
/* Lower-case hex without leading zeros. */
void fixbuf_add_hex(struct fixbuf *b, uint64_t n);

static inline struct str
fixbuf_str(const struct fixbuf *b)
{
	return str_make(b->p, b->len);
}

#endif
