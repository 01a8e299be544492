/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/pool.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/check.h"
#include "base/compat.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/pool_internal.h"

#define POOL_THREADS_MIN 2

/* The quota of the cgroup in processors, rounded up; 0: none. */
static unsigned
pool_quota(void)
{
	FILE *f = fopen("/sys/fs/cgroup/cpu.max", "re");
	unsigned long quota, period;
	unsigned n = 0;

	if (f == NULL)
		return 0;
	/* "max 100000" when there is no quota. */
	if (fscanf(f, "%lu %lu", &quota, &period) == 2 && period > 0)
		n = (unsigned)((quota + period - 1) / period);
	fclose(f);
	return n;
}

unsigned
pool_processors(void)
{
	const unsigned quota = pool_quota();
	const unsigned n = compat_processors();

	return quota > 0 && quota < n ? quota : n;
}

static unsigned
pool_size(const struct conf *conf, unsigned processors)
{
	unsigned n = processors;

	if (n < POOL_THREADS_MIN)
		n = POOL_THREADS_MIN;
	if (n > conf->threads)
		n = conf->threads;
	return n > BACKEND_THREADS_MAX ? BACKEND_THREADS_MAX : n;
}

static void
pool_join(struct pool *p, unsigned started)
{
	p->stop = true;
	for (unsigned i = 0; i < started; i++)
		mailbox_ring(&p->thread[i].mailbox);
	for (unsigned i = 0; i < started; i++)
		check(pthread_join(p->thread[i].id, NULL) == 0);
}

static void
pool_free(struct pool *p, unsigned opened)
{
	for (unsigned i = 0; i < opened; i++)
		pool_thread_close(&p->thread[i]);
	if (p->asking_fd != -1)
		close(p->asking_fd);
	mem_free(p->thread);
	mem_free(p);
}

struct pool *
pool_start(const struct conf *conf, struct live *live, const int *listen_fd,
    unsigned processors)
{
	struct pool *p = mem_alloc(sizeof(*p));

	p->conf = conf;
	p->live = live;
	p->listen_fd = listen_fd;
	p->count = pool_size(conf, processors);
	p->shortage_ms = INT32_MIN;
	p->thread = mem_alloc(p->count * sizeof(*p->thread));
	p->asking_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (p->asking_fd == -1) {
		log_line(LOG_PRIO_ERR, "pool: %m");
		pool_free(p, 0);
		return NULL;
	}
	for (unsigned i = 0; i < p->count; i++) {
		if (pool_thread_open(&p->thread[i], p, i) == -1) {
			log_line(LOG_PRIO_ERR, "pool thread: %m");
			pool_free(p, i + 1);
			return NULL;
		}
	}
	for (unsigned i = 0; i < p->count; i++) {
		errno = pthread_create(&p->thread[i].id, NULL, pool_thread_run,
		    &p->thread[i]);
		if (errno != 0) {
			log_line(LOG_PRIO_ERR, "pool thread: %m");
			pool_join(p, i);
			pool_free(p, p->count);
			return NULL;
		}
	}
	return p;
}

void
pool_tell(struct pool *p, unsigned thread, enum thread_message m, uint32_t arg)
{
	const struct mailbox_item item = { .kind = MAILBOX_MESSAGE,
		.message = (int)m,
		.arg = arg,
		.fd = -1 };

	if (thread < p->count)
		mailbox_put(&p->thread[thread].mailbox, &item);
}

int
pool_asking_fd(const struct pool *p)
{
	return p->asking_fd;
}

static void
pool_tell_all(struct pool *p, enum thread_message m)
{
	for (unsigned i = 0; i < p->count; i++)
		pool_tell(p, i, m, 0);
}

void
pool_retire(struct pool *p)
{
	p->draining = true;
	pool_tell_all(p, THREAD_RETIRE);
}

void
pool_drain(struct pool *p)
{
	p->draining = p->impatient = true;
	pool_tell_all(p, THREAD_DRAIN);
}

void
pool_accept(struct pool *p)
{
	const struct mailbox_item item = { .kind = MAILBOX_ACCEPT, .fd = -1 };

	mailbox_put(&p->thread[0].mailbox, &item);
}

void
pool_cut_tunnels(struct pool *p)
{
	p->cutting = true;
	pool_tell_all(p, THREAD_CUT_TUNNELS);
}

bool
pool_left(const struct pool *p)
{
	return p->left == p->count;
}

unsigned long
pool_connections(const struct pool *p)
{
	return p->live->connections;
}

void
pool_stop(struct pool *p)
{
	pool_join(p, p->count);
	pool_free(p, p->count);
}

unsigned
pool_threads(const struct pool *p)
{
	return p->count;
}
