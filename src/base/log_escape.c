/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/log.h"

/* A byte that a reader of the log may see as it is. */
static bool
is_harmless(unsigned char c, char also)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\' &&
	    (c != (unsigned char)also || c == 0);
}

static void
add_cut(struct fixbuf *b, struct str s)
{
	size_t room = b->cap - b->len;

	if (b->overflow)
		return;
	fixbuf_add(b, str_head(s, room));
	if (s.len > room)
		b->overflow = true;
}

static void
add_escaped(struct fixbuf *b, unsigned char c)
{
	const char *digits = "0123456789abcdef";
	char text[4] = { '\\', 'x', digits[c >> 4], digits[c & 15] };

	fixbuf_add(b, str_make(text, sizeof(text)));
}

void
log_escape(struct fixbuf *b, struct str s, char also)
{
	size_t begin = 0;

	for (size_t i = 0; i < s.len && !b->overflow; i++) {
		if (is_harmless((unsigned char)s.p[i], also))
			continue;
		add_cut(b, str_make(s.p + begin, i - begin));
		add_escaped(b, (unsigned char)s.p[i]);
		begin = i + 1;
	}
	if (s.len > begin)
		add_cut(b, str_make(s.p + begin, s.len - begin));
}
