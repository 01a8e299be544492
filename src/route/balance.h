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

void balance_mark_tried(struct balance_tried *tried,
    const struct conf_service *service, const struct backend *b);

#endif
