/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 *              due                 has an address
 *     CHECK_IDLE --> ask or connect --------------> CHECK_CONNECTING
 *         ^            |         ^                        |      ^
 *         |            v         | answer         EAGAIN  v      | 20 ms
 *         |       CHECK_ASKING --+                   CHECK_PAUSED
 *         |            |                                  |
 *         +--- late ---+------ connected, failed, late ---+
 */
#include "daemon/health.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/mem.h"
#include "daemon/resolver.h"
#include "net/sock.h"

/* A UNIX socket with a full backlog is tried again so soon (A.3 #8). */
#define PAUSE_MS 20
/* A resolver that is gone is looked for again so soon. */
#define RESOLVER_PAUSE_MS 1000

enum check_state {
	CHECK_IDLE,
	CHECK_ASKING,	  /* the resolver has our question */
	CHECK_CONNECTING, /* fd becomes writable */
	CHECK_PAUSED,	  /* until retry_ms */
};

struct check {
	struct backend *backend;
	enum check_state state;
	struct addr ha; /* of HAport; len 0: none, or not known yet */
	int fd;
	int64_t due_ms;	   /* of the next check; DEADLINE_NEVER: none */
	int64_t late_ms;   /* the one that runs is given up */
	int64_t retry_ms;  /* CHECK_PAUSED */
	uint64_t question; /* 0: it is beyond names */
};

struct health {
	struct check *checks;
	struct check **polled; /* of each entry */
	size_t count;
	int64_t alive_ms;
	int resolver;
	uint64_t questions;
};

/* A Redirect cannot be dead. */
static bool
is_checked(const struct conf_backend *c)
{
	return c->kind == CONF_REAL;
}

struct health *
health_new(struct live *live, int resolver)
{
	const struct conf *conf = live->conf;
	struct health *h = mem_alloc(sizeof(*h));

	h->alive_ms = conf->alive_ms;
	h->resolver = resolver;
	h->checks = mem_alloc(
	    (conf->all_backend_count + 1) * sizeof(*h->checks));
	h->polled = mem_alloc(
	    (conf->all_backend_count + 1) * sizeof(struct check *));
	for (size_t i = 0; i < conf->all_backend_count; i++) {
		const struct conf_backend *c = conf->all_backends[i];

		if (!is_checked(c))
			continue;
		h->checks[h->count++] = (struct check){
			.backend = &live->backend[c->id],
			.ha = c->ha_addr,
			.fd = -1,
			/* With HAport from the start on, else when dead. */
			.due_ms = c->ha ? 0 : DEADLINE_NEVER,
		};
	}
	return h;
}

/* Ends the check that runs. */
static void
become_idle(struct check *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->state = CHECK_IDLE;
}

void
health_free(struct health *h)
{
	for (size_t i = 0; i < h->count; i++)
		become_idle(&h->checks[i]);
	mem_free(h->checks);
	mem_free(h->polled);
	mem_free(h);
}

size_t
health_descriptors(const struct health *h)
{
	return h->count;
}

static void
succeed(struct check *c)
{
	become_idle(c);
	if (!c->backend->alive)
		backend_revive(c->backend);
}

/* A shortage of our own says nothing about the back-end. */
static void
fail(struct check *c, int error)
{
	char words[128];

	become_idle(c);
	if (!c->backend->conf->ha || !sock_error_is_peers(error))
		return;
	errno = error;
	snprintf(words, sizeof(words), "%m");
	backend_kill_ha(c->backend, words);
}

static void
pause_check(struct check *c, int64_t until_ms)
{
	become_idle(c);
	c->state = CHECK_PAUSED;
	c->retry_ms = until_ms;
}

static void
try_connect(struct check *c, const struct addr *to, int64_t now_ms)
{
	bool done;

	c->question = 0;
	c->fd = sock_connect(to, &done);
	if (c->fd < 0 && errno == EAGAIN)
		pause_check(c, now_ms + PAUSE_MS);
	else if (c->fd < 0)
		fail(c, errno);
	else if (done)
		succeed(c);
	else
		c->state = CHECK_CONNECTING;
}

static void
ask(struct health *h, struct check *c, struct str name, uint16_t port,
    int64_t now_ms)
{
	if (h->resolver < 0) {
		become_idle(c);
		return;
	}
	c->question = ++h->questions;
	if (resolver_ask(h->resolver, c->question, name, port, AF_UNSPEC) == 0)
		c->state = CHECK_ASKING;
	else
		pause_check(c, now_ms + RESOLVER_PAUSE_MS);
}

/* The next step of a check that runs: what is known decides. */
static void
go_on(struct health *h, struct check *c, int64_t now_ms)
{
	struct backend *b = c->backend;
	const struct conf_backend *conf = b->conf;

	if (!b->has_addr) {
		ask(h, c, conf->address, conf->port, now_ms);
		return;
	}
	if (conf->emergency) {
		succeed(c); /* only its name was missing (B.6.2) */
		return;
	}
	if (conf->ha && c->ha.len == 0 && !str_empty(conf->ha_text)) {
		ask(h, c, conf->ha_text, conf->ha_port, now_ms);
		return;
	}
	if (conf->ha && c->ha.len == 0) {
		c->ha = b->addr;
		addr_set_port(&c->ha, conf->ha_port);
	}
	try_connect(c, conf->ha ? &c->ha : &b->addr, now_ms);
}

static void
start(struct health *h, struct check *c, int64_t now_ms)
{
	const int64_t lasts_ms = deadline_min(c->backend->conf->connect_ms,
	    h->alive_ms);

	c->late_ms = now_ms + lasts_ms;
	c->due_ms = now_ms + h->alive_ms;
	go_on(h, c, now_ms);
}

/* When it is next to be done, seen from what became of the back-end. */
static void
plan(const struct health *h, struct check *c, int64_t now_ms)
{
	const struct backend *b = c->backend;

	if (b->conf->ha && !b->conf->emergency)
		return;
	if (b->alive)
		c->due_ms = DEADLINE_NEVER;
	else if (c->due_ms == DEADLINE_NEVER)
		c->due_ms = now_ms + h->alive_ms;
}

static int64_t
look_at(struct health *h, struct check *c, int64_t now_ms)
{
	if (c->state != CHECK_IDLE && now_ms >= c->late_ms) {
		if (c->question != 0)
			become_idle(c); /* a late name tells nothing of it */
		else
			fail(c, ETIMEDOUT);
	} else if (c->state == CHECK_PAUSED && now_ms >= c->retry_ms) {
		go_on(h, c, now_ms);
	}
	if (c->state == CHECK_IDLE) {
		plan(h, c, now_ms);
		if (now_ms >= c->due_ms)
			start(h, c, now_ms);
	}
	if (c->state == CHECK_IDLE)
		return c->due_ms;
	if (c->state == CHECK_PAUSED)
		return deadline_min(c->late_ms, c->retry_ms);
	return c->late_ms;
}

int64_t
health_begin(struct health *h, int64_t now_ms)
{
	int64_t next = DEADLINE_NEVER;

	for (size_t i = 0; i < h->count; i++)
		next = deadline_min(next, look_at(h, &h->checks[i], now_ms));
	return next;
}

size_t
health_fill(struct health *h, struct pollfd *fds)
{
	size_t n = 0;

	for (size_t i = 0; i < h->count; i++) {
		struct check *c = &h->checks[i];

		if (c->state != CHECK_CONNECTING)
			continue;
		h->polled[n] = c;
		fds[n++] = (struct pollfd){ .fd = c->fd, .events = POLLOUT };
	}
	return n;
}

bool
health_asks(const struct health *h)
{
	for (size_t i = 0; i < h->count; i++)
		if (h->checks[i].state == CHECK_ASKING)
			return true;
	return false;
}

void
health_answer(struct health *h, const struct resolver_answer *a, int64_t now_ms)
{
	for (size_t i = 0; i < h->count; i++) {
		struct check *c = &h->checks[i];

		if (c->state != CHECK_ASKING || c->question != a->id)
			continue;
		if (a->addr.len == 0) {
			become_idle(c);
			return;
		}
		if (!c->backend->has_addr)
			backend_set_addr(c->backend, &a->addr);
		else
			c->ha = a->addr;
		go_on(h, c, now_ms);
		return;
	}
}

void
health_lost(struct health *h, int64_t now_ms)
{
	for (size_t i = 0; i < h->count; i++)
		if (h->checks[i].state == CHECK_ASKING)
			pause_check(&h->checks[i], now_ms + RESOLVER_PAUSE_MS);
}

void
health_finish(struct health *h, const struct pollfd *fds, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct check *c = h->polled[i];
		int error;

		if (fds[i].revents == 0)
			continue;
		error = sock_connect_result(c->fd);
		if (error == 0)
			succeed(c);
		else
			fail(c, error);
	}
}
