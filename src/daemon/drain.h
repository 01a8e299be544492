/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How a worker comes to its end (design: run time, rule 10).
 *
 * Shutdown (HUP, INT): nobody is accepted, who is idle is let go, what is
 * begun may end within Grace.
 *
 * Retirement (reload): another worker accepts. Each connection is served
 * until it has had one more answer; one that says nothing stays until its
 * own time is over, or Grace. Exchanges take their time. A tunnel stays
 * until it ends, is silent for WSTimeOut, or DrainTime is over. The
 * supervisor may tell to hurry, when too many workers retire.
 *
 * Of the worker's main thread.
 */
#ifndef DAEMON_DRAIN_H
#define DAEMON_DRAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/pool.h"
#include "daemon/setup.h"
#include "live/live.h"

enum drain_kind { DRAIN_NONE, DRAIN_RETIREMENT, DRAIN_SHUTDOWN };

/* What is waited for no more; each includes those before it. */
enum drain_hurry {
	DRAIN_IDLE = 1, /* clients that say nothing */
	DRAIN_TUNNELS,
	DRAIN_ALL,
};

struct drain {
	struct setup *setup;
	struct live *live;
	struct pool *pool;
	enum drain_kind kind;
	unsigned hurried; /* enum drain_hurry, so far */
	bool left;	  /* no thread accepts any more */
	bool *gone;	  /* by listener: no other worker has it */
	int64_t begun_ms;
};

void drain_init(struct drain *d, struct setup *setup, struct live *live,
    struct pool *pool);
void drain_release(struct drain *d);

/* The first word counts; but a shutdown may follow a retirement. */
void drain_shut_down(struct drain *d, const char *why);
void drain_retire(struct drain *d);

/* Before drain_retire(): nobody else will accept on that listener. */
void drain_gone(struct drain *d, uint32_t listener);

void drain_hurry(struct drain *d, unsigned what);

/* What is due. true: all is over. */
MUST_USE bool drain_over(struct drain *d);

/* Milliseconds until it should be called again. */
MUST_USE int drain_wait_ms(const struct drain *d, int64_t now_ms);

#endif
