/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/deadline.h"
#include "proxy/steps.h"

/*
 * Two flows without framing, each from one side to the other. The end of
 * one side's bytes is carried over (half-close); both ends, an error or
 * WSTimeOut of silence in both directions end the tunnel.
 */

void
tunnel_begin(struct thread *t, struct client *c)
{
	static const struct framing raw = { FRAMING_CLOSE, 0, false };
	struct exchange *x = c->x;

	flow_release(&x->to_backend, &t->blocks);
	flow_init(&x->to_backend);
	flow_begin(&x->to_backend, &raw, false, 0);
	flow_begin(&x->to_client, &raw, false, 0);
	x->up->spoiled = true;
	c->keep = false;
	x->tunnel_since_ms = t->now_ms;
	c->step = STEP_TUNNEL;
}

/* A buffer that holds nothing goes back while the tunnel is silent. */
static void
tunnel_return_buffer(struct thread *t, struct conn *conn)
{
	const size_t cap = conn->cap;

	if (conn->start == conn->end)
		blocks_put(&t->blocks, conn_take_buffer(conn), cap);
}

/* One direction; *ended when its end has been passed on. */
static enum flow_result
tunnel_direction(struct thread *t, struct exchange *x, struct flow *f,
    struct conn *from, struct conn *to)
{
	enum flow_result r = flow_pump(f, from, to, &t->blocks, &t->budget);

	if (f->moved)
		x->tunnel_since_ms = t->now_ms;
	f->moved = false;
	if (r == FLOW_DONE && !to->finished)
		conn_finish(to);
	if (!flow_pending(f)) {
		flow_release(f, &t->blocks);
		tunnel_return_buffer(t, from);
	}
	return r;
}

static enum step_status
tunnel_end(struct client *c, enum outcome o)
{
	c->x->outcome = o;
	c->keep = c->gentle = false;
	return client_go(c, STEP_SETTLE);
}

static bool
tunnel_waits(enum flow_result r)
{
	return r == FLOW_WAIT_READ || r == FLOW_WAIT_WRITE;
}

enum step_status
tunnel_run(struct thread *t, struct client *c)
{
	struct exchange *x = c->x;
	struct conn *up = &x->up->conn;
	const int64_t silence_ms = x->backend->conf->websocket_ms;
	enum flow_result back, forth;

	forth = tunnel_direction(t, x, &x->to_backend, &c->conn, up);
	back = tunnel_direction(t, x, &x->to_client, up, &c->conn);
	if (forth == FLOW_YIELD || back == FLOW_YIELD)
		return STEP_YIELD;
	if (!tunnel_waits(forth) && !tunnel_waits(back))
		return tunnel_end(c, OUTCOME_OK);
	/* An error of one side ends both; an end of one does not. */
	if ((!tunnel_waits(forth) && forth != FLOW_DONE) ||
	    (!tunnel_waits(back) && back != FLOW_DONE))
		return tunnel_end(c, OUTCOME_OK);
	if (t->now_ms >= x->tunnel_since_ms + silence_ms)
		return tunnel_end(c, OUTCOME_OK);
	return client_wait(c,
	    (forth == FLOW_WAIT_READ ? CONN_READ : 0) |
		(back == FLOW_WAIT_WRITE ? CONN_WRITE : 0),
	    (back == FLOW_WAIT_READ ? CONN_READ : 0) |
		(forth == FLOW_WAIT_WRITE ? CONN_WRITE : 0),
	    x->tunnel_since_ms + silence_ms);
}
