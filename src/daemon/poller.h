/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Waiting for descriptors: epoll behind a seam that another system's
 * poller can take. One a thread; only its owner touches it.
 */
#ifndef DAEMON_POLLER_H
#define DAEMON_POLLER_H

#include <stdint.h>

#include "base/attrs.h"

struct poller {
	int fd;
};

struct poller_event {
	uint64_t token;
	uint8_t events; /* enum conn_events */
};

#define POLLER_EVENTS 256

/* 0 or -1 with errno. */
MUST_USE int poller_open(struct poller *p);
void poller_close(struct poller *p);

/* A connection: edge-triggered, for everything, once for its life. */
MUST_USE int poller_add(struct poller *p, int fd, uint64_t token);
/* A listening socket or an eventfd: level-triggered; of several threads
 * that wait for the same listener few are woken. */
MUST_USE int poller_add_listener(struct poller *p, int fd, uint64_t token);
void poller_remove(struct poller *p, int fd);

/* Waits at most timeout_ms (-1: for ever); how many events there are. */
int poller_wait(struct poller *p, struct poller_event *events, int timeout_ms);

#endif
