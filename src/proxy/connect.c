/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdatomic.h>

#include "base/deadline.h"
#include "base/log.h"
#include "proxy/accesslog.h"
#include "proxy/account.h"
#include "proxy/handshake.h"
#include "proxy/reply.h"
#include "proxy/sanitize.h"
#include "proxy/steps.h"
#include "proxy/tie.h"

/*
 *                 +-------------- next one (refused, late) -------+
 *                 v                                               |
 *   JUDGE --> CHOOSE --> CONNECT --(MaxConn)--> QUEUE --(slot)--> |
 *                 |         |  ^------------------'               |
 *              none: 503    +--> TRANSFER         +---------------+
 */

/* A UNIX socket whose backlog is full is tried again so often, and so is a
 * connection for which there was no descriptor, that many times. */
#define CONNECT_RETRY_MS 20
#define CONNECT_SHORTAGES 5
/* A request that must not go out twice takes only a connection that was
 * idle for less than this (A.2 #33). */
#define CONNECT_FRESH_MS 1000

static void
connect_mark_tried(struct exchange *x)
{
	if (x->tried.bits == NULL) {
		x->tried.words = balance_tried_words(x->service);
		x->tried.bits = arena_alloc(&x->arena,
		    x->tried.words * sizeof(*x->tried.bits));
	}
	if (x->tried.bits != NULL)
		balance_mark_tried(&x->tried, x->service, x->backend);
}

/* Whether the service has that back-end: a bound client stays with it. */
static bool
connect_has_backend(const struct conf_service *service, const struct backend *b)
{
	for (size_t i = 0; i < service->backend_count; i++)
		if (service->backends[i] == b->conf)
			return true;
	return false;
}

static struct backend *
connect_pick(struct thread *t, struct client *c)
{
	struct exchange *x = c->x;
	struct backend *b = c->bound_backend;

	if (b == NULL || x->tried.bits != NULL || !backend_usable(b) ||
	    !connect_has_backend(x->service, b))
		return str_empty(x->affinity.key)
		    ? balance_choose(t->live, x->service, &x->tried, &t->random)
		    : tie_choose(t, c);
	tie_use(t, c, b);
	return b;
}

static enum outcome
connect_none(const struct exchange *x)
{
	if (x->busy)
		return OUTCOME_BACKEND_BUSY;
	return x->tried.bits != NULL ? OUTCOME_CONNECT_FAILED
				     : OUTCOME_NO_BACKEND;
}

static enum step_status
connect_redirect(struct thread *t, struct client *c)
{
	reply_redirect(t, c, c->x, c->x->backend->conf);
	account_redirect(t, c);
	return client_go(c, STEP_REPLY);
}

enum step_status
connect_choose(struct thread *t, struct client *c)
{
	struct exchange *x = c->x;

	if (!tie_ask(c))
		return client_fail(t, c, OUTCOME_PATTERN_FAILED);
	x->backend = connect_pick(t, c);
	if (x->backend == NULL)
		return client_fail(t, c, connect_none(x));
	if (x->backend->conf->kind == CONF_REDIRECT)
		return connect_redirect(t, c);
	x->connect_by_ms = t->now_ms + x->backend->conf->connect_ms;
	return client_go(c, STEP_CONNECT);
}

/*
 * To another back-end when there is one: who has just closed or reset may
 * be dying, and once more is all we have. A session stays where it is, and
 * so does a client that is bound; then it is a fresh connection.
 */
void
connect_again(struct thread *t, struct client *c)
{
	struct exchange *x = c->x;
	struct backend *other = NULL;

	if (str_empty(x->affinity.key) && c->bound_backend == NULL &&
	    !x->backend->conf->emergency) {
		connect_mark_tried(x);
		other = connect_pick(t, c);
	}
	if (other != NULL && other->conf->kind == CONF_REAL &&
	    !other->conf->emergency)
		x->backend = other;
	x->connect_by_ms = t->now_ms + x->backend->conf->connect_ms;
	c->step = STEP_CONNECT;
}

/* This back-end will not do: the next one. */
static enum step_status
connect_next(struct thread *t, struct client *c)
{
	struct exchange *x = c->x;

	if (x->up != NULL) {
		upstream_close(t, x->up);
		x->up = NULL;
	}
	connect_mark_tried(x);
	if (x->tried.bits == NULL)
		return client_fail(t, c, OUTCOME_INTERNAL);
	return client_go(c, STEP_CHOOSE);
}

static void
connect_note(struct backend *b, const char *reason)
{
	char memory[1024];
	unsigned held;
	struct fixbuf line;

	if (!log_limit_pass(&b->notices, &held))
		return;
	fixbuf_init(&line, memory, sizeof(memory));
	fixbuf_add(&line, STR("connect to back-end "));
	fixbuf_add(&line, b->conf->name);
	fixbuf_add(&line, STR(" failed: "));
	fixbuf_add(&line, str_from(reason));
	accesslog_add_held(&line, held);
	log_str(LOG_PRIO_WARNING, fixbuf_str(&line));
}

/* The peer's doing: the back-end is dead, unless it has other means to
 * tell (HAport) or no state (Emergency); then the failure is logged. */
static enum step_status
connect_refused(struct thread *t, struct client *c, const char *reason)
{
	struct exchange *x = c->x;
	struct backend *b = x->backend;

	if (b->conf->ha || b->conf->emergency)
		connect_note(b, reason);
	backend_kill(b, reason);
	account_connect_failed(t, c);
	sanitize_detail(x, "last: %.*s: %s", STR_ARG(b->conf->name), reason);
	return connect_next(t, c);
}

/* The descriptors may be with the idle connections of other threads. */
static bool
connect_makes_room(struct thread *t, struct exchange *x, int error)
{
	if ((error != EMFILE && error != ENFILE) || t->count == 1 ||
	    x->shortages == CONNECT_SHORTAGES)
		return false;
	if (x->shortages++ == 0)
		for (unsigned i = 0; i < t->count; i++)
			if (i != t->index)
				t->ops->post(t, i, THREAD_MAKE_ROOM, 0);
	return true;
}

static enum step_status
connect_shortage(struct thread *t, struct client *c, int error)
{
	if (connect_makes_room(t, c->x, error)) {
		c->step = STEP_CONNECT;
		return client_wait(c, 0, 0, t->now_ms + CONNECT_RETRY_MS);
	}
	sanitize_detail(c->x, "connect to back-end %.*s: %s",
	    STR_ARG(c->x->backend->conf->name), strerror(error));
	t->ops->shortage(t);
	return client_fail(t, c, OUTCOME_SHORTAGE);
}

static enum step_status
connect_enter_queue(struct thread *t, struct client *c)
{
	struct exchange *x = c->x;
	const unsigned id = x->backend->conf->id;
	struct thread_queue *q = &t->queue[id];

	x->busy = true;
	if (!backend_wait_begin(x->backend))
		return connect_next(t, c);
	x->queued = true;
	atomic_fetch_add(&t->live->queue, 1);
	c->queue_prev = q->last;
	c->queue_next = NULL;
	if (q->last != NULL)
		q->last->queue_next = c;
	else
		q->first = c;
	q->last = c;
	backend_mark_waiting(x->backend, t->index, true);
	/* An idle connection is closed when someone waits. */
	for (unsigned i = 0; i < t->count; i++)
		t->ops->post(t, i, THREAD_SHED_IDLE, id);
	return client_go(c, STEP_QUEUE);
}

void
connect_leave_queue(struct thread *t, struct client *c)
{
	struct exchange *x = c->x;
	struct thread_queue *q;

	if (x == NULL || !x->queued)
		return;
	q = &t->queue[x->backend->conf->id];
	if (c->queue_prev != NULL)
		c->queue_prev->queue_next = c->queue_next;
	else
		q->first = c->queue_next;
	if (c->queue_next != NULL)
		c->queue_next->queue_prev = c->queue_prev;
	else
		q->last = c->queue_prev;
	c->queue_prev = c->queue_next = NULL;
	x->queued = false;
	atomic_fetch_sub(&t->live->queue, 1);
	if (q->first == NULL)
		backend_mark_waiting(x->backend, t->index, false);
	else
		thread_ready(t, q->first); /* there may be a slot for it */
	backend_wait_end(x->backend);
}

/* What upstream_open() said, for the first try and from the queue. */
static enum step_status
connect_result(struct thread *t, struct client *c, enum upstream_result r,
    int error)
{
	struct exchange *x = c->x;

	switch (r) {
	case UPSTREAM_READY:
	case UPSTREAM_PENDING:
		x->up->client = c;
		if (x->queued)
			x->connect_by_ms = t->now_ms +
			    x->backend->conf->connect_ms;
		connect_leave_queue(t, c);
		return client_go(c, STEP_CONNECT);
	case UPSTREAM_RETRY:
		connect_leave_queue(t, c);
		c->step = STEP_CONNECT;
		if (t->now_ms >= x->connect_by_ms)
			return connect_refused(t, c, "its backlog stays full");
		return client_wait(c, 0, 0,
		    deadline_min(t->now_ms + CONNECT_RETRY_MS,
			x->connect_by_ms));
	case UPSTREAM_REFUSED:
		connect_leave_queue(t, c);
		return connect_refused(t, c, strerror(error));
	default:
		connect_leave_queue(t, c);
		return connect_shortage(t, c, error);
	}
}

enum step_status
connect_queue(struct thread *t, struct client *c)
{
	struct exchange *x = c->x;
	int error = 0;

	/* For one who has left no connection is made. */
	if (c->conn.ready & CONN_BROKEN)
		return client_fail(t, c, OUTCOME_CLIENT_GONE);
	if (t->now_ms >= x->connect_by_ms || !backend_usable(x->backend)) {
		connect_leave_queue(t, c);
		return connect_next(t, c);
	}
	if (c->queue_prev == NULL) {
		const enum upstream_result r = upstream_open(t, x->backend,
		    true, &x->up, &error);

		if (r != UPSTREAM_FULL)
			return connect_result(t, c, r, error);
	}
	return client_wait(c, 0, 0, x->connect_by_ms);
}

/* May an idle connection be used, and how old at most? */
static int64_t
connect_max_idle_ms(const struct exchange *x)
{
	const int64_t keep_ms = x->backend->conf->keep_ms;

	if (x->fresh_only)
		return 0;
	if (method_idempotent(x->req.method) &&
	    x->req_framing.kind == FRAMING_NONE)
		return keep_ms;
	return deadline_min(keep_ms, CONNECT_FRESH_MS);
}

/* The connection that belongs to this client, or an idle one. */
static struct upstream *
connect_kept(struct thread *t, struct client *c)
{
	struct exchange *x = c->x;
	struct upstream *up = c->bound;

	if (up != NULL) {
		c->bound = NULL;
		if (up->backend == x->backend && !x->fresh_only &&
		    conn_quiet(&up->conn))
			return up;
		upstream_close(t, up);
	}
	/* A login dance begins on a connection of its own. */
	if (x->authenticated)
		return NULL;
	return upstream_reuse(t, x->backend, handshake_name(c, x),
	    connect_max_idle_ms(x));
}

/* Connected. Bytes that came before we asked are nobody's answer. */
static enum step_status
connect_ready(struct thread *t, struct client *c)
{
	struct exchange *x = c->x;

	if (!conn_quiet(&x->up->conn)) {
		upstream_close(t, x->up);
		x->up = NULL;
		if (x->fresh_only) {
			sanitize_detail(x,
			    "it spoke or closed before it was "
			    "asked");
			return client_fail(t, c, OUTCOME_BACKEND_CLOSED);
		}
		x->fresh_only = true;
		return client_go(c, STEP_CONNECT);
	}
	account_backend(t, c);
	transfer_begin(t, c);
	return client_go(c, STEP_TRANSFER);
}

/* Connected; with HTTPS the handshake comes first, within TimeOut. */
static enum step_status
connect_secure(struct thread *t, struct client *c)
{
	struct exchange *x = c->x;
	enum step_status st;

	if (x->backend->conf->https && !x->up->secured) {
		st = handshake_backend(t, c);
		if (st != STEP_GO || x->up == NULL)
			return st;
	}
	return connect_ready(t, c);
}

static enum step_status
connect_pending(struct thread *t, struct client *c)
{
	struct exchange *x = c->x;
	int error = 0;

	switch (upstream_connected(x->up, &error)) {
	case UPSTREAM_READY:
		return connect_secure(t, c);
	case UPSTREAM_PENDING:
		if (t->now_ms >= x->connect_by_ms)
			return connect_refused(t, c,
			    "no answer within "
			    "ConnTO");
		return client_wait(c, 0, CONN_WRITE, x->connect_by_ms);
	case UPSTREAM_REFUSED:
		return connect_refused(t, c, strerror(error));
	default:
		return connect_shortage(t, c, error);
	}
}

enum step_status
connect_open(struct thread *t, struct client *c)
{
	struct exchange *x = c->x;
	enum upstream_result r;
	int error = 0;

	if (c->conn.ready & CONN_BROKEN)
		return client_fail(t, c, OUTCOME_CLIENT_GONE);
	if (x->up != NULL)
		return connect_pending(t, c);
	x->up = connect_kept(t, c);
	if (x->up != NULL) {
		x->up->client = c;
		return connect_ready(t, c);
	}
	r = upstream_open(t, x->backend, false, &x->up, &error);
	if (r == UPSTREAM_FULL)
		return connect_enter_queue(t, c);
	return connect_result(t, c, r, error);
}
