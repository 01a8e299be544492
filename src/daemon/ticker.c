/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/ticker.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/deadline.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/asker.h"
#include "daemon/health.h"
#include "daemon/resolver.h"

/* How soon a back-end that died is seen. */
#define LOOK_MS 250
/* A warning that is still true is said again. */
#define FOREIGN_MS ((int64_t)600 * 1000)

enum ticker_fd {
	TICKER_WAKE,
	TICKER_ASKING,	 /* a pool thread has a question */
	TICKER_RESOLVER, /* answers */
	TICKER_FDS,
};

struct ticker {
	struct lock_thread thread;
	struct live *live;
	int wake; /* eventfd: stop is set */
	atomic_bool stop;
	const struct listening *listening;
	int resolver;
	int asking_fd; /* of the pool */
	struct asker asker;
	struct health *health;
	struct pollfd *fds; /* by enum ticker_fd, then those of health */
	int64_t foreign_due_ms;
};

static void
repeat_warnings(struct ticker *t, int64_t now_ms)
{
	if (now_ms < t->foreign_due_ms || t->live->draining)
		return;
	t->foreign_due_ms = now_ms + FOREIGN_MS;
	listening_warn_foreign(t->listening);
}

static void
take_answers(struct ticker *t, int64_t now_ms)
{
	struct resolver_answer a;
	enum resolver_status status;

	while ((status = resolver_take(t->resolver, &a)) == RESOLVER_OK)
		if (!asker_answer(&t->asker, &a, now_ms))
			health_answer(t->health, &a, now_ms);
	if (status == RESOLVER_AGAIN)
		return;
	asker_lost(&t->asker, now_ms);
	health_lost(t->health, now_ms);
}

/* What is asked when is the asker's; here the event is used up. */
static void
take_bell(const struct ticker *t)
{
	uint64_t count;
	const ssize_t n = read(t->asking_fd, &count, sizeof(count));

	(void)n;
}

static void
fill_own(struct ticker *t)
{
	const bool asks = health_asks(t->health) || asker_asks(&t->asker);

	t->fds[TICKER_WAKE] = (struct pollfd){ .fd = t->wake,
		.events = POLLIN };
	t->fds[TICKER_ASKING] = (struct pollfd){ .fd = t->asking_fd,
		.events = POLLIN };
	t->fds[TICKER_RESOLVER] = (struct pollfd){
		.fd = asks ? t->resolver : -1,
		.events = POLLIN,
	};
}

static void
turn(struct ticker *t)
{
	const int64_t begun = deadline_now_ms();
	const int64_t due = deadline_min(begun + LOOK_MS,
	    health_begin(t->health, begun));
	struct pollfd *checks = t->fds + TICKER_FDS;
	const size_t n = health_fill(t->health, checks);
	int64_t now;

	asker_ask(&t->asker, begun);
	fill_own(t);
	if (poll(t->fds, TICKER_FDS + n, deadline_wait_ms(begun, due)) < 0)
		return;
	now = deadline_now_ms();
	if (t->fds[TICKER_ASKING].revents != 0)
		take_bell(t);
	if (t->fds[TICKER_RESOLVER].revents != 0)
		take_answers(t, now);
	health_finish(t->health, checks, n);
}

static void *
run(void *arg)
{
	struct ticker *t = arg;

	while (!t->stop) {
		turn(t);
		repeat_warnings(t, deadline_now_ms());
		live_expire(t->live, deadline_now_ms());
	}
	log_thread_release();
	return NULL;
}

static void
ticker_free(struct ticker *t)
{
	asker_close(&t->asker);
	health_free(t->health);
	mem_free(t->fds);
	if (t->wake >= 0)
		close(t->wake);
	mem_free(t);
}

struct ticker *
ticker_start(struct live *live, const struct listening *listening, int resolver,
    struct pool *pool)
{
	struct ticker *t = mem_alloc(sizeof(*t));
	int error;

	t->live = live;
	t->listening = listening;
	t->foreign_due_ms = deadline_now_ms() + FOREIGN_MS;
	t->resolver = resolver;
	t->asking_fd = pool_asking_fd(pool);
	asker_open(&t->asker, &live->names, pool, resolver);
	t->health = health_new(live, resolver);
	t->fds = mem_alloc(
	    (health_descriptors(t->health) + TICKER_FDS) * sizeof(*t->fds));
	t->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	error = t->wake < 0 ? errno : lock_thread_start(&t->thread, run, t);
	if (error == 0)
		return t;
	ticker_free(t);
	errno = error;
	return NULL;
}

void
ticker_stop(struct ticker *t)
{
	const uint64_t one = 1;

	t->stop = true;
	if (write(t->wake, &one, sizeof(one)) < 0)
		errno = 0; /* full: it wakes all the same */
	lock_thread_join(&t->thread);
	ticker_free(t);
}
