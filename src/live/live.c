/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "live/live.h"

#include "base/mem.h"

struct live *
live_new(const struct conf *conf)
{
	struct live *l = mem_alloc(sizeof(*l));

	l->conf = conf;
	counters_init(&l->counters, conf);
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
		l->service[i].disabled = conf->all_services[i]->disabled;
	}
	for (size_t i = 0; i < conf->listener_count; i++)
		l->listener[i].conf = conf->listeners[i];
	return l;
}

void
live_free(struct live *l)
{
	counters_release(&l->counters);
	mem_free(l->backend);
	mem_free(l->service);
	mem_free(l->listener);
	mem_free(l);
}
