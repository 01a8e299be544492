/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "proxy/flow.h"

#include "base/check.h"
#include "http/compose.h"

/* The longest chunk line and the line ends around it. */
#define FLOW_LINE 64
/* From so many bytes on a pipe is worth its calls; so many at a time. */
#define FLOW_SPLICE_MIN 49152
#define FLOW_SPLICE_MAX 262144

/*
 *            +---- flush: write the pieces ----+
 *            |                                 v
 *   pump:  pieces? --no--> ended? --yes--> FLOW_DONE
 *            ^               | no
 *            |               v
 *            +--- decode what the reader's buffer holds
 *                            | nothing in it
 *                            v
 *                      one read; again
 *
 * A rest that is long enough takes another way: into a pipe, and out of it,
 * until it has gone or one side has to wait.
 */

void
flow_init(struct flow *f)
{
	f->first = f->count = 0;
	fixbuf_init(&f->text, NULL, 0);
	f->text_cap = 0;
	f->held = 0;
	f->framing = (struct framing){ FRAMING_NONE, 0, false };
	f->left = f->body = f->max = f->taken = 0;
	f->to_chunks = f->discard = f->ended = f->moved = f->big = false;
	f->splices = f->spliced = f->closes = false;
	f->pipe = NULL;
	f->failure = FLOW_DONE;
}

static void
flow_return_pipe(struct flow *f, struct blocks *blocks)
{
	if (f->pipe != NULL)
		blocks_put_pipe(blocks, f->pipe);
	f->pipe = NULL;
}

void
flow_release(struct flow *f, struct blocks *blocks)
{
	blocks_put(blocks, f->text.p, f->text_cap);
	fixbuf_init(&f->text, NULL, 0);
	f->text_cap = 0;
	f->first = f->count = 0;
	flow_return_pipe(f, blocks);
}

void
flow_begin(struct flow *f, const struct framing *framing, bool to_chunks,
    uint64_t max)
{
	f->framing = *framing;
	f->left = framing->kind == FRAMING_LENGTH ? framing->length : 0;
	f->big = f->left > BLOCK_SMALL;
	f->to_chunks = to_chunks;
	f->max = max;
	f->ended = framing->kind == FRAMING_NONE ||
	    (framing->kind == FRAMING_LENGTH && framing->length == 0);
	if (framing->kind == FRAMING_CHUNKED)
		chunked_init(&f->chunked, false);
}

/* Pieces that lie in the old text lie in the new one. */
static void
flow_rebase(struct flow *f, const char *old, char *new)
{
	for (int i = f->first; i < f->count; i++) {
		const char *p = f->piece[i].iov_base;

		if (p >= old && p < old + f->text.len)
			f->piece[i].iov_base = new + (p - old);
	}
}

void
flow_text_room(struct flow *f, struct blocks *blocks, size_t size)
{
	size_t cap;
	char *bigger;

	if (f->text.p != NULL && f->text.cap - f->text.len >= size)
		return;
	bigger = blocks_get(blocks, f->text.len + size, &cap);
	if (f->text.len > 0) {
		memcpy(bigger, f->text.p, f->text.len);
		flow_rebase(f, f->text.p, bigger);
	}
	blocks_put(blocks, f->text.p, f->text_cap);
	f->text.p = bigger;
	f->text.cap = f->text_cap = cap;
}

static void
flow_queue(struct flow *f, const char *p, size_t n)
{
	if (n == 0)
		return;
	/* Neighbours become one piece. */
	if (f->count > f->first) {
		struct iovec *last = &f->piece[f->count - 1];

		if ((char *)last->iov_base + last->iov_len == p) {
			last->iov_len += n;
			return;
		}
	}
	check(f->count < FLOW_PIECES);
	f->piece[f->count].iov_base = (void *)(uintptr_t)p;
	f->piece[f->count].iov_len = n;
	f->count++;
}

void
flow_queue_text(struct flow *f, size_t from)
{
	check(!f->text.overflow && from <= f->text.len);
	flow_queue(f, f->text.p + from, f->text.len - from);
}

/* Nothing waits: the text can be written anew. */
static enum flow_result
flow_flushed(struct flow *f)
{
	f->first = f->count = 0;
	f->text.len = 0;
	return FLOW_DONE;
}

enum flow_result
flow_flush(struct flow *f, struct conn *to)
{
	enum conn_status st;
	size_t written;

	if (f->first == f->count)
		return flow_flushed(f);
	st = conn_write(to, f->piece + f->first, f->count - f->first, &written);
	if (written > 0)
		f->moved = true;
	while (written > 0 && written >= f->piece[f->first].iov_len)
		written -= f->piece[f->first++].iov_len;
	if (written > 0) {
		struct iovec *p = &f->piece[f->first];

		p->iov_base = (char *)p->iov_base + written;
		p->iov_len -= written;
	}
	if (st == CONN_FAILED)
		return FLOW_WRITE_FAILED;
	return st == CONN_OK ? flow_flushed(f) : FLOW_WAIT_WRITE;
}

/* All pieces have gone: the reader's buffer moves on. */
static void
flow_settle(struct flow *f, struct conn *from)
{
	if (f->held > 0)
		conn_consume(from, f->held);
	f->held = 0;
	f->body = f->taken;
}

/* A run of body bytes out of the reader's buffer. */
static void
flow_take(struct flow *f, struct str run)
{
	f->taken += run.len;
	if (!f->discard)
		flow_queue(f, run.p, run.len);
}

static void
flow_add_chunk_size(struct flow *f, uint64_t size)
{
	const size_t from = f->text.len;

	if (f->discard || !f->to_chunks)
		return;
	compose_chunk_size(&f->text, size);
	flow_queue_text(f, from);
}

static void
flow_add_text(struct flow *f, struct str text)
{
	const size_t from = f->text.len;

	if (f->discard || !f->to_chunks)
		return;
	fixbuf_add(&f->text, text);
	flow_queue_text(f, from);
}

static enum flow_result
flow_decode_length(struct flow *f, struct str in)
{
	const struct str run = str_head(in,
	    f->left < in.len ? (size_t)f->left : in.len);

	flow_take(f, run);
	f->held = run.len;
	f->left -= run.len;
	f->ended = f->left == 0;
	return FLOW_DONE;
}

/* Until the end of the connection: each read is a chunk of ours. */
static enum flow_result
flow_decode_close(struct flow *f, struct str in)
{
	flow_add_chunk_size(f, in.len);
	flow_take(f, in);
	flow_add_text(f, STR("\r\n"));
	f->held = in.len;
	return FLOW_DONE;
}

static enum flow_result
flow_decode_chunks(struct flow *f, struct str in)
{
	/* A chunk needs three pieces; text for a size line and CRLF. */
	while (f->count + 4 < FLOW_PIECES &&
	    f->text.cap - f->text.len > FLOW_LINE) {
		size_t used;
		struct str data;
		const enum chunked_event e = chunked_next(&f->chunked,
		    str_skip(in, f->held), &used, &data);

		f->held += used;
		switch (e) {
		case CHUNKED_MORE:
			return FLOW_DONE;
		case CHUNKED_SIZE:
			if (f->max > 0 && f->chunked.total > f->max)
				return FLOW_LARGE;
			flow_add_chunk_size(f, f->chunked.left);
			break;
		case CHUNKED_DATA:
			flow_take(f, data);
			if (f->chunked.left == 0)
				flow_add_text(f, STR("\r\n"));
			break;
		case CHUNKED_END:
			flow_add_text(f, STR("0\r\n\r\n"));
			f->ended = true;
			return FLOW_DONE;
		default:
			return FLOW_BAD;
		}
	}
	return FLOW_DONE;
}

/* Decodes what the buffer holds into pieces; held says how much. */
static enum flow_result
flow_decode(struct flow *f, struct conn *from, struct blocks *blocks)
{
	const struct str in = conn_peek(from);

	if (in.len == 0)
		return FLOW_DONE;
	if (f->framing.kind == FRAMING_LENGTH)
		return flow_decode_length(f, in);
	if (f->text.p == NULL)
		flow_text_room(f, blocks, FLOW_TEXT);
	/* A head that fills the text goes first. */
	if (f->text.cap - f->text.len < FLOW_LINE)
		return FLOW_DONE;
	if (f->framing.kind == FRAMING_CHUNKED)
		return flow_decode_chunks(f, in);
	return flow_decode_close(f, in);
}

/* The reader's buffer is lent when there may be something to read; a
 * stream that filled a small one gets a large one. */
static void
flow_lend(struct flow *f, struct conn *from, struct blocks *blocks)
{
	size_t cap;
	char *block;

	if (from->buf != NULL && from->start == from->end && f->big &&
	    from->cap < BLOCK_LARGE) {
		cap = from->cap;
		blocks_put(blocks, conn_take_buffer(from), cap);
	}
	if (from->buf == NULL) {
		block = f->big ? blocks_get_most(blocks, &cap)
			       : blocks_get(blocks, BLOCK_SMALL, &cap);
		conn_lend_buffer(from, block, cap);
	} else {
		conn_compact(from);
	}
}

/* The end of the connection ends the body, or cuts it. */
static enum flow_result
flow_reader_closed(struct flow *f, struct blocks *blocks)
{
	if (f->framing.kind != FRAMING_CLOSE)
		return FLOW_READ_CLOSED;
	f->ended = true;
	if (f->text.p == NULL)
		flow_text_room(f, blocks, FLOW_TEXT);
	flow_add_text(f, STR("0\r\n\r\n"));
	return FLOW_DONE;
}

static enum flow_result
flow_read(struct flow *f, struct conn *from, struct blocks *blocks)
{
	if (from->eof)
		return flow_reader_closed(f, blocks);
	if (!conn_awake(from, CONN_READ | CONN_HANGUP))
		return FLOW_WAIT_READ;
	flow_lend(f, from, blocks);
	switch (conn_fill(from)) {
	case CONN_OK:
		f->moved = true;
		f->big = from->end == from->cap;
		return FLOW_DONE;
	case CONN_AGAIN:
		return FLOW_WAIT_READ;
	case CONN_CLOSED:
		return flow_reader_closed(f, blocks);
	default:
		return FLOW_READ_FAILED;
	}
}

/* The rest is long, goes as it is, and nothing of it is in the buffer. */
static bool
flow_may_splice(const struct flow *f, const struct conn *from,
    const struct conn *to)
{
	return f->splices && f->framing.kind == FRAMING_LENGTH && !f->discard &&
	    !f->to_chunks && f->left >= FLOW_SPLICE_MIN &&
	    from->start == from->end && splice_can(from, to);
}

/* One filling of the pipe. */
static enum flow_result
flow_fill_pipe(struct flow *f, struct conn *from)
{
	const size_t n = f->left < FLOW_SPLICE_MAX ? (size_t)f->left
						   : FLOW_SPLICE_MAX;

	switch (splice_fill(f->pipe, from, n)) {
	case CONN_OK:
		f->moved = f->spliced = true;
		f->taken += f->pipe->held;
		f->left -= f->pipe->held;
		return FLOW_DONE;
	case CONN_AGAIN:
		return FLOW_WAIT_READ;
	case CONN_CLOSED:
		return FLOW_READ_CLOSED;
	default:
		return FLOW_READ_FAILED;
	}
}

static enum flow_result
flow_empty_pipe(struct flow *f, struct conn *to)
{
	const size_t held = f->pipe->held;
	const enum conn_status st = splice_write(f->pipe, to);

	if (f->pipe->held < held)
		f->moved = true;
	if (st == CONN_FAILED)
		return FLOW_WRITE_FAILED;
	return st == CONN_OK ? FLOW_DONE : FLOW_WAIT_WRITE;
}

/* The pipe stays with the flow while it holds bytes. */
static enum flow_result
flow_pump_pipe(struct flow *f, struct conn *from, struct conn *to,
    int64_t *budget)
{
	for (;;) {
		enum flow_result r = flow_empty_pipe(f, to);

		if (r != FLOW_DONE)
			return r;
		f->body = f->taken;
		f->ended = f->left == 0;
		if (f->ended)
			return FLOW_DONE;
		if (*budget <= 0)
			return FLOW_YIELD;
		r = flow_fill_pipe(f, from);
		if (r != FLOW_DONE)
			return r;
		*budget -= (int64_t)f->pipe->held;
	}
}

static enum flow_result
flow_splice(struct flow *f, struct conn *from, struct conn *to,
    struct blocks *blocks, int64_t *budget)
{
	const enum flow_result r = flow_pump_pipe(f, from, to, budget);

	if (f->pipe->held == 0)
		flow_return_pipe(f, blocks);
	return r;
}

enum flow_result
flow_pump(struct flow *f, struct conn *from, struct conn *to,
    struct blocks *blocks, int64_t *budget)
{
	if (f->pipe != NULL)
		return flow_splice(f, from, to, blocks, budget);
	for (;;) {
		enum flow_result r;

		/* What has come goes out together with what waits. */
		if (!f->ended && f->held == 0 && f->failure == FLOW_DONE)
			f->failure = flow_decode(f, from, blocks);
		if (to != NULL)
			to->last = f->closes && f->ended;
		r = flow_flush(f, to);
		if (r != FLOW_DONE)
			return r;
		*budget -= (int64_t)f->held;
		flow_settle(f, from);
		if (f->failure != FLOW_DONE || f->ended)
			return f->failure;
		if (*budget <= 0)
			return FLOW_YIELD;
		if (flow_may_splice(f, from, to) &&
		    (f->pipe = blocks_get_pipe(blocks)) != NULL)
			return flow_splice(f, from, to, blocks, budget);
		if (from->start == from->end) {
			r = flow_read(f, from, blocks);
			if (r != FLOW_DONE)
				return r;
		}
	}
}
