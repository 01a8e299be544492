/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/check.h"
#include "base/mem.h"
#include "live/session_internal.h"

/*
 * Linear hashing. There are `buckets` of them, base <= buckets <= 2 base;
 * those below buckets - base have been split in two by one more bit of the
 * hash. More entries than buckets split the next one, few entries join the
 * last one with its other half again: never more than a chain moves.
 */

/* Joins for each session that goes: four buckets an entry are too many. */
#define SESSION_JOINS 4

static uint32_t *
segment_new(void)
{
	return mem_alloc(SESSION_SEGMENT * sizeof(uint32_t));
}

void
session_buckets_init(struct session_table *t)
{
	t->segment[0] = segment_new();
	t->buckets = t->base = SESSION_SEGMENT;
}

void
session_buckets_release(struct session_table *t)
{
	for (size_t i = 0; i < ARRAY_LEN(t->segment); i++)
		mem_free(t->segment[i]);
}

size_t
session_buckets_bytes(const struct session_table *t)
{
	const size_t segments = (t->buckets + SESSION_SEGMENT - 1) /
	    SESSION_SEGMENT;

	return segments * SESSION_SEGMENT * sizeof(uint32_t);
}

static uint32_t *
bucket_at(const struct session_table *t, uint32_t i)
{
	return &t->segment[i >> SESSION_SEGMENT_BITS]
			  [i & (SESSION_SEGMENT - 1)];
}

uint32_t *
session_bucket_of(const struct session_table *t, uint32_t hash)
{
	uint32_t i = hash & (2 * t->base - 1);

	if (i >= t->buckets)
		i -= t->base;
	return bucket_at(t, i);
}

/* What names the entry with that key, or the 0 where it could stand. */
uint32_t *
session_link_of(const struct session_table *t, const struct session_key *k)
{
	uint32_t *link = session_bucket_of(t, k->hash);

	while (*link != 0) {
		struct session_cell *e = session_cell_at(t, *link);

		if (session_key_is(t, e, k))
			break;
		link = &e->link;
	}
	return link;
}

uint32_t *
session_link_of_cell(const struct session_table *t, uint32_t i)
{
	uint32_t *link = session_bucket_of(t, session_cell_at(t, i)->hash);

	while (*link != i) {
		check(*link != 0);
		link = &session_cell_at(t, *link)->link;
	}
	return link;
}

void
session_buckets_grow(struct session_table *t)
{
	const uint32_t n = t->buckets;
	uint32_t *from, *to;

	if (t->count <= n || n == SESSION_BUCKETS_MAX)
		return;
	if (n == 2 * t->base)
		t->base = n;
	if ((n & (SESSION_SEGMENT - 1)) == 0)
		t->segment[n >> SESSION_SEGMENT_BITS] = segment_new();
	t->buckets = n + 1;
	from = bucket_at(t, n - t->base);
	to = bucket_at(t, n);
	while (*from != 0) {
		const uint32_t i = *from;
		struct session_cell *e = session_cell_at(t, i);

		if ((e->hash & (2 * t->base - 1)) != n) {
			from = &e->link;
			continue;
		}
		*from = e->link;
		e->link = *to;
		*to = i;
	}
}

static bool
buckets_join(struct session_table *t)
{
	const uint32_t n = t->buckets - 1;
	uint32_t *to;

	if (t->buckets == SESSION_SEGMENT || t->count >= t->buckets / 4)
		return false;
	if (t->buckets == t->base)
		t->base /= 2;
	to = bucket_at(t, n - t->base);
	while (*to != 0)
		to = &session_cell_at(t, *to)->link;
	*to = *bucket_at(t, n);
	*bucket_at(t, n) = 0;
	t->buckets = n;
	if ((n & (SESSION_SEGMENT - 1)) == 0) {
		mem_free(t->segment[n >> SESSION_SEGMENT_BITS]);
		t->segment[n >> SESSION_SEGMENT_BITS] = NULL;
	}
	return true;
}

void
session_buckets_shrink(struct session_table *t)
{
	for (int n = 0; n < SESSION_JOINS && buckets_join(t); n++)
		;
}
