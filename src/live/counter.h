/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is counted while Pound serves. Each pool thread has a block of its
 * own, made before the threads are, and is the only one that writes to it;
 * who wants a number adds up all blocks, at any time, from any thread. A
 * request pays a few loads and stores for it.
 *
 * What is begun and not yet ended is going on: so there are no gauges that
 * two threads would have to share.
 */
#ifndef LIVE_COUNTER_H
#define LIVE_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attrs.h"
#include "base/outcome.h"
#include "conf/conf.h"
#include "live/counter_add.h"
#include "live/histogram.h"

#define COUNTER_BLOCKS_MAX 65 /* threads, and the worker before */
#define COUNTER_CLASSES 5     /* 1xx to 5xx */

struct counter_listener {
	_Atomic uint64_t accepted;
	_Atomic uint64_t closed;  /* of the accepted ones */
	_Atomic uint64_t refused; /* closed unserved: disabled, or no room */
	_Atomic uint64_t empty;	  /* closed by the client without a byte */
	_Atomic uint64_t handshakes, handshake_failures; /* TLS */
};

/* Of a service, and of a back-end of a service. Bytes are those of bodies
 * and tunnels. */
struct counter_traffic {
	_Atomic uint64_t begun, ended;		       /* requests */
	_Atomic uint64_t tunnels_begun, tunnels_ended; /* of them */
	_Atomic uint64_t answers[COUNTER_CLASSES];
	_Atomic uint64_t connect_failures;
	_Atomic uint64_t bytes_in;  /* from clients */
	_Atomic uint64_t bytes_out; /* to clients */
	struct histogram first_byte;
};

/* The block of a thread. */
struct counter {
	struct counter_listener *listener; /* by id */
	struct counter_traffic *service;   /* by id */
	struct counter_traffic *backend;   /* by id */
	_Atomic uint64_t outcome[OUTCOME_COUNT];
	_Atomic uint64_t ready;	  /* connections that wait for the thread */
	_Atomic uint64_t running; /* 1 while it works on one */
};

/* All blocks of a worker. */
struct counters {
	const struct conf *conf;
	struct counter *block[COUNTER_BLOCKS_MAX];
	unsigned count;
};

void counter_all_init(struct counters *c, const struct conf *conf);
void counter_all_release(struct counters *c);
/* The block of the next thread: before any of them runs. */
MUST_USE struct counter *counter_new(struct counters *c);

/* An answer with this status; none with 0. */
static inline void
counter_answer(struct counter_traffic *t, int status)
{
	if (status >= 100 && status < 600)
		counter_add(&t->answers[status / 100 - 1], 1);
}

/* Sums, of any thread; each call adds to what the caller gives. */
struct counter_connections {
	uint64_t accepted, refused, empty, active;
	uint64_t handshakes, handshake_failures;
};
struct counter_sum {
	uint64_t requests, active;
	uint64_t tunnels, tunnels_active;
	uint64_t answers[COUNTER_CLASSES];
	uint64_t connect_failures, bytes_in, bytes_out;
	struct histogram_sum first_byte;
};
void counter_sum_listener(const struct counters *c, unsigned id,
    struct counter_connections *sum);
void counter_sum_service(const struct counters *c, unsigned id, int64_t now_ms,
    struct counter_sum *sum);
void counter_sum_backend(const struct counters *c, unsigned id, int64_t now_ms,
    struct counter_sum *sum);
uint64_t counter_sum_outcome(const struct counters *c, enum outcome o);
uint64_t counter_sum_ready(const struct counters *c);
uint64_t counter_sum_running(const struct counters *c);

#endif
