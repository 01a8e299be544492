/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/turns.h"

#include <errno.h>
#include <stdlib.h>

#include "base/deadline.h"
#include "net/addr.h"
#include "proxy/client.h"

/* When all tests begin. */
#define BEGIN_MS 100000000
/* More turns than this without news from a peer: it spins. */
#define TURNS_MAX 20000
#define HOUR_MS 3600000

static void
note(struct turns *t, bool held, const char *wrong)
{
	if (!held && t->wrong == NULL)
		t->wrong = wrong;
}

/* --- What the daemon would do ------------------------------------------- */

static int
watch(struct thread *thread, int fd, uint64_t token)
{
	struct wire *w = wire_by_fd(fd);
	struct turns *t = thread->owner;

	errno = t->watch_error;
	t->watch_error = 0;
	if (errno != 0)
		return -1;
	w->token = token;
	w->watched = true;
	return 0;
}

static void
post(struct thread *thread, unsigned to, enum thread_message m, uint32_t arg)
{
	struct turns *t = thread->owner;

	note(t, to == 0, "a message for a thread that is not there");
	/* The ring of the daemon is bounded, too; what finds no room there
	 * makes the thread look at everything. */
	if (t->posts < TURNS_POSTS)
		t->post[t->posts++] = (struct turns_post){ m, arg };
	else
		t->posts = TURNS_POSTS + 1;
}

static void
retime(struct thread *thread, struct client *c)
{
	(void)thread;
	(void)c;
}

static void
closed(struct thread *thread)
{
	struct turns *t = thread->owner;

	t->paused = false;
}

static void
shortage(struct thread *thread)
{
	struct turns *t = thread->owner;

	t->paused = true;
}

static void
ask(struct thread *thread)
{
	struct turns *t = thread->owner;

	t->questions++;
}

static const struct thread_ops ops = {
	.watch = watch,
	.post = post,
	.ask = ask,
	.retime = retime,
	.forget = retime,
	.closed = closed,
	.shortage = shortage,
};

static bool
deliver_posts(struct turns *t)
{
	struct turns_post post[TURNS_POSTS];
	const unsigned count = t->posts;

	if (count > TURNS_POSTS) {
		t->posts = 0;
		for (unsigned i = 0; i < t->thread.conf->all_backend_count; i++)
			thread_receive(&t->thread, THREAD_SLOT_FREE, i);
		return true;
	}
	memcpy(post, t->post, count * sizeof(*post));
	t->posts = 0;
	for (unsigned i = 0; i < count; i++)
		thread_receive(&t->thread, post[i].message, post[i].arg);
	return count > 0;
}

static bool
deliver_events(struct turns *t)
{
	bool some = false;

	for (unsigned i = 0; i < wire_count(); i++) {
		struct wire *w = wire_nth(i);
		const uint8_t edge = w->edge;

		if (edge == 0 || !w->watched || w->closed || w->connecting)
			continue;
		w->edge = 0;
		thread_event(&t->thread, w->token, edge);
		some = true;
	}
	return some;
}

static bool
run_turns(struct turns *t)
{
	struct client *c;
	bool some = false;

	/* As many as the daemon does between two looks. */
	for (unsigned i = 0; i < 64; i++) {
		c = thread_next(&t->thread);
		if (c == NULL)
			break;
		client_turn(&t->thread, c);
		some = true;
	}
	return some;
}

/* --- What must hold when all wait --------------------------------------- */

static struct client *
client_at(const struct turns *t, uint32_t slot)
{
	return t->thread.clients.place[slot].object;
}

static void
look_at(struct turns *t, const struct client *c)
{
	note(t, c->deadline_ms != DEADLINE_NEVER, "a wait without a deadline");
	note(t, c->deadline_ms > t->thread.now_ms, "a deadline that is past");
	if (c->step != STEP_IDLE)
		return;
	note(t, c->x == NULL, "an idle client with an exchange");
	note(t, c->conn.buf == NULL, "an idle client with a buffer");
}

static uint64_t
moved(void)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < wire_count(); i++) {
		const struct wire *w = wire_nth(i);

		bytes += w->in_at + w->out_len + w->closed + w->finished;
	}
	return bytes + wire_count();
}

/* A turn that no event asked for finds nothing to do. */
static void
kick(struct turns *t, struct client *c)
{
	const enum client_step step = c->step;
	const uint64_t before = moved();
	const enum step_status st = client_turn(&t->thread, c);

	note(t, st == STEP_WAIT && before == moved() && c->step == step,
	    "a client waited that could go on");
}

static void
look_around(struct turns *t)
{
	for (uint32_t i = 0; i < t->thread.clients.room; i++) {
		struct client *c = client_at(t, i);

		if (c == NULL)
			continue;
		look_at(t, c);
		if (t->wrong == NULL && !t->retries)
			kick(t, c);
	}
}

void
turns_run(struct turns *t)
{
	for (unsigned n = 0;; n++) {
		bool some = deliver_posts(t);

		some |= deliver_events(t);
		some |= run_turns(t);
		if (!some)
			break;
		if (n > TURNS_MAX) {
			note(t, false, "turns without end");
			return;
		}
	}
	look_around(t);
}

/* --- Time --------------------------------------------------------------- */

static int64_t
next_deadline(const struct turns *t)
{
	int64_t next = t->tick_ms;

	for (uint32_t i = 0; i < t->thread.clients.room; i++)
		if (client_at(t, i) != NULL)
			next = deadline_min(next, client_at(t, i)->deadline_ms);
	return next;
}

static void
expire(struct turns *t)
{
	struct thread *thread = &t->thread;

	for (uint32_t i = 0; i < thread->clients.room; i++) {
		struct client *c = client_at(t, i);

		if (c != NULL && c->deadline_ms <= thread->now_ms)
			thread_ready(thread, c);
	}
	if (thread->now_ms >= t->tick_ms ||
	    (t->tick_ms == DEADLINE_NEVER && thread_wants_tick(thread)))
		t->tick_ms = thread_tick(thread);
}

void
turns_pass(struct turns *t, int64_t ms)
{
	const int64_t until = t->thread.now_ms + ms;

	for (unsigned n = 0; t->wrong == NULL; n++) {
		const int64_t next = next_deadline(t);

		if (next > until)
			break;
		note(t, n < TURNS_MAX, "deadlines without end");
		if (next > t->thread.now_ms)
			t->thread.now_ms = next;
		expire(t);
		turns_run(t);
	}
	t->thread.now_ms = until;
	expire(t);
	turns_run(t);
}

void
turns_drain(struct turns *t)
{
	post(&t->thread, 0, THREAD_DRAIN, 0);
	turns_run(t);
}

/* --- Begin and end ------------------------------------------------------ */

void
turns_open(struct turns *t, const struct conf *conf)
{
	*t = (struct turns){ .live = live_new(conf),
		.tick_ms = DEADLINE_NEVER };
	t->live->max_connections = 1000;
	thread_init(&t->thread, conf, t->live, &ops, 0);
	t->thread.owner = t;
	t->thread.count = 1;
	t->thread.now_ms = BEGIN_MS;
	t->thread.random = (struct hash_random){ { 1, 2, 3, 4 } };
}

struct wire *
turns_connect(struct turns *t)
{
	const int fd = wire_open();
	struct addr peer;

	if (fd == -1 || addr_from_ip(&peer, STR("192.0.2.1"), 40000) == -1)
		abort();
	if (!live_take_place(t->live))
		abort();
	thread_expect(&t->thread, 1);
	(void)client_accept(&t->thread, fd, &peer, t->listener);
	return wire_by_fd(fd);
}

unsigned
turns_clients(const struct turns *t)
{
	return t->thread.clients.used;
}

static void
look_at_end(struct turns *t)
{
	const struct thread *thread = &t->thread;

	note(t, thread->clients.used == 0, "clients are left");
	note(t, thread->connections == 0, "connections are counted");
	note(t, t->live->connections == 0, "connections are counted in all");
	note(t, thread->upstreams.used == 0, "upstreams are left");
	note(t, thread->idle_count == 0, "idle upstreams are counted");
	note(t, thread->lingering == 0, "lingering is counted");
	note(t, t->live->queue == 0, "waiting is counted");
	note(t, thread->ready_first == NULL, "someone is ready");
	for (unsigned i = 0; i < thread->conf->all_backend_count; i++) {
		const struct backend *b = &t->live->backend[i];

		note(t, b->open == 0, "slots of a back-end are taken");
		note(t, b->waiting == 0, "someone waits for a back-end");
		note(t, b->waiting_threads == 0, "a thread waits for one");
		note(t, thread->queue[i].first == NULL, "a queue is not empty");
		note(t, thread->idle[i].count == 0, "an idle list is not");
	}
	for (unsigned i = 0; i < wire_count(); i++)
		note(t, wire_nth(i)->closed, "a connection is open");
}

const char *
turns_close(struct turns *t)
{
	for (unsigned i = 0; i < wire_count(); i++)
		wire_reset(wire_nth(i));
	turns_run(t);
	turns_pass(t, HOUR_MS);
	if (t->wrong == NULL)
		look_at_end(t);
	thread_release(&t->thread);
	live_free(t->live);
	wire_forget_all();
	return t->wrong;
}
