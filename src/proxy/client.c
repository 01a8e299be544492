/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "proxy/client.h"

#include <errno.h>

#include "base/deadline.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/sock.h"
#include "net/tls.h"
#include "proxy/accesslog.h"
#include "proxy/account.h"
#include "proxy/handshake.h"
#include "proxy/location.h"
#include "proxy/reply.h"
#include "proxy/sanitize.h"
#include "proxy/steps.h"
#include "proxy/tie.h"
#include "proxy/transfer.h"
#include "proxy/tunnel.h"
#include "route/route.h"

/*
 *   IDLE -> HEAD -> JUDGE -> CHOOSE -> CONNECT -> TRANSFER -> SETTLE -> IDLE
 *             |       |         |  QUEUE  |          |           |
 *             +-------+---------+---------+----------+           v
 *                     | fail              | fail, answer      LINGER
 *                     v                   v begun                |
 *                   REPLY ------------> SETTLE                   v
 *                     `-- DISCARD --------^                    CLOSE
 */

/* What one turn may do before the others have theirs (design 1, 1). */
#define TURN_BYTES 262144
#define TURN_EXCHANGES 16
#define LINGER_MS 2000 /* gentle close: read away so long and so much */
#define LINGER_BYTES 1048576
#define LINE_SHOWN 200 /* of a line that never came to its end */

/* Takes the address text once; a UNIX peer has none. */
static void
client_set_peer(struct client *c, const struct addr *peer)
{
	struct fixbuf b;

	fixbuf_init(&b, c->peer, sizeof(c->peer));
	if (addr_family(peer) == AF_UNIX || addr_family(peer) == AF_UNSPEC)
		fixbuf_add(&b, STR("unix"));
	else
		addr_add_host(&b, peer);
	c->peer_len = (uint8_t)b.len;
}

/* The stream: plain, or TLS, which shakes hands first. The descriptor is
 * taken in any case. */
static int
client_open(struct client *c, int fd)
{
	const uint8_t ready = CONN_READ | CONN_WRITE;

	c->step = STEP_IDLE;
	if (c->listener->https) {
		c->step = STEP_HANDSHAKE;
		if (conn_init_tls_server(&c->conn, fd, ready,
			c->listener->tls_server) == 0)
			return 0;
	}
	conn_init_plain(&c->conn, fd, ready);
	return c->listener->https ? -1 : 0;
}

static void
client_init(struct thread *t, struct client *c, const struct addr *peer)
{
	client_set_peer(c, peer);
	c->timer = UINT32_MAX;
	counter_add(&t->counter->listener[c->listener->id].accepted, 1);
	c->number = (uint64_t)(t->index + 1) << 40 | ++t->next_number;
	c->opened_ms = t->now_ms;
	c->deadline_ms = t->now_ms + c->listener->client_ms;
}

bool
client_accept(struct thread *t, int fd, const struct addr *peer,
    unsigned listener)
{
	struct client *c = mem_alloc(sizeof(*c));

	c->listener = t->conf->listeners[listener];
	c->live = &t->live->listener[listener];
	c->slot = SLOTS_NONE;
	if (client_open(c, fd) == 0)
		c->slot = slots_add(&t->clients, c, &c->generation);
	if (c->slot == SLOTS_NONE) {
		conn_close(&c->conn);
		mem_free(c);
		counter_add(&t->counter->listener[listener].refused, 1);
		thread_closed(t);
		return false;
	}
	client_init(t, c, peer);
	if (t->ops->watch(t, fd,
		token_make(TOKEN_CLIENT, c->slot, c->generation)) == -1) {
		const int error = errno;

		/* In this order: a close ends the pause of a shortage. */
		client_free(t, c);
		errno = error;
		t->ops->shortage(t);
		return false;
	}
	thread_ready(t, c);
	return true;
}

/* The exchange goes, with all it borrowed. */
static void
client_end_exchange(struct thread *t, struct client *c)
{
	struct exchange *x = c->x;

	tunnel_free(t, c);
	account_end(c);
	if (x == NULL)
		return;
	connect_leave_queue(t, c);
	location_leave(t, c);
	if (x->up != NULL)
		upstream_close(t, x->up);
	x->up = NULL;
	exchange_free(t, x);
	c->x = NULL;
}

void
client_free(struct thread *t, struct client *c)
{
	client_end_exchange(t, c);
	if (c->bound != NULL)
		upstream_close(t, c->bound);
	if (c->lingers)
		t->lingering--;
	conn_close(&c->conn);
	blocks_put(&t->blocks, c->conn.buf, c->conn.cap);
	thread_unready(t, c);
	t->ops->forget(t, c);
	slots_remove(&t->clients, c->slot);
	counter_add(&t->counter->listener[c->listener->id].closed, 1);
	thread_closed(t);
	mem_free(c);
	t->ops->closed(t);
}

void
client_cut(struct thread *t, struct client *c)
{
	if (c->tunnel != NULL && c->x == NULL)
		tunnel_end(t, c);
	if (c->x != NULL && c->x->answer_begun) {
		c->x->outcome = OUTCOME_DRAINED;
		transfer_cut(c);
		accesslog_write(t, c, c->x);
	}
	client_free(t, c);
}

static void
client_return_buffer(struct thread *t, struct client *c)
{
	const size_t cap = c->conn.cap;

	blocks_put(&t->blocks, conn_take_buffer(&c->conn), cap);
}

static enum conn_status
client_fill(struct thread *t, struct client *c)
{
	size_t cap;
	char *block;

	if (c->conn.buf == NULL) {
		if (!c->conn.eof &&
		    !conn_awake(&c->conn, CONN_READ | CONN_HANGUP))
			return CONN_AGAIN;
		block = blocks_get(&t->blocks, BLOCK_SMALL, &cap);
		conn_lend_buffer(&c->conn, block, cap);
	}
	return conn_fill(&c->conn);
}

/* Between exchanges: nothing is owned but the struct. */
static enum step_status
client_idle(struct thread *t, struct client *c)
{
	enum conn_status st = CONN_OK;

	if (c->conn.start == c->conn.end)
		st = client_fill(t, c);
	if (st == CONN_AGAIN) {
		client_return_buffer(t, c);
		if (t->impatient || t->now_ms >= c->deadline_ms)
			return client_go(c, STEP_CLOSE);
		return client_wait(c, CONN_READ, 0, c->deadline_ms);
	}
	if (st != CONN_OK) {
		if (c->requests == 0)
			account_silent(t, c);
		return client_go(c, STEP_CLOSE);
	}
	if (t->exchanges == 0)
		return STEP_YIELD;
	t->exchanges--;
	c->x = exchange_new(t);
	c->x->head_by_ms = t->now_ms + c->listener->client_ms;
	c->x->began_ms = t->now_ms;
	c->gentle = false;
	conn_compact(&c->conn);
	return client_go(c, STEP_HEAD);
}

/* A larger block for a head that does not fit; parsed from its start. */
static void
client_grow(struct thread *t, struct client *c)
{
	const struct str have = conn_peek(&c->conn);
	const size_t old_cap = c->conn.cap;
	size_t cap;
	char *block = blocks_get(&t->blocks,
	    old_cap < BLOCK_LARGE ? BLOCK_LARGE
				  : c->listener->max_head + BLOCK_LARGE,
	    &cap);

	memcpy(block, have.p, have.len);
	blocks_put(&t->blocks, conn_take_buffer(&c->conn), old_cap);
	conn_lend_buffer(&c->conn, block, cap);
	c->conn.end = have.len;
	head_init(&c->x->head);
	c->x->line_judged = false;
}

static void
client_note_time(struct thread *t, struct exchange *x)
{
	x->began = time(NULL);
	x->began_ms = t->now_ms;
}

/* The block with the head is the exchange's now and does not move; what
 * came behind the head goes to a fresh one. */
static void
client_head_done(struct thread *t, struct client *c, size_t used)
{
	struct exchange *x = c->x;
	const struct str rest = str_skip(conn_peek(&c->conn), used);
	size_t cap;
	char *block;

	x->head_len = used;
	x->head_cap = c->conn.cap;
	x->head_block = conn_take_buffer(&c->conn);
	x->head_done = true;
	if (rest.len > 0) {
		block = blocks_get(&t->blocks, rest.len, &cap);
		memcpy(block, rest.p, rest.len);
		conn_lend_buffer(&c->conn, block, cap);
		c->conn.end = rest.len;
	}
	client_note_time(t, x);
}

/* Of a request line that was refused before its end came, the log shows
 * how it began; HEAD counts even then: its answer has no body. */
static void
client_note_line(struct thread *t, const struct client *c, struct exchange *x)
{
	struct str in = conn_peek(&c->conn);

	client_note_time(t, x);
	if (!str_empty(x->req.line))
		return;
	while (!str_empty(in) && (in.p[0] == '\r' || in.p[0] == '\n'))
		in = str_skip(in, 1);
	x->req.line = str_head(in, LINE_SHOWN);
	x->req.line = str_head(x->req.line, str_find(x->req.line, '\r'));
	x->req.line = str_head(x->req.line, str_find(x->req.line, '\n'));
	if (str_starts(in, STR("HEAD ")))
		x->req.method = METHOD_HEAD;
}

/* No more bytes of a head, for now or for ever. */
static enum step_status
client_head_missing(struct thread *t, struct client *c, enum conn_status st)
{
	struct exchange *x = c->x;

	if (st == CONN_AGAIN && t->now_ms < x->head_by_ms)
		return client_wait(c, CONN_READ, 0, x->head_by_ms);
	/* Empty lines are no byte of a head (A.2 #8). */
	if (x->head.lines == 0 && x->head.done == conn_peek(&c->conn).len)
		return client_go(c, STEP_CLOSE);
	client_note_line(t, c, x);
	if (st != CONN_AGAIN)
		return client_fail(t, c, OUTCOME_CLIENT_GONE_HEAD);
	sanitize_late(x, "Client", c->listener->client_ms);
	return client_fail(t, c, OUTCOME_CLIENT_LATE_HEAD);
}

/* The request line is there: a bad one is answered at once. false: it
 * was, c->step is set. */
static bool
client_line_good(struct thread *t, struct client *c)
{
	struct exchange *x = c->x;
	enum outcome o;

	if (x->line_judged)
		return true;
	x->line_judged = true;
	o = sanitize_line(c, x);
	if (o == OUTCOME_OK)
		return true;
	client_note_time(t, x);
	client_fail(t, c, o);
	return false;
}

static enum step_status
client_head(struct thread *t, struct client *c)
{
	const struct conf_listener *l = c->listener;
	const struct head_limits limits = { l->max_uri, l->max_field,
		l->max_head, l->max_fields, !l->strict };
	struct exchange *x = c->x;

	for (;;) {
		enum conn_status st;
		enum outcome why;
		size_t used;

		switch (head_parse_request(&x->head, conn_peek(&c->conn),
		    &limits, &x->req, &why, &used)) {
		case HEAD_DONE:
			client_head_done(t, c, used);
			c->step = STEP_JUDGE;
			client_line_good(t, c);
			return STEP_GO;
		case HEAD_BAD:
			/* The line comes first, in whatever pieces it and
			 * the fault behind it have come. */
			if (x->req.line_taken && !client_line_good(t, c))
				return STEP_GO;
			client_note_line(t, c, x);
			return client_fail(t, c, why);
		default:
			break;
		}
		if (x->req.line_taken && !client_line_good(t, c))
			return STEP_GO;
		st = client_fill(t, c);
		if (st == CONN_FULL)
			client_grow(t, c);
		else if (st != CONN_OK)
			return client_head_missing(t, c, st);
	}
}

/* Strict 0 left a malformed line out: the old notice (B.4.3). */
static void
client_note_dropped(struct thread *t, struct client *c, struct exchange *x)
{
	char memory[1024];
	struct fixbuf b;

	if (c->listener->log_level == 0)
		return;
	fixbuf_init(&b, memory, sizeof(memory));
	fixbuf_add(&b, STR("bad header from "));
	accesslog_add_peer(&b, t, c);
	fixbuf_add(&b, STR(" ("));
	log_escape(&b, str_head(x->req.dropped_line, 200), 0);
	fixbuf_add(&b, STR(")"));
	accesslog_notice(c, LIVE_FIELD, &b);
}

static enum step_status
client_judge(struct thread *t, struct client *c)
{
	struct exchange *x = c->x;
	enum outcome o;

	if (x->req.dropped > 0)
		client_note_dropped(t, c, x);
	o = sanitize_request(c, x);
	if (o != OUTCOME_OK)
		return client_fail(t, c, o);
	if (reply_last_hop(t, c, x))
		return client_go(c, STEP_REPLY);
	switch (route_service(t->live, c->listener, &x->match, &x->service)) {
	case MATCH_YES:
		account_service(t, c);
		return client_go(c, STEP_CHOOSE);
	case MATCH_NO:
		return client_fail(t, c, OUTCOME_NO_SERVICE);
	default:
		if (x->match.directive != NULL)
			sanitize_detail(x, "%s in %s line %u: %s",
			    x->match.directive, x->match.place->file,
			    x->match.place->line, pattern_error());
		return client_fail(t, c, OUTCOME_PATTERN_FAILED);
	}
}

enum step_status
client_fail(struct thread *t, struct client *c, enum outcome o)
{
	struct exchange *x = c->x;

	connect_leave_queue(t, c);
	if (x->up != NULL)
		upstream_close(t, x->up);
	x->up = NULL;
	x->outcome = o;
	c->keep = false;
	if (x->answer_begun)
		transfer_cut(c);
	if (x->answer_begun || outcome_status(o) == 0 ||
	    (c->conn.ready & CONN_BROKEN) != 0)
		return client_go(c, STEP_SETTLE);
	/* The client may still be sending: it must see the answer. */
	c->gentle = true;
	reply_error(t, c, x);
	x->down_since_ms = t->now_ms;
	return client_go(c, STEP_REPLY);
}

static enum step_status
client_reply(struct thread *t, struct client *c)
{
	struct exchange *x = c->x;
	const int64_t by = x->down_since_ms + c->listener->client_ms;

	c->conn.last = !c->keep;
	switch (flow_flush(&x->to_client, &c->conn)) {
	case FLOW_DONE:
		if (c->keep && x->req_framing.kind != FRAMING_NONE) {
			/* It may have been composed for a back-end. */
			flow_release(&x->to_backend, &t->blocks);
			flow_init(&x->to_backend);
			flow_begin(&x->to_backend, &x->req_framing, false,
			    CLIENT_DISCARD_MAX);
			x->to_backend.discard = true;
			x->up_since_ms = t->now_ms;
			return client_go(c, STEP_DISCARD);
		}
		return client_go(c, STEP_SETTLE);
	case FLOW_WAIT_WRITE:
		if (t->now_ms < by)
			return client_wait(c, CONN_WRITE, 0, by);
		break;
	default:
		break;
	}
	c->keep = c->gentle = false;
	return client_go(c, STEP_SETTLE);
}

/* The body of a redirected request is read away. */
static enum step_status
client_discard(struct thread *t, struct client *c)
{
	struct exchange *x = c->x;
	struct flow *f = &x->to_backend;
	const int64_t by = x->up_since_ms + c->listener->client_ms;

	switch (flow_pump(f, &c->conn, NULL, &t->blocks, &t->budget)) {
	case FLOW_DONE:
		return client_go(c, STEP_SETTLE);
	case FLOW_YIELD:
		return STEP_YIELD;
	case FLOW_WAIT_READ:
		if (t->now_ms < by)
			return client_wait(c, CONN_READ, 0, by);
		break;
	default:
		break;
	}
	c->keep = false;
	c->gentle = true;
	return client_go(c, STEP_SETTLE);
}

static enum step_status
client_settle(struct thread *t, struct client *c)
{
	struct exchange *x = c->x;

	accesslog_diagnose(t, c, x);
	accesslog_write(t, c, x);
	account_settle(t, c);
	tie_settle(t, c);
	client_end_exchange(t, c);
	c->requests++;
	/* Bytes that nobody reads would turn our close into a reset. */
	if (c->conn.start < c->conn.end ||
	    conn_awake(&c->conn, CONN_READ | CONN_HANGUP))
		c->gentle = true;
	if (!c->keep && c->gentle && !c->conn.cut)
		return client_go(c, STEP_LINGER);
	if (!c->keep)
		return client_go(c, STEP_CLOSE);
	if (c->conn.start == c->conn.end)
		client_return_buffer(t, c);
	c->deadline_ms = t->now_ms + c->listener->client_ms;
	return client_go(c, STEP_IDLE);
}

/* Our side is shut; what still comes is thrown away. */
static enum step_status
client_linger(struct thread *t, struct client *c)
{
	enum conn_status st;

	if (!c->lingers) {
		/* At most a quarter of the connections linger. */
		if (t->lingering >= 8 &&
		    t->lingering * 4ul * t->count >= t->live->max_connections)
			return client_go(c, STEP_CLOSE);
		c->lingers = true;
		t->lingering++;
		c->deadline_ms = t->now_ms + LINGER_MS;
		conn_finish(&c->conn);
	}
	do {
		const size_t n = c->conn.end - c->conn.start;

		c->lingered += n;
		t->budget -= (int64_t)n;
		conn_consume(&c->conn, n);
		conn_compact(&c->conn);
		st = client_fill(t, c);
	} while (st == CONN_OK && c->lingered < LINGER_BYTES && t->budget > 0);
	if (t->now_ms >= c->deadline_ms || c->lingered >= LINGER_BYTES ||
	    (st != CONN_AGAIN && st != CONN_OK))
		return client_go(c, STEP_CLOSE);
	if (st == CONN_OK)
		return STEP_YIELD;
	client_return_buffer(t, c);
	return client_wait(c, CONN_READ, 0, c->deadline_ms);
}

static enum step_status
client_close(struct thread *t, struct client *c)
{
	client_free(t, c);
	return STEP_CLOSED;
}

/* In the order of enum client_step. */
static enum step_status (*const client_steps[STEP_COUNT])(struct thread *t,
    struct client *c) = {
	[STEP_HANDSHAKE] = handshake_client,
	[STEP_IDLE] = client_idle,
	[STEP_HEAD] = client_head,
	[STEP_JUDGE] = client_judge,
	[STEP_CHOOSE] = connect_choose,
	[STEP_QUEUE] = connect_queue,
	[STEP_CONNECT] = connect_open,
	[STEP_TRANSFER] = transfer_run,
	[STEP_TUNNEL] = tunnel_run,
	[STEP_REPLY] = client_reply,
	[STEP_DISCARD] = client_discard,
	[STEP_SETTLE] = client_settle,
	[STEP_LINGER] = client_linger,
	[STEP_CLOSE] = client_close,
};

enum step_status
client_turn(struct thread *t, struct client *c)
{
	enum step_status st;

	t->budget = TURN_BYTES;
	t->exchanges = TURN_EXCHANGES;
	c->wait_client = c->wait_upstream = 0;
	do {
		st = client_steps[c->step](t, c);
	} while (st == STEP_GO);
	if (st != STEP_CLOSED && c->x != NULL)
		account_moved(c, c->x->to_backend.body, c->x->to_client.body);
	else if (st != STEP_CLOSED && c->tunnel != NULL)
		account_moved(c, c->tunnel->forth.bytes, c->tunnel->back.bytes);
	if (st == STEP_YIELD)
		thread_ready(t, c);
	else if (st == STEP_WAIT)
		t->ops->retime(t, c);
	return st;
}
