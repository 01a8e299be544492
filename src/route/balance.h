/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which back-end of a service: weighted random by Priority over those
 * that are alive and not disabled (B.6.1), then the Emergencies in order.
 */
#ifndef ROUTE_BALANCE_H
#define ROUTE_BALANCE_H

#include <stdint.h>

#include "base/hash.h"
#include "live/live.h"

/* Back-ends that this request has tried: bit per index within the
 * service, ordinary ones first, then the Emergencies. */
struct balance_tried {
	uint64_t *bits; /* NULL: none */
	unsigned words;
};

/* Words needed for a service. */
unsigned balance_tried_words(const struct conf_service *service);

/* The chosen one, never one that was tried, or NULL. */
struct backend *balance_choose(const struct live *live,
    const struct conf_service *service, const struct balance_tried *tried,
    struct hash_random *random);

/*
 * The one that a key belongs to, by nothing but the file and the key, so
 * that several Pounds agree (A.3 #5): weighted rendezvous hashing over the
 * usable ones that were not tried. Each has Priority draws,
 *
 *	hash_mix(hash_plain(key) ^ (b->hash + i * 0x9e3779b97f4a7c15))
 *
 * for i from 1 on; the highest of all wins, the first in the file if two
 * are equal. If there is none, an Emergency, or NULL.
 */
struct backend *balance_hash(const struct live *live,
    const struct conf_service *service, const struct balance_tried *tried,
    struct str key);

bool balance_was_tried(const struct balance_tried *tried,
    const struct conf_service *service, const struct backend *b);
void balance_mark_tried(struct balance_tried *tried,
    const struct conf_service *service, const struct backend *b);

#endif
