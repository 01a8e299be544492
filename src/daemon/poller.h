/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Waiting for descriptors. One a thread; only its owner touches it.
 *
 * Two implementations, of which configure takes one (--with-poller):
 * poller_epoll, and poller_poll for systems without it. What the one has
 * from the kernel, edges, the other makes of levels: it looks only for
 * what the owner says to have used up.
 */
#ifndef DAEMON_POLLER_H
#define DAEMON_POLLER_H

#include <stdint.h>

#include "base/attrs.h"

struct poller_table; /* of poller_poll */

/* CONN_READ and CONN_WRITE that were told and are used up: to be told
 * again. -1: the descriptor of that token is closed. */
typedef int poller_used_up(const void *owner, uint64_t token);

struct poller {
	int fd; /* of epoll */
	struct poller_table *table;
	poller_used_up *used_up;
	const void *owner; /* for used_up */
};

struct poller_event {
	uint64_t token;
	uint8_t events; /* enum conn_events */
};

#define POLLER_EVENTS 256

/* 0 or -1 with errno. */
MUST_USE int poller_open(struct poller *p, poller_used_up *used_up,
    const void *owner);
void poller_close(struct poller *p);

/* A connection: edge-triggered, for everything, once for its life; closing
 * it removes it. */
MUST_USE int poller_add(struct poller *p, int fd, uint64_t token);
/* A listening socket or an eventfd: level-triggered; of several threads
 * that wait for the same listener few are woken. */
MUST_USE int poller_add_listener(struct poller *p, int fd, uint64_t token);
void poller_remove(struct poller *p, int fd);

/* Waits at most timeout_ms (-1: for ever); how many events there are. */
int poller_wait(struct poller *p, struct poller_event *events, int timeout_ms);

#endif
