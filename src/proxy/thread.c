/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "proxy/thread.h"

#include <stdatomic.h>

#include "base/check.h"
#include "base/deadline.h"
#include "base/mem.h"
#include "http/date.h"
#include "proxy/client.h"
#include "proxy/exchange.h"
#include "proxy/location.h"
#include "proxy/upstream.h"

/* How often idle back-end connections are looked at. */
#define TICK_MS 250
/* Blocks that were not needed for so long go back to the system. */
#define SHED_MS 1000
/* Arena of a request: what cannot grow with its target. */
#define ARENA_BASE 16384

/* The largest that any listener allows: one size of block for all. */
static void
thread_size_exchange(struct thread *t)
{
	size_t max_uri = 0;

	for (size_t i = 0; i < t->conf->listener_count; i++) {
		const struct conf_listener *l = t->conf->listeners[i];

		if (l->max_fields > t->max_fields)
			t->max_fields = l->max_fields;
		if (l->max_uri > max_uri)
			max_uri = l->max_uri;
	}
	/* Decoded, encoded, a redirect's page; then lines of fields whose
	 * blanks are not ours, and the bits of tried back-ends and of
	 * services to try (own and global ones, two sets each). */
	t->arena_size = ARENA_BASE + 16 * max_uri +
	    t->max_fields * sizeof(struct str) +
	    t->conf->all_backend_count / 8 + t->conf->all_service_count / 4;
	for (size_t i = 0; i < t->conf->listener_count; i++)
		if (t->arena_size < t->conf->listeners[i]->max_head)
			t->arena_size += t->conf->listeners[i]->max_head;
}

void
thread_init(struct thread *t, const struct conf *conf, struct live *live,
    const struct thread_ops *ops, unsigned index)
{
	*t = (struct thread){ .index = index,
		.conf = conf,
		.live = live,
		.ops = ops,
		.date_second = -1,
		.clf_second = -1 };
	t->counter = counter_new(&live->counters);
	t->now_us = deadline_now_us();
	t->now_ms = t->now_us / 1000;
	hash_random_init(&t->random);
	thread_size_exchange(t);
	blocks_init(&t->blocks, exchange_size(t->max_fields, t->arena_size));
	slots_init(&t->clients, UINT32_C(1) << 24);
	slots_init(&t->upstreams, UINT32_C(1) << 24);
	t->idle = mem_alloc((conf->all_backend_count + 1) * sizeof(*t->idle));
	t->queue = mem_alloc((conf->all_backend_count + 1) * sizeof(*t->queue));
}

void
thread_release(struct thread *t)
{
	for (uint32_t i = 0; i < t->clients.room; i++)
		if (t->clients.place[i].object != NULL)
			client_cut(t, t->clients.place[i].object);
	upstream_expire(t, true);
	check(t->upstreams.used == 0);
	slots_release(&t->clients);
	slots_release(&t->upstreams);
	blocks_trim(&t->blocks);
	mem_free(t->idle);
	mem_free(t->queue);
}

void
thread_expect(struct thread *t, int by)
{
	atomic_fetch_add(&t->connections, (unsigned)by);
}

void
thread_closed(struct thread *t)
{
	thread_expect(t, -1);
	live_give_place(t->live);
}

void
thread_ready(struct thread *t, struct client *c)
{
	if (c->ready)
		return;
	c->ready = true;
	counter_add(&t->counter->ready, 1);
	c->next_ready = NULL;
	if (t->ready_last != NULL)
		t->ready_last->next_ready = c;
	else
		t->ready_first = c;
	t->ready_last = c;
}

struct client *
thread_next(struct thread *t)
{
	struct client *c = t->ready_first;

	counter_set(&t->counter->running, c != NULL);
	if (c == NULL)
		return NULL;
	t->ready_first = c->next_ready;
	if (t->ready_first == NULL)
		t->ready_last = NULL;
	c->ready = false;
	counter_sub(&t->counter->ready, 1);
	return c;
}

void
thread_unready(struct thread *t, struct client *c)
{
	struct client *before = NULL;

	if (!c->ready)
		return;
	for (struct client *i = t->ready_first; i != c; i = i->next_ready)
		before = i;
	if (before != NULL)
		before->next_ready = c->next_ready;
	else
		t->ready_first = c->next_ready;
	if (t->ready_last == c)
		t->ready_last = before;
	c->ready = false;
	counter_sub(&t->counter->ready, 1);
}

/* A connection that is bound to an idle client and spoke or closed. */
static void
thread_bound_event(struct thread *t, struct upstream *up)
{
	if (conn_quiet(&up->conn))
		return;
	up->client->bound = NULL;
	upstream_close(t, up);
}

static void
thread_upstream_event(struct thread *t, struct upstream *up, uint8_t events)
{
	struct client *c = up->client;

	conn_event(&up->conn, events);
	if (c == NULL)
		upstream_idle_event(t, up);
	else if (c->bound == up)
		thread_bound_event(t, up);
	else if (conn_awake(&up->conn, c->wait_upstream))
		thread_ready(t, c);
}

void
thread_event(struct thread *t, uint64_t token, uint8_t events)
{
	const uint32_t slot = token_slot(token);
	const uint32_t generation = token_generation(token);
	struct client *c;
	struct upstream *up;

	if (token_kind(token) == TOKEN_UPSTREAM) {
		up = slots_find(&t->upstreams, slot, generation);
		if (up != NULL)
			thread_upstream_event(t, up, events);
		return;
	}
	c = slots_find(&t->clients, slot, generation);
	if (c == NULL)
		return;
	conn_event(&c->conn, events);
	if (conn_awake(&c->conn, c->wait_client | CONN_BROKEN))
		thread_ready(t, c);
}

int
thread_used_up(const struct thread *t, uint64_t token)
{
	const uint32_t slot = token_slot(token);
	const uint32_t generation = token_generation(token);
	const struct conn *conn = NULL;

	if (token_kind(token) == TOKEN_UPSTREAM) {
		const struct upstream *up = slots_find(&t->upstreams, slot,
		    generation);

		conn = up != NULL ? &up->conn : NULL;
	} else {
		const struct client *c = slots_find(&t->clients, slot,
		    generation);

		conn = c != NULL ? &c->conn : NULL;
	}
	return conn == NULL || conn->fd == -1 ? -1 : conn_used_up(conn);
}

static void
thread_retire(struct thread *t)
{
	t->draining = true;
	upstream_expire(t, true);
}

static void
thread_look_again(struct thread *t, struct client *c)
{
	if (c->step != STEP_IDLE)
		return;
	conn_event(&c->conn, CONN_READ);
	thread_ready(t, c);
}

/* Idle ones read once more, and close if there is nothing. To be sure of
 * that, they do not rely on an event: it may be on its way. */
static void
thread_drain(struct thread *t)
{
	thread_retire(t);
	t->impatient = true;
	for (uint32_t i = 0; i < t->clients.room; i++)
		if (t->clients.place[i].object != NULL)
			thread_look_again(t, t->clients.place[i].object);
}

static void
thread_cut_tunnels(struct thread *t)
{
	for (uint32_t i = 0; i < t->clients.room; i++) {
		struct client *c = t->clients.place[i].object;

		if (c != NULL && c->step == STEP_TUNNEL)
			client_cut(t, c);
	}
}

void
thread_receive(struct thread *t, enum thread_message m, uint32_t arg)
{
	switch (m) {
	case THREAD_SLOT_FREE:
		if (t->queue[arg].first != NULL)
			thread_ready(t, t->queue[arg].first);
		break;
	case THREAD_SHED_IDLE:
		upstream_shed(t, &t->live->backend[arg]);
		break;
	case THREAD_MAKE_ROOM:
		upstream_expire(t, true);
		break;
	case THREAD_RETIRE:
		thread_retire(t);
		break;
	case THREAD_DRAIN:
		thread_drain(t);
		break;
	case THREAD_CUT_TUNNELS:
		thread_cut_tunnels(t);
		break;
	case THREAD_NAME:
		location_told(t, arg);
		break;
	}
}

bool
thread_wants_tick(const struct thread *t)
{
	return t->idle_count > 0 || blocks_spare(&t->blocks);
}

int64_t
thread_tick(struct thread *t)
{
	if (t->idle_count > 0)
		upstream_expire(t, false);
	if (t->now_ms >= t->shed_ms) {
		if (blocks_shed(&t->blocks))
			mem_trim();
		t->shed_ms = t->now_ms + SHED_MS;
	}
	return thread_wants_tick(t) ? t->now_ms + TICK_MS : DEADLINE_NEVER;
}

struct str
thread_date(struct thread *t)
{
	const time_t now = time(NULL);
	struct fixbuf b;

	if (now != t->date_second) {
		fixbuf_init(&b, t->date, sizeof(t->date));
		date_add_http(&b, now);
		t->date_len = (unsigned)b.len;
		t->date_second = now;
	}
	return str_make(t->date, t->date_len);
}

struct str
thread_clf(struct thread *t, time_t when)
{
	struct fixbuf b;

	if (when != t->clf_second) {
		fixbuf_init(&b, t->clf, sizeof(t->clf));
		date_add_clf(&b, when);
		t->clf_len = (unsigned)b.len;
		t->clf_second = when;
	}
	return str_make(t->clf, t->clf_len);
}
