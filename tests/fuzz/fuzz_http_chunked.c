/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Chunked bodies: whole and bytewise are the same, a strict reader and a
 * gentle one never differ in what they read, and what we send on reads back
 * as the same chunks.
 */
#include <stdbool.h>
#include <string.h>

#include "fuzz/must.h"
#include "http/chunked.h"
#include "http/compose.h"

struct body {
	struct fixbuf text; /* the data */
	struct fixbuf sent; /* the coding, as we would send it on */
	enum chunked_event end;
	size_t used;
	bool was_gentle;
	bool bad_trailer;
};

static void
body_init(struct body *b, size_t size)
{
	/* each byte of input is at most one chunk of "1\r\nx\r\n" */
	fixbuf_init(&b->text, malloc(size + 1), size + 1);
	fixbuf_init(&b->sent, malloc(20 * size + 32), 20 * size + 32);
}

static void
body_release(struct body *b)
{
	free(b->text.p);
	free(b->sent.p);
}

static void
decode(struct body *b, struct str in, bool gentle, size_t step)
{
	struct chunked c;
	struct str data;
	size_t size = 0, used;

	body_init(b, in.len);
	b->used = 0;
	chunked_init(&c, gentle);
	do {
		size = in.len - size < step ? in.len : size + step;
		for (;;) {
			b->end = chunked_next(&c,
			    str_make(in.p + b->used, size - b->used), &used,
			    &data);
			must(used <= size - b->used);
			b->used += used;
			if (b->end == CHUNKED_SIZE) {
				must(c.left > 0);
				compose_chunk_size(&b->sent, c.left);
				continue;
			}
			if (b->end != CHUNKED_DATA)
				break;
			must(data.len > 0 && data.len <= used);
			fixbuf_add(&b->text, data);
			fixbuf_add(&b->sent, data);
			if (c.left == 0)
				compose_end(&b->sent);
		}
	} while (b->end == CHUNKED_MORE && size < in.len);
	if (b->end == CHUNKED_MORE)
		must(b->used == in.len);
	if (b->end == CHUNKED_END) {
		must(c.total == b->text.len);
		compose_chunk_size(&b->sent, 0);
		compose_end(&b->sent);
	}
	must(!b->text.overflow && !b->sent.overflow);
	b->was_gentle = c.was_gentle;
	b->bad_trailer = c.bad_trailer;
}

static bool
same(const struct body *a, const struct body *b)
{
	return a->end == b->end && a->used == b->used &&
	    a->bad_trailer == b->bad_trailer &&
	    str_eq(fixbuf_str(&a->text), fixbuf_str(&b->text)) &&
	    str_eq(fixbuf_str(&a->sent), fixbuf_str(&b->sent));
}

/* What we send is plain: it reads back strictly, and as itself. */
static void
try_sent(const struct body *b)
{
	struct body back;

	decode(&back, fixbuf_str(&b->sent), false, b->sent.len + 1);
	must(back.end == b->end);
	must(str_eq(fixbuf_str(&back.text), fixbuf_str(&b->text)));
	must(str_eq(fixbuf_str(&back.sent), fixbuf_str(&b->sent)));
	body_release(&back);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = str_make((const char *)data, size);
	struct body strict, gentle, bytewise;

	decode(&strict, in, false, size + 1);
	decode(&gentle, in, true, size + 1);
	decode(&bytewise, in, false, 1);
	must(same(&strict, &bytewise));
	body_release(&bytewise);
	decode(&bytewise, in, true, 1);
	must(same(&gentle, &bytewise));
	must(!strict.was_gentle);
	if (!gentle.was_gentle || strict.end != CHUNKED_BAD)
		must(same(&strict, &gentle));
	if (gentle.end == CHUNKED_END)
		try_sent(&gentle);
	body_release(&strict);
	body_release(&gentle);
	body_release(&bytewise);
	return 0;
}
