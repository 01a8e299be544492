/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "proxy/transfer.h"

#include "base/deadline.h"
#include "net/sock.h"
#include "proxy/answer.h"
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

enum leg
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

/* To a client that takes the close for the end only a reset is none
 * (A.2 #27); a channel of RPC may end anywhere. */
void
transfer_cut(struct client *c)
{
	const struct exchange *x = c->x;
	const enum framing_kind kind = x->resp_framing.kind;

	if (x->req.minor == 0 && !x->rpc_out &&
	    (kind == FRAMING_CHUNKED || kind == FRAMING_CLOSE))
		sock_reset_on_close(c->conn.fd);
	conn_cut(&c->conn);
}

enum leg
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
	x->up_since_ms = x->down_since_ms = t->now_ms;
	rate_init(&x->rate);
	x->rate_seen = 0;
	head_init(&x->resp_head);
	if (x->expect && !x->to_backend.ended && c->conn.start == c->conn.end)
		reply_continue(t, x);
	x->expect = false;
}

static enum leg
transfer_up_reads(struct thread *t, struct client *c, struct transfer_wait *w)
{
	struct exchange *x = c->x;
	const uint64_t min_rate = c->listener->min_rate;
	int64_t by = x->up_since_ms + c->listener->client_ms;

	if (t->now_ms >= by) {
		sanitize_late(x, "Client", c->listener->client_ms);
		return transfer_over(t, c, OUTCOME_CLIENT_LATE_BODY);
	}
	if (min_rate > 0 && rate_is_low(&x->rate, min_rate)) {
		sanitize_detail(x, "MinRate is %llu bytes/s over 30 s",
		    (unsigned long long)min_rate);
		return transfer_over(t, c, OUTCOME_CLIENT_SLOW);
	}
	if (min_rate > 0) {
		rate_wait(&x->rate, t->now_ms);
		by = deadline_min(by, t->now_ms + rate_due_ms(&x->rate));
	}
	return transfer_await(w, CONN_READ, 0, by);
}

static enum leg
transfer_up_writes(struct thread *t, struct client *c, struct transfer_wait *w)
{
	struct exchange *x = c->x;
	const int64_t by = x->up_since_ms + x->backend->conf->timeout_ms;

	if (t->now_ms >= by) {
		sanitize_late(x, "TimeOut", x->backend->conf->timeout_ms);
		return transfer_over(t, c, OUTCOME_BACKEND_LATE_SEND);
	}
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
	rate_go_on(&x->rate, t->now_ms);
	r = flow_pump(f, &c->conn, &x->up->conn, &t->blocks, &t->budget);
	rate_add(&x->rate, f->taken - x->rate_seen);
	x->rate_seen = f->taken;
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

static enum leg
transfer_client_writes(struct thread *t, struct client *c,
    struct transfer_wait *w)
{
	struct exchange *x = c->x;
	const int64_t by = x->down_since_ms + c->listener->client_ms;

	if (t->now_ms >= by) {
		sanitize_late(x, "Client", c->listener->client_ms);
		return transfer_over(t, c, OUTCOME_CLIENT_LATE_READ);
	}
	return transfer_await(w, CONN_WRITE, 0, by);
}

enum leg
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
transfer_down_reads(struct thread *t, struct client *c, struct transfer_wait *w)
{
	struct exchange *x = c->x;
	const int64_t by = x->up_done || x->up_stopped
	    ? x->down_since_ms + x->backend->conf->timeout_ms
	    : DEADLINE_NEVER;

	if (t->now_ms >= by) {
		sanitize_late(x, "TimeOut", x->backend->conf->timeout_ms);
		return transfer_over(t, c, OUTCOME_RESPONSE_LATE);
	}
	return transfer_await(w, 0, CONN_READ, by);
}

/* The answer is complete. Bytes behind it belong to nobody. */
static enum leg
transfer_down_done(struct thread *t, struct exchange *x)
{
	struct conn *up = &x->up->conn;

	x->down_done = true;
	x->up->answers++;
	x->up->large_answers = x->to_client.body > BLOCK_SMALL &&
	    !x->to_client.spliced;
	if (up->start < up->end)
		answer_notice(t, x, "bytes after a complete answer (cut)");
	else if (x->to_client.chunked.was_gentle)
		answer_notice(t, x, answer_gentle_words(RESPONSE_CHUNK_BLANK));
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
	leg = answer_read(t, c, w);
	if (leg != LEG_DONE)
		return leg;
	f->closes = !c->keep;
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
