/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The deadlines of one thread's clients: a heap with one lazy entry a
 * client. A deadline that moves later costs nothing: the entry is looked
 * at when it is due, and moved then.
 */
#ifndef DAEMON_TIMERS_H
#define DAEMON_TIMERS_H

#include <stdint.h>

#include "proxy/client.h"

struct timers {
	struct timers_entry {
		int64_t at_ms;
		struct client *client;
	} * heap;
	uint32_t count, room;
};

void timers_init(struct timers *t);
void timers_release(struct timers *t);

/* The client is parked until c->deadline_ms. */
void timers_set(struct timers *t, struct client *c);
void timers_remove(struct timers *t, struct client *c);

/* When the first entry is due. */
int64_t timers_next(const struct timers *t);
/* A client whose deadline has passed, taken off; NULL: none. */
struct client *timers_expired(struct timers *t, int64_t now_ms);

#endif
