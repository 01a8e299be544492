/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Numbered places for objects of one thread. Each use of a place has a
 * generation, so that an event for an object that is gone, fetched before
 * it went, finds nothing. The table grows by doubling up to max; the
 * objects are the caller's.
 */
#ifndef PROXY_SLOTS_H
#define PROXY_SLOTS_H

#include <stdint.h>

#include "base/attrs.h"

struct slots_place {
	void *object;	     /* NULL: free */
	uint32_t generation; /* rises with each use */
	uint32_t next_free;
};

struct slots {
	struct slots_place *place;
	uint32_t room, used, max;
	uint32_t free; /* first free place, SLOTS_NONE: none */
};

#define SLOTS_NONE UINT32_MAX

void slots_init(struct slots *s, uint32_t max);
void slots_release(struct slots *s);

/* A place for object, or SLOTS_NONE when max are in use. */
MUST_USE uint32_t slots_add(struct slots *s, void *object,
    uint32_t *generation);
void slots_remove(struct slots *s, uint32_t slot);

/* The object, or NULL when it is gone. */
void *slots_find(const struct slots *s, uint32_t slot, uint32_t generation);

#endif
