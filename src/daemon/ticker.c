/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/ticker.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>
#include <unistd.h>

#include <sys/eventfd.h>

#include "base/deadline.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/health.h"

/* How soon a back-end that died is seen. */
#define LOOK_MS 250
/* A warning that is still true is said again. */
#define FOREIGN_MS ((int64_t)600 * 1000)

struct ticker {
	struct lock_thread thread;
	struct live *live;
	int wake; /* eventfd: stop is set */
	atomic_bool stop;
	const struct listening *listening;
	struct health *health;
	struct pollfd *fds; /* the wake-up, then those of health */
	int64_t foreign_due_ms;
};

static void
repeat_warnings(struct ticker *t, int64_t now_ms)
{
	if (now_ms < t->foreign_due_ms)
		return;
	t->foreign_due_ms = now_ms + FOREIGN_MS;
	listening_warn_foreign(t->listening);
}

static void *
run(void *arg)
{
	struct ticker *t = arg;

	while (!t->stop) {
		const int64_t now = deadline_now_ms();
		const int64_t due = deadline_min(now + LOOK_MS,
		    health_begin(t->health, now));
		const size_t n = health_fill(t->health, t->fds + 1);

		t->fds[0] = (struct pollfd){ .fd = t->wake, .events = POLLIN };
		(void)poll(t->fds, n + 1, deadline_wait_ms(now, due));
		health_finish(t->health, t->fds + 1, n, deadline_now_ms());
		repeat_warnings(t, deadline_now_ms());
		live_expire(t->live, deadline_now_ms());
	}
	log_thread_release();
	return NULL;
}

static void
ticker_free(struct ticker *t)
{
	health_free(t->health);
	mem_free(t->fds);
	if (t->wake >= 0)
		close(t->wake);
	mem_free(t);
}

struct ticker *
ticker_start(struct live *live, const struct listening *listening, int resolver)
{
	struct ticker *t = mem_alloc(sizeof(*t));
	int error;

	t->live = live;
	t->listening = listening;
	t->foreign_due_ms = deadline_now_ms() + FOREIGN_MS;
	t->health = health_new(live, resolver);
	t->fds = mem_alloc(
	    (health_descriptors(t->health) + 1) * sizeof(*t->fds));
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
