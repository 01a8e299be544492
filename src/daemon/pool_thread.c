/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/pattern.h"
#include "daemon/pool_internal.h"
#include "net/sock.h"

/* Accepted in one go, before the others have their turn. */
#define ACCEPT_MAX 16
/* Out of descriptors or room: accepting pauses so long at most. */
#define PAUSE_MS 100
/* One line about that in so long. */
#define SHORTAGE_LOG_MS 10000
/* Turns between two looks at the poller. */
#define TURNS_MAX 64
/* How often memory goes back, when connections have halved since a peak. */
#define TRIM_MS 1000

static struct pool_thread *
pool_thread_of(struct thread *t)
{
	return t->owner;
}

static void
pool_thread_listen(struct pool_thread *pt, bool on)
{
	const struct pool *p = pt->pool;

	if (pt->listening == on || (on && p->draining))
		return;
	pt->listening = on;
	for (size_t i = 0; i < p->conf->listener_count; i++) {
		const uint64_t token = token_make(TOKEN_LISTENER, (uint32_t)i,
		    0);

		if (!on)
			poller_remove(&pt->poller, p->listen_fd[i]);
		else if (poller_add_listener(&pt->poller, p->listen_fd[i],
			     token) == -1)
			log_line(LOG_PRIO_ERR, "listener %.*s: poll: %m",
			    STR_ARG(p->conf->listeners[i]->name));
	}
}

static void
pool_thread_pause(struct pool_thread *pt, const char *why)
{
	const long long now = pt->thread.now_ms;
	long long last = pt->pool->shortage_ms;

	pool_thread_listen(pt, false);
	pt->resume_ms = pt->thread.now_ms + PAUSE_MS;
	if (now - last >= SHORTAGE_LOG_MS &&
	    atomic_compare_exchange_strong(&pt->pool->shortage_ms, &last, now))
		log_line(LOG_PRIO_WARNING,
		    "accepting pauses: %s; %lu of %lu "
		    "clients are connected",
		    why, pt->thread.live->connections,
		    pt->thread.live->max_connections);
}

static int
pool_thread_watch(struct thread *t, int fd, uint64_t token)
{
	return poller_add(&pool_thread_of(t)->poller, fd, token);
}

static void
pool_thread_post(struct thread *t, unsigned to, enum thread_message m,
    uint32_t arg)
{
	pool_tell(pool_thread_of(t)->pool, to, m, arg);
}

static void
pool_thread_ask(struct thread *t)
{
	const uint64_t one = 1;
	const ssize_t n = write(pool_thread_of(t)->pool->asking_fd, &one,
	    sizeof(one));

	(void)n; /* the counter is full: it was told already */
}

static void
pool_thread_retime(struct thread *t, struct client *c)
{
	timers_set(&pool_thread_of(t)->timers, c);
}

static void
pool_thread_forget(struct thread *t, struct client *c)
{
	timers_remove(&pool_thread_of(t)->timers, c);
}

/* A descriptor is free again. */
static void
pool_thread_closed(struct thread *t)
{
	struct pool_thread *pt = pool_thread_of(t);

	if (!pt->listening)
		pt->resume_ms = t->now_ms;
}

static void
pool_thread_shortage(struct thread *t)
{
	pool_thread_pause(pool_thread_of(t), strerror(errno));
}

static const struct thread_ops pool_thread_ops = {
	.watch = pool_thread_watch,
	.post = pool_thread_post,
	.ask = pool_thread_ask,
	.retime = pool_thread_retime,
	.forget = pool_thread_forget,
	.closed = pool_thread_closed,
	.shortage = pool_thread_shortage,
};

static int
pool_thread_used_up(const void *owner, uint64_t token)
{
	const struct pool_thread *pt = owner;

	return thread_used_up(&pt->thread, token);
}

int
pool_thread_open(struct pool_thread *pt, struct pool *p, unsigned index)
{
	pt->pool = p;
	pt->poller.fd = -1;
	timers_init(&pt->timers);
	if (mailbox_open(&pt->mailbox) == -1)
		return -1;
	if (poller_open(&pt->poller, pool_thread_used_up, pt) == -1)
		return -1;
	thread_init(&pt->thread, p->conf, p->live, &pool_thread_ops, index);
	pt->thread.owner = pt;
	pt->thread.count = p->count;
	pt->tick_ms = DEADLINE_NEVER;
	if (poller_add_listener(&pt->poller, pt->mailbox.fd,
		token_make(TOKEN_MAILBOX, 0, 0)) == -1)
		return -1;
	pool_thread_listen(pt, true);
	return 0;
}

void
pool_thread_close(struct pool_thread *pt)
{
	timers_release(&pt->timers);
	mailbox_close(&pt->mailbox);
	poller_close(&pt->poller);
}

/* The thread with the fewest connections; ourselves when none has clearly
 * less: to hand one over costs more than an eighth more of them. */
static unsigned
pool_thread_least(const struct pool_thread *pt)
{
	const struct pool *p = pt->pool;
	unsigned best = pt->thread.index;
	unsigned least = pt->thread.connections;

	least -= least / 8;
	for (unsigned i = 0; i < p->count; i++) {
		const unsigned n = p->thread[i].thread.connections;

		if (n < least) {
			least = n;
			best = i;
		}
	}
	return best;
}

static void
pool_thread_give(struct pool_thread *pt, int fd, const struct addr *peer,
    uint32_t listener)
{
	const unsigned to = pool_thread_least(pt);
	const struct mailbox_item item = { .kind = MAILBOX_CLIENT,
		.arg = listener,
		.fd = fd,
		.peer = *peer };

	if (to != pt->thread.index) {
		thread_expect(&pt->pool->thread[to].thread, 1);
		if (mailbox_put(&pt->pool->thread[to].mailbox, &item))
			return;
		thread_expect(&pt->pool->thread[to].thread, -1);
	}
	thread_expect(&pt->thread, 1);
	client_accept(&pt->thread, fd, peer, listener);
}

/* A disabled listener accepts and closes (A.6 #7). */
static void
pool_thread_refuse(struct pool_thread *pt, int fd, uint32_t listener)
{
	close(fd);
	live_give_place(pt->thread.live);
	counter_add(&pt->thread.counter->listener[listener].refused, 1);
}

/* A listening socket is ready: whoever is told accepts. true: perhaps
 * there are more. */
static bool
worker_accept(struct pool_thread *pt, uint32_t listener)
{
	struct live *live = pt->thread.live;
	struct addr peer;

	for (unsigned i = 0; i < ACCEPT_MAX && pt->listening; i++) {
		int fd;

		if (!live_take_place(live)) {
			pool_thread_pause(pt, "MaxConnections is reached");
			return false;
		}
		fd = sock_accept(pt->pool->listen_fd[listener], &peer);
		if (fd == -1) {
			live_give_place(live);
			if (errno == EMFILE || errno == ENFILE ||
			    errno == ENOBUFS || errno == ENOMEM)
				pool_thread_pause(pt, strerror(errno));
			return false;
		}
		if (live->listener[listener].disabled)
			pool_thread_refuse(pt, fd, listener);
		else
			pool_thread_give(pt, fd, &peer, listener);
	}
	return pt->listening;
}

/* Of connections that one thread was told of, no other one will be told. */
static void
pool_thread_take_backlogs(struct pool_thread *pt)
{
	for (size_t i = 0; i < pt->pool->conf->listener_count; i++)
		for (unsigned n = 0; n < SOCK_BACKLOG; n += ACCEPT_MAX)
			if (!worker_accept(pt, (uint32_t)i))
				break;
}

/* What stands in the backlog is still served. */
static void
pool_thread_leave(struct pool_thread *pt)
{
	if (pt->left)
		return;
	pool_thread_take_backlogs(pt);
	pool_thread_listen(pt, false);
	pt->left = true;
	pt->pool->left++;
}

static void
pool_thread_obey(struct pool_thread *pt, enum thread_message m, uint32_t arg)
{
	if (m == THREAD_RETIRE || m == THREAD_DRAIN)
		pool_thread_leave(pt);
	thread_receive(&pt->thread, m, arg);
}

/* Messages found no room: look at everything they may have been about. */
static void
pool_thread_look_around(struct pool_thread *pt)
{
	struct thread *t = &pt->thread;

	for (size_t i = 0; i < t->conf->all_backend_count; i++) {
		thread_receive(t, THREAD_SLOT_FREE, (uint32_t)i);
		if (t->live->backend[i].waiting > 0)
			thread_receive(t, THREAD_SHED_IDLE, (uint32_t)i);
	}
	thread_receive(t, THREAD_NAME, 0);
	pool_thread_take_backlogs(pt);
	if (pt->pool->draining)
		pool_thread_obey(pt, THREAD_RETIRE, 0);
	if (pt->pool->impatient)
		pool_thread_obey(pt, THREAD_DRAIN, 0);
	if (pt->pool->cutting)
		thread_receive(t, THREAD_CUT_TUNNELS, 0);
}

static void
pool_thread_mail(struct pool_thread *pt)
{
	struct mailbox_item item;

	mailbox_quiet(&pt->mailbox);
	while (mailbox_take(&pt->mailbox, &item)) {
		if (item.kind == MAILBOX_CLIENT)
			client_accept(&pt->thread, item.fd, &item.peer,
			    item.arg);
		else if (item.kind == MAILBOX_ACCEPT)
			pool_thread_take_backlogs(pt);
		else
			pool_thread_obey(pt, (enum thread_message)item.message,
			    item.arg);
	}
	if (mailbox_lost(&pt->mailbox))
		pool_thread_look_around(pt);
}

static void
pool_thread_events(struct pool_thread *pt, int timeout_ms)
{
	struct poller_event events[POLLER_EVENTS];
	const int n = poller_wait(&pt->poller, events, timeout_ms);

	pt->thread.now_us = deadline_now_us();
	pt->thread.now_ms = pt->thread.now_us / 1000;
	for (int i = 0; i < n; i++) {
		const uint64_t token = events[i].token;

		switch (token_kind(token)) {
		case TOKEN_LISTENER:
			worker_accept(pt, (uint32_t)token);
			break;
		case TOKEN_MAILBOX:
			pool_thread_mail(pt);
			break;
		default:
			thread_event(&pt->thread, token, events[i].events);
		}
	}
}

/* Memory goes back to the system when a crowd has gone. */
static void
pool_thread_trim(struct pool_thread *pt)
{
	const unsigned now = pt->thread.connections;

	if (now > pt->peak)
		pt->peak = now;
	if (pt->peak == 0 || now > pt->peak / 2 ||
	    pt->thread.now_ms < pt->trim_ms)
		return;
	blocks_trim(&pt->thread.blocks);
	mem_trim();
	pt->trim_ms = pt->thread.now_ms + TRIM_MS;
	pt->peak = now;
}

static void
pool_thread_timers(struct pool_thread *pt)
{
	struct thread *t = &pt->thread;
	struct client *c;

	while ((c = timers_expired(&pt->timers, t->now_ms)) != NULL)
		thread_ready(t, c);
	if (t->now_ms >= pt->tick_ms)
		pt->tick_ms = thread_tick(t);
	else if (pt->tick_ms == DEADLINE_NEVER && thread_wants_tick(t))
		pt->tick_ms = thread_tick(t);
	if (!pt->listening && t->now_ms >= pt->resume_ms)
		pool_thread_listen(pt, true);
	pool_thread_trim(pt);
}

static void
pool_thread_turns(struct pool_thread *pt)
{
	struct client *c;

	for (unsigned i = 0; i < TURNS_MAX; i++) {
		c = thread_next(&pt->thread);
		if (c == NULL)
			return;
		client_turn(&pt->thread, c);
	}
}

static int
pool_thread_timeout(const struct pool_thread *pt)
{
	int64_t next = deadline_min(timers_next(&pt->timers), pt->tick_ms);

	if (pt->thread.ready_first != NULL)
		return 0;
	if (!pt->listening && !pt->pool->draining)
		next = deadline_min(next, pt->resume_ms);
	/* A trim that was put off. */
	if (pt->peak > 0 && pt->thread.connections <= pt->peak / 2)
		next = deadline_min(next, pt->trim_ms);
	return deadline_wait_ms(pt->thread.now_ms, next);
}

void *
pool_thread_run(void *argument)
{
	struct pool_thread *pt = argument;

	while (!pt->pool->stop) {
		pool_thread_events(pt, pool_thread_timeout(pt));
		pool_thread_timers(pt);
		pool_thread_turns(pt);
	}
	thread_release(&pt->thread);
	pattern_thread_release();
	log_thread_release();
	return NULL;
}
