/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "route/balance.h"

#include "base/check.h"

unsigned
balance_tried_words(const struct conf_service *service)
{
	return (
	    unsigned)((service->backend_count + service->emergency_count + 63) /
	    64);
}

static bool
balance_has_bit(const struct balance_tried *tried, size_t i)
{
	return tried->bits != NULL &&
	    (tried->bits[i / 64] & (UINT64_C(1) << (i % 64))) != 0;
}

/* The weight of ordinary back-end i at this moment; 0: cannot be chosen. */
static uint32_t
balance_weight(const struct live *live, const struct conf_service *service,
    const struct balance_tried *tried, size_t i)
{
	const struct conf_backend *conf = service->backends[i];

	if (!backend_usable(&live->backend[conf->id]) ||
	    balance_has_bit(tried, i))
		return 0;
	return conf->priority;
}

static struct backend *
balance_emergency(const struct live *live, const struct conf_service *service,
    const struct balance_tried *tried)
{
	for (size_t i = 0; i < service->emergency_count; i++) {
		struct backend *b = &live->backend[service->emergencies[i]->id];

		if (b->has_addr &&
		    !balance_has_bit(tried, service->backend_count + i))
			return b;
	}
	return NULL;
}

struct backend *
balance_choose(const struct live *live, const struct conf_service *service,
    const struct balance_tried *tried, struct hash_random *random)
{
	struct backend *last = NULL;
	uint32_t total = 0, r;

	for (size_t i = 0; i < service->backend_count; i++)
		total += balance_weight(live, service, tried, i);
	if (total == 0)
		return balance_emergency(live, service, tried);
	r = hash_random_below(random, total);
	for (size_t i = 0; i < service->backend_count; i++) {
		const uint32_t w = balance_weight(live, service, tried, i);

		if (w == 0)
			continue;
		last = &live->backend[service->backends[i]->id];
		if (r < w)
			return last;
		r -= w;
	}
	/* A back-end died between the two walks: the last usable one. */
	if (last == NULL)
		return balance_emergency(live, service, tried);
	return last;
}

/* The golden ratio's bits: draws of one back-end are far apart. */
#define BALANCE_STEP UINT64_C(0x9e3779b97f4a7c15)

struct backend *
balance_hash(const struct live *live, const struct conf_service *service,
    const struct balance_tried *tried, struct str key)
{
	const uint64_t seed = hash_plain(key);
	struct backend *best = NULL;
	uint64_t highest = 0;

	for (size_t i = 0; i < service->backend_count; i++) {
		struct backend *b = &live->backend[service->backends[i]->id];
		const uint32_t w = balance_weight(live, service, tried, i);

		for (uint32_t n = 1; n <= w; n++) {
			const uint64_t draw = hash_mix(
			    seed ^ (b->hash + n * BALANCE_STEP));

			if (best != NULL && draw <= highest)
				continue;
			best = b;
			highest = draw;
		}
	}
	return best != NULL ? best : balance_emergency(live, service, tried);
}

static size_t
balance_bit(const struct conf_service *service, const struct backend *b)
{
	return b->conf->index +
	    (b->conf->emergency ? service->backend_count : 0);
}

bool
balance_was_tried(const struct balance_tried *tried,
    const struct conf_service *service, const struct backend *b)
{
	return balance_has_bit(tried, balance_bit(service, b));
}

void
balance_mark_tried(struct balance_tried *tried,
    const struct conf_service *service, const struct backend *b)
{
	const size_t i = balance_bit(service, b);

	check(tried->bits != NULL && i / 64 < tried->words);
	tried->bits[i / 64] |= UINT64_C(1) << (i % 64);
}
