/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "proxy/tunnel.h"

#include "base/deadline.h"
#include "base/mem.h"
#include "proxy/account.h"
#include "proxy/sanitize.h"
#include "proxy/steps.h"

/*
 *   101 queued --written--> condensed: each way by itself
 *
 *       bytes? --yes--> write --all--> bytes?     (again: wait to write)
 *         | no
 *       end?   --yes--> finish the other side: this way is over
 *         | no
 *       read: bytes?                              (again: wait to read)
 *
 * Both ways over, an error of one side, or WSTimeOut of silence in both
 * ends the tunnel.
 */

enum tunnel_result {
	TUNNEL_WAIT_READ,
	TUNNEL_WAIT_WRITE,
	TUNNEL_YIELD,
	TUNNEL_ENDED,
	TUNNEL_FAILED,
};

void
tunnel_begin(struct thread *t, struct client *c)
{
	struct exchange *x = c->x;

	flow_release(&x->to_backend, &t->blocks);
	x->up->spoiled = true;
	x->down_since_ms = t->now_ms;
	c->keep = c->gentle = false;
	c->step = STEP_TUNNEL;
}

/* The last one wins, as in the access line. */
static struct str
tunnel_field(const struct exchange *x, enum field_id id)
{
	struct str value = STR_NONE;

	for (unsigned i = 0; i < x->req.field_count; i++)
		if (x->req.field[i].id == id)
			value = x->req.field[i].value;
	return value;
}

/* Only what the listener's LogLevel shows is kept. */
static void
tunnel_collect(const struct client *c, struct str text[TUNNEL_TEXTS])
{
	const struct exchange *x = c->x;
	const int level = c->listener->log_level;

	memset(text, 0, TUNNEL_TEXTS * sizeof(*text));
	text[TUNNEL_SESSION] = x->affinity.key;
	if (level == 0)
		return;
	text[TUNNEL_LINE] = x->req.line;
	text[TUNNEL_HOST] = x->host;
	text[TUNNEL_STATUS_LINE] = x->status_line;
	if (level < 3)
		return;
	text[TUNNEL_AUTHORIZATION] = tunnel_field(x, FIELD_AUTHORIZATION);
	text[TUNNEL_REFERER] = tunnel_field(x, FIELD_REFERER);
	text[TUNNEL_AGENT] = tunnel_field(x, FIELD_USER_AGENT);
}

static struct tunnel *
tunnel_new(const struct thread *t, const struct client *c)
{
	const struct exchange *x = c->x;
	struct str text[TUNNEL_TEXTS];
	struct tunnel *tn;
	size_t size = 0;

	tunnel_collect(c, text);
	for (unsigned i = 0; i < TUNNEL_TEXTS; i++)
		size += text[i].len;
	tn = mem_alloc(sizeof(*tn) + size);
	tn->service = x->service;
	tn->backend = x->backend;
	tn->moved_ms = t->now_ms;
	tn->began_ms = x->began_ms;
	tn->began = x->began;
	size = 0;
	for (unsigned i = 0; i < TUNNEL_TEXTS; i++) {
		if (text[i].len > 0)
			memcpy(tn->text + size, text[i].p, text[i].len);
		tn->len[i] = (uint32_t)text[i].len;
		size += text[i].len;
	}
	return tn;
}

static struct str
tunnel_text(const struct tunnel *tn, enum tunnel_text which)
{
	size_t at = 0;

	for (unsigned i = 0; i < which; i++)
		at += tn->len[i];
	return str_make(tn->text + at, tn->len[which]);
}

static void
tunnel_add_field(struct exchange *x, const struct tunnel *tn, enum field_id id,
    enum tunnel_text which)
{
	if (tn->len[which] == 0)
		return;
	x->req.field[x->req.field_count++] = (struct field){ .id = (uint16_t)id,
		.name = field_name(id),
		.value = tunnel_text(tn, which) };
}

/* The exchange as settle wants to see it; its texts lie in the tunnel. */
static struct exchange *
tunnel_expand(struct thread *t, const struct tunnel *tn)
{
	struct exchange *x = exchange_new(t);

	x->req.line = tunnel_text(tn, TUNNEL_LINE);
	x->host = tunnel_text(tn, TUNNEL_HOST);
	x->req.method = METHOD_GET;
	x->req.minor = 1;
	tunnel_add_field(x, tn, FIELD_AUTHORIZATION, TUNNEL_AUTHORIZATION);
	tunnel_add_field(x, tn, FIELD_REFERER, TUNNEL_REFERER);
	tunnel_add_field(x, tn, FIELD_USER_AGENT, TUNNEL_AGENT);
	x->websocket = x->head_done = true;
	x->service = tn->service;
	x->affinity.key = tunnel_text(tn, TUNNEL_SESSION);
	x->backend = tn->backend;
	x->up = tn->up;
	x->answer_begun = true;
	x->status = 101;
	x->status_line = tunnel_text(tn, TUNNEL_STATUS_LINE);
	x->began = tn->began;
	x->began_ms = tn->began_ms;
	x->to_backend.body = tn->forth.bytes;
	x->to_client.body = tn->back.bytes;
	return x;
}

/* The 101 is out: what is needed no more goes back. */
static void
tunnel_condense(struct thread *t, struct client *c)
{
	account_tunnel(c);
	c->tunnel = tunnel_new(t, c);
	c->tunnel->up = c->x->up;
	c->x->up = NULL;
	exchange_free(t, c->x);
	c->x = NULL;
}

void
tunnel_end(struct thread *t, struct client *c)
{
	if (c->x == NULL)
		c->x = tunnel_expand(t, c->tunnel);
	if (c->tunnel != NULL)
		c->tunnel->up = NULL;
	c->keep = c->gentle = false;
	c->step = STEP_SETTLE;
}

void
tunnel_free(struct thread *t, struct client *c)
{
	if (c->tunnel == NULL)
		return;
	if (c->tunnel->up != NULL)
		upstream_close(t, c->tunnel->up);
	mem_free(c->tunnel);
	c->tunnel = NULL;
}

/* A buffer that holds nothing goes back while its side is silent. */
static void
tunnel_return_buffer(struct thread *t, struct conn *conn)
{
	const size_t cap = conn->cap;

	if (conn->buf != NULL && conn->start == conn->end)
		blocks_put(&t->blocks, conn_take_buffer(conn), cap);
}

static enum tunnel_result
tunnel_read(struct thread *t, struct tunnel_way *way, struct conn *from,
    struct conn *to)
{
	size_t cap;
	char *block;

	if (!from->eof && !conn_awake(from, CONN_READ | CONN_HANGUP))
		return TUNNEL_WAIT_READ;
	tunnel_return_buffer(t, from);
	block = blocks_get(&t->blocks, way->big ? BLOCK_LARGE : BLOCK_SMALL,
	    &cap);
	conn_lend_buffer(from, block, cap);
	switch (conn_fill(from)) {
	case CONN_OK:
		way->big = from->end == from->cap;
		return TUNNEL_WAIT_WRITE;
	case CONN_AGAIN:
		return TUNNEL_WAIT_READ;
	case CONN_CLOSED:
		conn_finish(to);
		way->ended = true;
		return TUNNEL_ENDED;
	default:
		return TUNNEL_FAILED;
	}
}

/* What was read goes on. TUNNEL_WAIT_READ: all of it. */
static enum tunnel_result
tunnel_write(struct thread *t, struct tunnel *tn, struct tunnel_way *way,
    struct conn *from, struct conn *to)
{
	const struct str in = conn_peek(from);
	const struct iovec piece = { .iov_base = (void *)(uintptr_t)in.p,
		.iov_len = in.len };
	size_t written;

	/* Nothing goes there any more; what it has said may still come. */
	if (conn_write(to, &piece, 1, &written) == CONN_FAILED) {
		way->ended = true;
		return TUNNEL_ENDED;
	}
	if (written > 0)
		tn->moved_ms = t->now_ms;
	way->bytes += written;
	t->budget -= (int64_t)written;
	conn_consume(from, written);
	return written == in.len ? TUNNEL_WAIT_READ : TUNNEL_WAIT_WRITE;
}

static enum tunnel_result
tunnel_pump(struct thread *t, struct tunnel *tn, struct tunnel_way *way,
    struct conn *from, struct conn *to)
{
	enum tunnel_result r;

	for (;;) {
		if (way->ended)
			return TUNNEL_ENDED;
		if (from->start < from->end) {
			r = tunnel_write(t, tn, way, from, to);
			if (r != TUNNEL_WAIT_READ)
				return r;
			if (t->budget <= 0)
				return TUNNEL_YIELD;
		}
		r = tunnel_read(t, way, from, to);
		if (r != TUNNEL_WAIT_WRITE) {
			tunnel_return_buffer(t, from);
			return r;
		}
	}
}

/* Half of the turn is for each way, and what one leaves for the other. */
static void
tunnel_pump_both(struct thread *t, struct client *c, enum tunnel_result *forth,
    enum tunnel_result *back)
{
	struct tunnel *tn = c->tunnel;
	const int64_t half = t->budget / 2;

	t->budget -= half;
	*forth = tunnel_pump(t, tn, &tn->forth, &c->conn, &tn->up->conn);
	t->budget += half;
	*back = tunnel_pump(t, tn, &tn->back, &tn->up->conn, &c->conn);
	if (*forth == TUNNEL_YIELD && t->budget > 0)
		*forth = tunnel_pump(t, tn, &tn->forth, &c->conn,
		    &tn->up->conn);
}

/* The 101 itself goes first. */
static enum step_status
tunnel_open(struct thread *t, struct client *c)
{
	struct exchange *x = c->x;
	const int64_t by = x->down_since_ms + c->listener->client_ms;

	switch (flow_flush(&x->to_client, &c->conn)) {
	case FLOW_DONE:
		tunnel_condense(t, c);
		return STEP_GO;
	case FLOW_WAIT_WRITE:
		if (t->now_ms < by)
			return client_wait(c, CONN_WRITE, 0, by);
		sanitize_late(x, "Client", c->listener->client_ms);
		return client_fail(t, c, OUTCOME_CLIENT_LATE_READ);
	default:
		return client_fail(t, c, OUTCOME_CLIENT_GONE);
	}
}

/* Whoever has sent its end is looked at no more: a reset that follows is
 * seen here. */
static bool
tunnel_broken(const struct tunnel *tn, const struct client *c)
{
	return (tn->forth.ended && (c->conn.ready & CONN_BROKEN) != 0) ||
	    (tn->back.ended && (tn->up->conn.ready & CONN_BROKEN) != 0);
}

enum step_status
tunnel_run(struct thread *t, struct client *c)
{
	struct tunnel *tn = c->tunnel;
	enum tunnel_result forth, back;
	int64_t silent_by;

	if (tn == NULL)
		return tunnel_open(t, c);
	tunnel_pump_both(t, c, &forth, &back);
	silent_by = tn->moved_ms + tn->backend->conf->websocket_ms;
	/* An error of one side ends both, and is no end for the other. */
	if (forth == TUNNEL_FAILED)
		conn_cut(&tn->up->conn);
	if (back == TUNNEL_FAILED)
		conn_cut(&c->conn);
	if (forth == TUNNEL_FAILED || back == TUNNEL_FAILED ||
	    (forth == TUNNEL_ENDED && back == TUNNEL_ENDED) ||
	    tunnel_broken(tn, c) || t->now_ms >= silent_by) {
		tunnel_end(t, c);
		return STEP_GO;
	}
	if (forth == TUNNEL_YIELD || back == TUNNEL_YIELD)
		return STEP_YIELD;
	return client_wait(c,
	    (forth == TUNNEL_WAIT_READ ? CONN_READ : 0) |
		(back == TUNNEL_WAIT_WRITE ? CONN_WRITE : 0),
	    CONN_BROKEN | (back == TUNNEL_WAIT_READ ? CONN_READ : 0) |
		(forth == TUNNEL_WAIT_WRITE ? CONN_WRITE : 0),
	    silent_by);
}
