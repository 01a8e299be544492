/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 *	NONE --retire--> RETIREMENT --hurry, Grace, DrainTime--> over
 *	   `--shut down--> SHUTDOWN <--' shut down      Grace --^
 *
 * In both: first the threads stop accepting, then connections that come
 * for sockets of ours alone are refused, then the count goes to zero.
 */
#include "daemon/drain.h"

#include "base/deadline.h"
#include "base/log.h"
#include "base/mem.h"

/* How soon the end of the last connection is seen: in the first moments,
 * and later. */
#define LOOK_MS 10
#define LOOK_LATER_MS 200
#define EAGER_MS 1000

void
drain_init(struct drain *d, struct setup *setup, struct live *live,
    struct pool *pool)
{
	*d = (struct drain){ .setup = setup, .live = live, .pool = pool };
	d->gone = mem_alloc((setup->listening.count + 1) * sizeof(*d->gone));
}

void
drain_release(struct drain *d)
{
	mem_free(d->gone);
	d->gone = NULL;
}

void
drain_shut_down(struct drain *d, const char *why)
{
	const int64_t grace_ms = d->setup->conf->grace_ms;

	if (d->kind == DRAIN_SHUTDOWN)
		return;
	log_line(LOG_PRIO_NOTICE,
	    "%s: shutting down; %lu connections have up to %lld s", why,
	    pool_connections(d->pool), (long long)(grace_ms / 1000));
	for (size_t i = 0; i < d->setup->listening.count; i++)
		d->gone[i] = true;
	d->kind = DRAIN_SHUTDOWN;
	d->begun_ms = deadline_now_ms();
	d->live->draining = true;
	pool_drain(d->pool);
}

void
drain_retire(struct drain *d)
{
	if (d->kind != DRAIN_NONE)
		return;
	d->kind = DRAIN_RETIREMENT;
	d->begun_ms = deadline_now_ms();
	d->live->draining = true;
	pool_retire(d->pool);
}

void
drain_gone(struct drain *d, uint32_t listener)
{
	if (listener < d->setup->listening.count)
		d->gone[listener] = true;
}

void
drain_hurry(struct drain *d, unsigned what)
{
	if (d->kind == DRAIN_NONE || what <= d->hurried)
		return;
	if (d->hurried < DRAIN_IDLE)
		pool_drain(d->pool);
	if (d->hurried < DRAIN_TUNNELS && what >= DRAIN_TUNNELS)
		pool_cut_tunnels(d->pool);
	d->hurried = what;
}

/* Connections are refused where nobody would accept them; elsewhere the
 * sockets are another worker's. */
static void
leave(struct drain *d)
{
	struct listening *l = &d->setup->listening;

	if (d->left || !pool_left(d->pool))
		return;
	d->left = true;
	for (size_t i = 0; i < l->count; i++)
		if (d->gone[i])
			listening_stop(l, i);
	listening_forget(l);
	if (d->kind == DRAIN_RETIREMENT)
		log_line(LOG_PRIO_NOTICE,
		    "another worker serves now; %lu connections are served "
		    "to their end here",
		    pool_connections(d->pool));
}

static bool
retirement_over(struct drain *d, int64_t age_ms)
{
	const struct conf *conf = d->setup->conf;

	if (age_ms >= conf->grace_ms)
		drain_hurry(d, DRAIN_IDLE);
	if (age_ms >= conf->drain_ms)
		drain_hurry(d, DRAIN_TUNNELS);
	if (d->hurried < DRAIN_ALL)
		return false;
	log_line(LOG_PRIO_NOTICE,
	    "too many workers are at their end: %lu connections are cut",
	    pool_connections(d->pool));
	return true;
}

bool
drain_over(struct drain *d)
{
	const int64_t age_ms = deadline_now_ms() - d->begun_ms;

	if (d->kind == DRAIN_NONE)
		return false;
	leave(d);
	if (d->left && pool_connections(d->pool) == 0)
		return true;
	if (d->kind == DRAIN_RETIREMENT)
		return retirement_over(d, age_ms);
	if (age_ms < d->setup->conf->grace_ms)
		return false;
	log_line(LOG_PRIO_NOTICE,
	    "grace period expired: %lu connections are cut",
	    pool_connections(d->pool));
	return true;
}

int
drain_wait_ms(const struct drain *d, int64_t now_ms)
{
	return now_ms - d->begun_ms < EAGER_MS || d->kind == DRAIN_SHUTDOWN
	    ? LOOK_MS
	    : LOOK_LATER_MS;
}
