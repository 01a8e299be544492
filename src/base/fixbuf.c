/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/fixbuf.h"

/* Writes the digits from the end of the room; base 10 or 16. */
static void
add_number(struct fixbuf *b, uint64_t n, unsigned base)
{
	char room[20];
	size_t at = sizeof(room);

	do {
		room[--at] = "0123456789abcdef"[n % base];
		n /= base;
	} while (n > 0);
	fixbuf_add(b, str_make(room + at, sizeof(room) - at));
}

void
fixbuf_add_u64(struct fixbuf *b, uint64_t n)
{
	add_number(b, n, 10);
}

void
fixbuf_add_hex(struct fixbuf *b, uint64_t n)
{
	add_number(b, n, 16);
}
