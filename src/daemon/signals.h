/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Signals as something to poll. A process that waits for them blocks them
 * first and forks or starts threads then, so that they reach nobody else.
 * SIGPIPE and SIGUSR1 are ignored in every process of Pound.
 */
#ifndef DAEMON_SIGNALS_H
#define DAEMON_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

#include "base/attrs.h"

/* Until signals_open(): HUP, INT, TERM and QUIT end the process with exit
 * status 0, for there is nothing yet to tidy up. USR2 waits until then. */
void signals_leave_at_once(void);

/*
 * Blocks HUP, INT, TERM, QUIT, USR2 and CHLD and makes a descriptor that
 * is readable while one is there: for the process that reads it, so one
 * forked later uses the same. -1: errno.
 */
MUST_USE int signals_open(void);

/* In a process where they are blocked already: waits for one that ends it;
 * false: none came in that time. */
bool signals_end_within(int ms);

/* The number of the next one, 0 when there is none. */
int signals_next(int fd);

/* Another image is executed in our place: what has come, and what comes, is
 * pending then. Should it fail, before is the mask to be set again. */
void signals_hand_on(int fd, sigset_t *before);

/* What the system does by itself: for a process that does not wait. */
void signals_default(void);

#endif
