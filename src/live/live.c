/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "live/live.h"

#include <stdatomic.h>

#include "base/mem.h"

/* Sessions that go while the lock is held, and how often it is taken for
 * one service: a million are gone within half a minute. */
#define LIVE_EXPIRE 64
#define LIVE_EXPIRE_TURNS 256

static struct session_table *
live_sessions_new(const struct live *l, const struct conf_service *conf)
{
	if (conf->session.type == CONF_SESSION_NONE || conf->session.ttl_ms < 0)
		return NULL;
	return session_table_new(conf, l->backend);
}

struct live *
live_new(const struct conf *conf)
{
	struct live *l = mem_alloc(sizeof(*l));

	l->conf = conf;
	counter_all_init(&l->counters, conf);
	names_init(&l->names, conf);
	l->backend = mem_alloc(
	    (conf->all_backend_count + 1) * sizeof(*l->backend));
	l->service = mem_alloc(
	    (conf->all_service_count + 1) * sizeof(*l->service));
	l->listener = mem_alloc(
	    (conf->listener_count + 1) * sizeof(*l->listener));
	for (size_t i = 0; i < conf->all_backend_count; i++)
		backend_init(&l->backend[i], conf->all_backends[i]);
	for (size_t i = 0; i < conf->all_service_count; i++) {
		l->service[i].conf = conf->all_services[i];
		l->service[i].sessions = live_sessions_new(l,
		    conf->all_services[i]);
		l->service[i].disabled = conf->all_services[i]->disabled;
	}
	for (size_t i = 0; i < conf->listener_count; i++)
		l->listener[i].conf = conf->listeners[i];
	return l;
}

void
live_free(struct live *l)
{
	counter_all_release(&l->counters);
	names_release(&l->names);
	for (size_t i = 0; i < l->conf->all_service_count; i++)
		session_table_free(l->service[i].sessions);
	mem_free(l->backend);
	mem_free(l->service);
	mem_free(l->listener);
	mem_free(l);
}

bool
live_take_place(struct live *l)
{
	if (atomic_fetch_add(&l->connections, 1) < l->max_connections)
		return true;
	live_give_place(l);
	return false;
}

void
live_give_place(struct live *l)
{
	atomic_fetch_sub(&l->connections, 1);
}

void
live_expire(struct live *l, int64_t now_ms)
{
	for (size_t i = 0; i < l->conf->all_service_count; i++) {
		struct session_table *table = l->service[i].sessions;
		int turns = LIVE_EXPIRE_TURNS;

		while (table != NULL && turns-- > 0 &&
		    session_expire(table, LIVE_EXPIRE, now_ms))
			;
	}
}
