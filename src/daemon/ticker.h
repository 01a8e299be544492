/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The thread for what is due by the clock and belongs to no client: checks
 * of back-ends, names that did not resolve at start or come up later,
 * warnings that are repeated. One a worker.
 */
#ifndef DAEMON_TICKER_H
#define DAEMON_TICKER_H

#include "base/attrs.h"
#include "daemon/listening.h"
#include "daemon/pool.h"
#include "live/live.h"

struct ticker;

/* resolver: a pair of channel_open(), -1: there is none. What it points
 * to may be replaced at any time (dup3). The pool asks for names, and ends
 * later. NULL: errno. */
MUST_USE struct ticker *ticker_start(struct live *live,
    const struct listening *listening, int resolver, struct pool *pool);

/* Ends the thread, whatever it waits for, and frees all. */
void ticker_stop(struct ticker *t);

#endif
