/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a service manager is told (sd_notify(3), without its library) when
 * NOTIFY_SOCKET names where, and what it hands over: sockets that it made
 * (LISTEN_FDS, LISTEN_PID). Otherwise all of it does nothing.
 *
 * Only the process whose number the manager knows speaks. Nothing waits
 * for the manager.
 */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

#include <stdint.h>

#include "base/attrs.h"
#include "daemon/listening.h"

struct notify {
	int fd;		     /* -1: nobody wants to know */
	int64_t watchdog_ms; /* a sign of life that often; 0: never */
	int64_t due_ms;	     /* the next one */
};

/* Reads the environment; before there is a jail. */
void notify_open(struct notify *n);
/* This process (a worker) has nothing to say. */
void notify_close(struct notify *n);

/* Each with one line of what is going on, as printf(3). */
void notify_ready(const struct notify *n, const char *fmt, ...)
    PRINTF_LIKE(2, 3);
void notify_reloading(const struct notify *n, const char *fmt, ...)
    PRINTF_LIKE(2, 3);
void notify_stopping(const struct notify *n, const char *fmt, ...)
    PRINTF_LIKE(2, 3);
void notify_status(const struct notify *n, const char *fmt, ...)
    PRINTF_LIKE(2, 3);

/* A sign of life, if it is due. When to call again. */
int64_t notify_alive(struct notify *n, int64_t now_ms);

/* Names are looked up now, which may take longer than the manager waits for
 * a sign of life; and that is over, also in another image of this process. */
void notify_busy(const struct notify *n);
void notify_not_busy(const struct notify *n);

/* The sockets that were handed over, the caller's now; none if they are not
 * for this process. */
void notify_sockets(struct listening *l);

#endif
