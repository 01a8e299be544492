/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/deadline.h"
#include "base/log.h"
#include "proxy/accesslog.h"
#include "proxy/reply.h"
#include "proxy/rewrite.h"
#include "proxy/sanitize.h"
#include "proxy/steps.h"

/*
 * Two small machines, run one after the other in each turn until both
 * have to wait:
 *
 *   up:    head and body of the request --> done, or stopped (the
 *          back-end takes no more; its answer may still come)
 *   down:  await head --(1xx: relay, drop)--> await head
 *             | final
 *             v
 *          body --> done
 *
 * The turn waits for what either of them waits for.
 */

/* Interim answers to one request; more is no protocol. */
#define TRANSFER_INTERIMS_MAX 64
/* MinRate is kept over any so long. */
#define TRANSFER_RATE_MS 30000

enum leg {
	LEG_DONE,
	LEG_WAIT,
	LEG_YIELD,
	LEG_OVER, /* the exchange failed: c->step is set */
};

struct transfer_wait {
	uint8_t client, upstream;
	int64_t deadline_ms;
};

/* The two channels of RPC over HTTP end when either side has had enough;
 * that is no failure (B.4.9, A.2 #35). */
static bool
transfer_channel_ends(const struct exchange *x, enum outcome o)
{
	if (x->rpc_in)
		return o == OUTCOME_CLIENT_GONE_BODY ||
		    o == OUTCOME_CLIENT_LATE_BODY ||
		    o == OUTCOME_BACKEND_LATE || o == OUTCOME_BACKEND_CLOSED;
	return x->rpc_out && x->answer_begun && o == OUTCOME_CLIENT_GONE;
}

static enum leg
transfer_over(struct thread *t, struct client *c, enum outcome o)
{
	if (!transfer_channel_ends(c->x, o)) {
		client_fail(t, c, o);
		return LEG_OVER;
	}
	upstream_close(t, c->x->up);
	c->x->up = NULL;
	c->keep = false;
	c->step = STEP_SETTLE;
	return LEG_OVER;
}

static enum leg
transfer_await(struct transfer_wait *w, uint8_t client, uint8_t upstream,
    int64_t deadline_ms)
{
	w->client |= client;
	w->upstream |= upstream;
	w->deadline_ms = deadline_min(w->deadline_ms, deadline_ms);
	return LEG_WAIT;
}

void
transfer_begin(struct thread *t, struct client *c)
{
	struct exchange *x = c->x;

	flow_release(&x->to_backend, &t->blocks);
	rewrite_request(t, c, x);
	x->was_kept = x->up->answers > 0;
	x->up_out_before = x->up->conn.bytes_out;
	x->up_in_before = x->up->conn.bytes_in;
	x->up_done = x->up_stopped = false;
	x->up_since_ms = x->down_since_ms = x->rate_since_ms = t->now_ms;
	head_init(&x->resp_head);
	if (x->expect && !x->to_backend.ended && c->conn.start == c->conn.end)
		reply_continue(t, x);
	x->expect = false;
}

/* Whether the request may go out once more (A.2 #24). */
static bool
transfer_may_retry(const struct exchange *x)
{
	const struct conn *up = &x->up->conn;

	if (x->sent_again || up->bytes_in != x->up_in_before)
		return false;
	return up->bytes_out == x->up_out_before ||
	    (x->was_kept && method_idempotent(x->req.method) &&
		x->req_framing.kind == FRAMING_NONE);
}

/* The back-end closed or reset before a byte of an answer. */
static enum leg
transfer_lost(struct thread *t, struct client *c, enum outcome o)
{
	struct exchange *x = c->x;

	if (!transfer_may_retry(x)) {
		if (x->up->conn.bytes_in != x->up_in_before)
			sanitize_detail(x, "within the head of its answer");
		return transfer_over(t, c, o);
	}
	upstream_close(t, x->up);
	x->up = NULL;
	x->fresh_only = x->sent_again = true;
	x->connect_by_ms = t->now_ms + x->backend->conf->connect_ms;
	c->step = STEP_CONNECT;
	return LEG_OVER;
}

/* Less than MinRate bytes/s over the last half minute. */
static bool
transfer_too_slow(struct thread *t, const struct client *c, struct exchange *x)
{
	const uint64_t rate = c->listener->min_rate;
	uint64_t moved;

	if (rate == 0 || t->now_ms - x->rate_since_ms < TRANSFER_RATE_MS)
		return false;
	moved = x->to_backend.taken - x->rate_bytes;
	x->rate_since_ms = t->now_ms;
	x->rate_bytes = x->to_backend.taken;
	return moved < rate * (TRANSFER_RATE_MS / 1000);
}

static enum leg
transfer_up_reads(struct thread *t, struct client *c, struct transfer_wait *w)
{
	struct exchange *x = c->x;
	int64_t by = x->up_since_ms + c->listener->client_ms;

	if (t->now_ms >= by) {
		sanitize_detail(x, "Client is %lld s",
		    (long long)(c->listener->client_ms / 1000));
		return transfer_over(t, c, OUTCOME_CLIENT_LATE_BODY);
	}
	if (transfer_too_slow(t, c, x))
		return transfer_over(t, c, OUTCOME_CLIENT_SLOW);
	if (c->listener->min_rate > 0)
		by = deadline_min(by, x->rate_since_ms + TRANSFER_RATE_MS);
	return transfer_await(w, CONN_READ, 0, by);
}

static enum leg
transfer_up_writes(struct thread *t, struct client *c, struct transfer_wait *w)
{
	struct exchange *x = c->x;
	const int64_t by = x->up_since_ms + x->backend->conf->timeout_ms;

	if (t->now_ms >= by)
		return transfer_over(t, c, OUTCOME_BACKEND_LATE_SEND);
	return transfer_await(w, 0, CONN_WRITE, by);
}

/* The back-end takes no more: what it has to say may still come. */
static enum leg
transfer_up_stopped(struct thread *t, struct exchange *x)
{
	x->up_stopped = true;
	x->up->spoiled = true;
	x->down_since_ms = t->now_ms;
	return LEG_DONE;
}

static enum leg
transfer_up(struct thread *t, struct client *c, struct transfer_wait *w)
{
	struct exchange *x = c->x;
	struct flow *f = &x->to_backend;
	enum flow_result r;

	if (x->up_done || x->up_stopped)
		return LEG_DONE;
	r = flow_pump(f, &c->conn, &x->up->conn, &t->blocks, &t->budget);
	if (f->moved)
		x->up_since_ms = t->now_ms;
	f->moved = false;
	switch (r) {
	case FLOW_DONE:
		x->up_done = true;
		x->down_since_ms = t->now_ms;
		return LEG_DONE;
	case FLOW_WAIT_READ:
		return transfer_up_reads(t, c, w);
	case FLOW_WAIT_WRITE:
		return transfer_up_writes(t, c, w);
	case FLOW_YIELD:
		return LEG_YIELD;
	case FLOW_WRITE_FAILED:
		return transfer_up_stopped(t, x);
	case FLOW_BAD:
		return transfer_over(t, c,
		    f->chunked.bad_trailer ? OUTCOME_TRAILER_BAD
					   : OUTCOME_CHUNK_BAD);
	case FLOW_LARGE:
		return transfer_over(t, c, OUTCOME_REQUEST_LARGE);
	default:
		return transfer_over(t, c, OUTCOME_CLIENT_GONE_BODY);
	}
}

/* One NOTICE per back-end and minute about what we put right. */
static void
transfer_notice(struct thread *t, struct exchange *x, const char *what)
{
	x->up->spoiled = true;
	if (backend_notice_due(x->backend, t->now_ms))
		log_line(LOG_PRIO_NOTICE,
		    "back-end %.*s: %s; put right, and"
		    " its connection is not used again",
		    STR_ARG(x->backend->conf->name), what);
}

static const char *
transfer_gentle_words(unsigned gentle)
{
	if (gentle & RESPONSE_LENGTH_AND_CHUNKED)
		return "answer with Content-Length and chunked";
	if (gentle & RESPONSE_TWO_LENGTHS)
		return "answer with two equal Content-Length values";
	if (gentle & RESPONSE_TWO_CODINGS)
		return "answer that says chunked twice";
	if (gentle & RESPONSE_CHUNKED_10)
		return "HTTP/1.0 answer in chunks";
	if (gentle & RESPONSE_FOLDED)
		return "answer with a folded field line";
	if (gentle & RESPONSE_BLANK_NAME)
		return "answer with a blank before a colon";
	if (gentle & RESPONSE_LINE_DROPPED)
		return "answer with a line that is no field (dropped)";
	if (gentle & RESPONSE_BARE_LF)
		return "answer with bare LF line ends";
	return "answer with blanks after a chunk size";
}

/* What the answer's fields say about the connections. */
static void
transfer_connection(struct exchange *x)
{
	bool close = false, keep = false;

	for (unsigned i = 0; i < x->resp.field_count; i++) {
		const struct field *f = &x->resp.field[i];

		if (f->id == FIELD_CONNECTION) {
			close |= field_has_token(f->value, STR("close"));
			keep |= field_has_token(f->value, STR("keep-alive"));
		} else if ((f->id == FIELD_WWW_AUTHENTICATE ||
			       f->id == FIELD_PROXY_AUTHENTICATE) &&
		    (str_starts_nocase(f->value, STR("NTLM")) ||
			str_starts_nocase(f->value, STR("Negotiate")))) {
			x->authenticated = true;
		}
	}
	if (close || (x->resp.minor == 0 && !keep) || x->no_keep ||
	    x->resp_framing.kind == FRAMING_CLOSE)
		x->up->spoiled = true;
}

static void
transfer_note_status(struct exchange *x)
{
	x->status = x->resp.status;
	x->status_line = arena_copy(&x->arena, x->resp.line);
	x->answer_begun = true;
}

/* Only a right 101 to a right handshake opens a tunnel. */
static enum leg
transfer_upgrade(struct thread *t, struct client *c, size_t used)
{
	struct exchange *x = c->x;
	const struct field *upgrade = message_find(x->resp.field,
	    x->resp.field_count, FIELD_UPGRADE);
	bool named = false;

	for (unsigned i = 0; i < x->resp.field_count; i++)
		if (x->resp.field[i].id == FIELD_CONNECTION)
			named |= field_has_token(x->resp.field[i].value,
			    STR("upgrade"));
	if (!x->websocket || !named || upgrade == NULL ||
	    !str_eq_nocase(upgrade->value, STR("websocket")))
		return transfer_over(t, c, OUTCOME_RESPONSE_UPGRADE);
	transfer_note_status(x);
	rewrite_upgrade(t, x);
	conn_consume(&x->up->conn, used);
	tunnel_begin(t, c);
	return LEG_OVER;
}

static enum leg
transfer_final(struct thread *t, struct client *c)
{
	struct exchange *x = c->x;
	enum outcome o;

	o = framing_of_response(&x->resp, x->req.method, &x->resp_framing);
	if (o != OUTCOME_OK)
		return transfer_over(t, c, o);
	x->rpc_out = x->rpc_out && x->resp_framing.kind == FRAMING_LENGTH &&
	    exchange_rpc_window(x->resp_framing.length);
	if (x->rpc_out) {
		x->resp_framing.kind = FRAMING_CLOSE;
		x->resp_framing.has_length = true;
	}
	if (x->resp.gentle != 0 && x->backend->conf->strict) {
		sanitize_detail(x, "%s", transfer_gentle_words(x->resp.gentle));
		return transfer_over(t, c, OUTCOME_RESPONSE_STRICT);
	}
	if (x->resp.gentle != 0)
		transfer_notice(t, x, transfer_gentle_words(x->resp.gentle));
	transfer_connection(x);
	transfer_note_status(x);
	x->head_parsed = true;
	rewrite_response(t, c, x);
	return LEG_DONE;
}

/* 100 is ours to say; 102 and 103 are for 1.1 clients (A.2 #16, #17). */
static enum leg
transfer_interim(struct thread *t, struct client *c)
{
	struct exchange *x = c->x;

	if (++x->interims > TRANSFER_INTERIMS_MAX)
		return transfer_over(t, c, OUTCOME_RESPONSE_INTERIM_MANY);
	if (x->resp.status != 100 && x->req.minor == 1)
		rewrite_interim(t, x);
	head_init(&x->resp_head);
	return LEG_DONE;
}

static enum leg
transfer_head_done(struct thread *t, struct client *c, size_t used)
{
	struct exchange *x = c->x;
	enum leg leg;

	if (x->resp.status == 101)
		return transfer_upgrade(t, c, used);
	leg = x->resp.status < 200 ? transfer_interim(t, c)
				   : transfer_final(t, c);
	if (leg == LEG_DONE)
		conn_consume(&x->up->conn, used);
	return leg;
}

/* Room for more of the answer's head; it is parsed from its start again
 * when it had to move. */
static void
transfer_grow(struct thread *t, struct exchange *x, size_t max_head)
{
	struct conn *up = &x->up->conn;
	const struct str have = conn_peek(up);
	const size_t old_cap = up->cap;
	char *old, *block;
	size_t cap;

	head_init(&x->resp_head);
	if (up->start > 0) {
		conn_compact(up);
		return;
	}
	block = blocks_get(&t->blocks,
	    old_cap < BLOCK_LARGE ? BLOCK_LARGE : max_head + BLOCK_LARGE, &cap);
	memcpy(block, have.p, have.len);
	old = conn_take_buffer(up);
	conn_lend_buffer(up, block, cap);
	up->end = have.len;
	blocks_put(&t->blocks, old, old_cap);
}

/* More bytes of the answer's head. LEG_DONE: some came. */
static enum leg
transfer_read_head(struct thread *t, struct client *c, struct transfer_wait *w)
{
	struct exchange *x = c->x;
	struct conn *up = &x->up->conn;
	const int64_t by = x->up_done || x->up_stopped
	    ? x->down_since_ms + x->backend->conf->timeout_ms
	    : DEADLINE_NEVER;
	size_t cap;
	char *block;

	if (!up->eof && !conn_awake(up, CONN_READ | CONN_HANGUP)) {
		if (t->now_ms >= by)
			return transfer_over(t, c, OUTCOME_BACKEND_LATE);
		return transfer_await(w, 0, CONN_READ, by);
	}
	if (up->buf == NULL) {
		block = blocks_get(&t->blocks, BLOCK_SMALL, &cap);
		conn_lend_buffer(up, block, cap);
	}
	switch (conn_fill(up)) {
	case CONN_OK:
		x->down_since_ms = t->now_ms;
		return LEG_DONE;
	case CONN_FULL:
		transfer_grow(t, x, c->listener->max_head);
		return LEG_DONE;
	case CONN_AGAIN:
		return transfer_await(w, 0, CONN_READ, by);
	case CONN_CLOSED:
		return transfer_lost(t, c, OUTCOME_BACKEND_CLOSED);
	default:
		return transfer_lost(t, c, OUTCOME_BACKEND_RESET);
	}
}

static enum leg
transfer_client_writes(struct thread *t, struct client *c,
    struct transfer_wait *w)
{
	struct exchange *x = c->x;
	const int64_t by = x->down_since_ms + c->listener->client_ms;

	if (t->now_ms >= by) {
		sanitize_detail(x, "Client is %lld s",
		    (long long)(c->listener->client_ms / 1000));
		return transfer_over(t, c, OUTCOME_CLIENT_LATE_READ);
	}
	return transfer_await(w, CONN_WRITE, 0, by);
}

/* Interim answers go out before anything else is composed. */
static enum leg
transfer_flush(struct thread *t, struct client *c, struct transfer_wait *w)
{
	struct flow *f = &c->x->to_client;

	switch (flow_flush(f, &c->conn)) {
	case FLOW_DONE:
		return LEG_DONE;
	case FLOW_WAIT_WRITE:
		return transfer_client_writes(t, c, w);
	default:
		return transfer_over(t, c, OUTCOME_CLIENT_GONE);
	}
}

static enum leg
transfer_down_head(struct thread *t, struct client *c, struct transfer_wait *w)
{
	struct exchange *x = c->x;
	const struct head_limits limits = { .max_field = c->listener->max_head,
		.max_head = c->listener->max_head,
		.max_fields = c->listener->max_fields };

	while (!x->head_parsed) {
		struct conn *up = &x->up->conn;
		enum leg leg = transfer_flush(t, c, w);
		enum head_status st = HEAD_MORE;
		enum outcome why;
		size_t used;

		if (leg != LEG_DONE)
			return leg;
		if (up->start < up->end)
			st = head_parse_response(&x->resp_head,
			    up->buf + up->start, up->end - up->start, &limits,
			    &x->resp, &why, &used);
		if (st == HEAD_BAD)
			return transfer_over(t, c, why);
		leg = st == HEAD_DONE ? transfer_head_done(t, c, used)
				      : transfer_read_head(t, c, w);
		if (leg != LEG_DONE)
			return leg;
	}
	return LEG_DONE;
}

static enum leg
transfer_down_reads(struct thread *t, struct client *c, struct transfer_wait *w)
{
	struct exchange *x = c->x;
	const int64_t by = x->up_done || x->up_stopped
	    ? x->down_since_ms + x->backend->conf->timeout_ms
	    : DEADLINE_NEVER;

	if (t->now_ms >= by)
		return transfer_over(t, c, OUTCOME_RESPONSE_LATE);
	return transfer_await(w, 0, CONN_READ, by);
}

/* The answer is complete. Bytes behind it belong to nobody. */
static enum leg
transfer_down_done(struct thread *t, struct exchange *x)
{
	struct conn *up = &x->up->conn;

	x->down_done = true;
	x->up->answers++;
	if (up->start < up->end)
		transfer_notice(t, x, "bytes after a complete answer (cut)");
	else if (x->to_client.chunked.was_gentle)
		transfer_notice(t, x,
		    transfer_gentle_words(RESPONSE_CHUNK_BLANK));
	return LEG_DONE;
}

static enum leg
transfer_down(struct thread *t, struct client *c, struct transfer_wait *w)
{
	struct exchange *x = c->x;
	struct flow *f = &x->to_client;
	enum flow_result r;
	enum leg leg;

	if (x->down_done)
		return LEG_DONE;
	leg = transfer_down_head(t, c, w);
	if (leg != LEG_DONE)
		return leg;
	r = flow_pump(f, &x->up->conn, &c->conn, &t->blocks, &t->budget);
	if (f->moved)
		x->down_since_ms = t->now_ms;
	f->moved = false;
	switch (r) {
	case FLOW_DONE:
		return transfer_down_done(t, x);
	case FLOW_WAIT_READ:
		return transfer_down_reads(t, c, w);
	case FLOW_WAIT_WRITE:
		return transfer_client_writes(t, c, w);
	case FLOW_YIELD:
		return LEG_YIELD;
	case FLOW_WRITE_FAILED:
		return transfer_over(t, c, OUTCOME_CLIENT_GONE);
	case FLOW_BAD:
		return transfer_over(t, c, OUTCOME_RESPONSE_CHUNK_BAD);
	case FLOW_READ_FAILED:
		sanitize_detail(x, "it reset the connection");
		return transfer_over(t, c, OUTCOME_RESPONSE_CUT);
	default:
		return transfer_over(t, c, OUTCOME_RESPONSE_CUT);
	}
}

/*
 * Whether nothing more came: the ready bit may be left from a read that
 * just filled the room, so it takes one more read to know.
 */
static bool
transfer_quiet(struct upstream *up)
{
	struct conn *conn = &up->conn;

	if (conn->start < conn->end)
		return false;
	if (!conn_awake(conn, CONN_READ | CONN_HANGUP) || conn->buf == NULL)
		return true;
	conn_compact(conn);
	return conn_fill(conn) == CONN_AGAIN;
}

/* The answer is complete: back goes the connection. */
static enum step_status
transfer_end(struct thread *t, struct client *c)
{
	struct exchange *x = c->x;
	struct upstream *up = x->up;
	const size_t cap = up->conn.cap;

	x->up = NULL;
	if (!up->spoiled && !transfer_quiet(up))
		up->spoiled = true;
	blocks_put(&t->blocks, conn_take_buffer(&up->conn), cap);
	if (!x->up_done) {
		/* The rest of the request has nowhere to go. */
		up->spoiled = true;
		c->keep = false;
		c->gentle = true;
	}
	if (x->authenticated)
		c->authenticated = true;
	if (!c->authenticated || up->spoiled || !c->keep) {
		if (c->authenticated)
			up->spoiled = true;
		upstream_keep(t, up);
	} else {
		c->bound = up;
	}
	if (c->authenticated)
		c->bound_backend = x->backend;
	return client_go(c, STEP_SETTLE);
}

enum step_status
transfer_run(struct thread *t, struct client *c)
{
	struct exchange *x = c->x;
	struct transfer_wait w = { 0, 0, DEADLINE_NEVER };
	enum leg up, down;

	/* An RST ends an exchange; a FIN alone does not. */
	if ((c->conn.ready & CONN_BROKEN) != 0 && !x->down_done)
		return client_fail(t, c, OUTCOME_CLIENT_GONE);
	up = transfer_up(t, c, &w);
	if (up == LEG_OVER)
		return STEP_GO;
	down = transfer_down(t, c, &w);
	if (down == LEG_OVER)
		return STEP_GO;
	if (x->down_done && (up == LEG_DONE || !c->keep))
		return transfer_end(t, c);
	if (up == LEG_YIELD || down == LEG_YIELD)
		return STEP_YIELD;
	return client_wait(c, w.client, w.upstream, w.deadline_ms);
}
