/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "route/affinity.h"

static struct backend *
affinity_balance(const struct affinity_choice *c)
{
	return balance_choose(c->live, c->service, c->tried, c->random);
}

static bool
affinity_was_tried(const struct affinity_choice *c, const struct backend *b)
{
	return balance_was_tried(c->tried, c->service, b);
}

struct backend *
affinity_choose(struct affinity *a, const struct affinity_choice *c)
{
	struct session_table *table = c->live->service[c->service->id].sessions;
	struct backend *had, *next, *tied;

	if (table == NULL)
		return balance_hash(c->live, c->service, c->tried, a->key);
	if (a->known && c->busy)
		return affinity_balance(c);
	had = session_find(table, a->key, c->now_ms);
	if (had != NULL && !affinity_was_tried(c, had)) {
		a->known = true;
		return had;
	}
	next = affinity_balance(c);
	if (next == NULL || next->conf->emergency)
		return next;
	tied = session_bind(table, a->key, next, had, c->now_ms);
	a->known = tied != next;
	/* Another request of the same client was faster. */
	return affinity_was_tried(c, tied) ? next : tied;
}

void
affinity_use(const struct live *live, const struct conf_service *service,
    struct str key, struct backend *b, int64_t now_ms)
{
	struct session_table *table = live->service[service->id].sessions;

	if (table != NULL && !b->conf->emergency)
		session_bind(table, key, b, NULL, now_ms);
}
