/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdatomic.h>

#include "live/backend.h"

#include "base/check.h"
#include "base/hash.h"
#include "base/log.h"

/* MaxConn's queue holds this many times MaxConn (A.1 #21). */
#define QUEUE_FACTOR 10

void
backend_init(struct backend *b, const struct conf_backend *conf)
{
	*b = (struct backend){ .conf = conf, .gentle_minute = -1 };
	b->addr = conf->addr;
	b->has_addr = conf->addr.len != 0;
	b->alive = conf->kind == CONF_REDIRECT || conf->addr.len != 0;
	b->disabled = conf->disabled && !conf->emergency;
	b->hash = conf->kind == CONF_REDIRECT
	    ? hash_plain(conf->redirect_text)
	    : hash_mix(hash_plain(conf->address) + conf->port);
}

/* From alive to dead exactly once, whichever thread saw it first. */
static bool
backend_mark_dead(struct backend *b)
{
	bool was = true;

	if (!atomic_compare_exchange_strong(&b->alive, &was, false))
		return false;
	atomic_fetch_add(&b->epoch, 1);
	return true;
}

void
backend_kill(struct backend *b, const char *reason)
{
	const struct str name = b->conf->name;

	/* The Emergency has no state (B.6.2). */
	if (b->conf->emergency || b->conf->ha)
		return;
	if (backend_mark_dead(b))
		log_line(LOG_PRIO_NOTICE,
		    "BackEnd %.*s dead (killed): connect failed: %s",
		    STR_ARG(name), reason);
}

void
backend_kill_ha(struct backend *b, const char *reason)
{
	const struct str name = b->conf->name;

	if (backend_mark_dead(b))
		log_line(LOG_PRIO_NOTICE, "BackEnd %.*s is dead (HA): %s",
		    STR_ARG(name), reason);
}

void
backend_revive(struct backend *b)
{
	bool was = false;

	if (!b->has_addr)
		return;
	if (atomic_compare_exchange_strong(&b->alive, &was, true))
		log_line(LOG_PRIO_NOTICE, "BackEnd %.*s resurrect",
		    STR_ARG(b->conf->name));
}

void
backend_disable(struct backend *b, bool disabled)
{
	if (atomic_exchange(&b->disabled, disabled) != disabled)
		log_line(LOG_PRIO_NOTICE, "BackEnd %.*s %s",
		    STR_ARG(b->conf->name), disabled ? "disabled" : "enabled");
}

void
backend_set_addr(struct backend *b, const struct addr *addr)
{
	if (b->has_addr)
		return;
	b->addr = *addr;
	atomic_store_explicit(&b->has_addr, true, memory_order_release);
}

bool
backend_take_slot(struct backend *b, bool queued)
{
	unsigned open = b->open;

	if (b->conf->max_conn == 0) {
		atomic_fetch_add(&b->open, 1);
		return true;
	}
	if (!queued && b->waiting > 0)
		return false;
	while (open < b->conf->max_conn)
		if (atomic_compare_exchange_weak(&b->open, &open, open + 1))
			return true;
	return false;
}

int
backend_drop_slot(struct backend *b)
{
	const unsigned before = atomic_fetch_sub(&b->open, 1);
	uint64_t waiting;
	unsigned first;

	check(before > 0);
	waiting = b->waiting_threads;
	if (waiting == 0)
		return -1;
	/* Threads in turn: the first one at or after next_thread. */
	first = atomic_fetch_add(&b->next_thread, 1) % BACKEND_THREADS_MAX;
	for (unsigned i = 0; i < BACKEND_THREADS_MAX; i++) {
		const unsigned t = (first + i) % BACKEND_THREADS_MAX;

		if ((waiting & (UINT64_C(1) << t)) != 0) {
			b->next_thread = t + 1;
			return (int)t;
		}
	}
	return -1;
}

bool
backend_wait_begin(struct backend *b)
{
	if (atomic_fetch_add(&b->waiting, 1) < QUEUE_FACTOR * b->conf->max_conn)
		return true;
	atomic_fetch_sub(&b->waiting, 1);
	return false;
}

void
backend_wait_end(struct backend *b)
{
	const unsigned before = atomic_fetch_sub(&b->waiting, 1);

	check(before > 0);
}

void
backend_mark_waiting(struct backend *b, unsigned thread, bool waiting)
{
	const uint64_t bit = UINT64_C(1) << (thread % BACKEND_THREADS_MAX);

	if (waiting)
		atomic_fetch_or(&b->waiting_threads, bit);
	else
		atomic_fetch_and(&b->waiting_threads, ~bit);
}

bool
backend_notice_due(struct backend *b, int64_t now_ms)
{
	const long minute = (long)(now_ms / 60000);
	long last = b->gentle_minute;

	return last != minute &&
	    atomic_compare_exchange_strong(&b->gentle_minute, &last, minute);
}
