/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The live state of one back-end of one service: up or down, disabled or
 * not, connections open to it, requests that wait for one (MaxConn).
 * All fields are atomics; whoever reads alive and disabled decides for
 * itself and may be a moment late. Any thread.
 */
#ifndef LIVE_BACKEND_H
#define LIVE_BACKEND_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"
#include "net/addr.h"

#define BACKEND_THREADS_MAX 64

struct backend {
	const struct conf_backend *conf;
	uint64_t hash; /* of the address as written: the same everywhere */
	_Atomic bool alive;
	_Atomic bool disabled;
	_Atomic unsigned epoch;	  /* rises with each kill: voids sessions */
	_Atomic unsigned open;	  /* connections of this worker to it */
	_Atomic unsigned waiting; /* requests in the MaxConn queue */
	_Atomic uint64_t waiting_threads; /* bit per pool thread */
	_Atomic unsigned next_thread;	  /* whose turn a free slot is */
	/* Set once, when a late name resolved: then addr is constant. */
	_Atomic bool has_addr;
	struct addr addr;
	struct log_limit notices;   /* gentle cases, failed connects */
	_Atomic long gentle_minute; /* of the last NOTICE on a gentle answer */
};

void backend_init(struct backend *b, const struct conf_backend *conf);

static inline bool
backend_usable(const struct backend *b)
{
	return b->alive && !b->disabled;
}

/* A failed connect: dead now, once; logs "BackEnd {be} dead (killed)"
 * with the reason. With HAport nothing happens but the log line. */
void backend_kill(struct backend *b, const char *reason);
/* By the health check: "BackEnd {be} is dead (HA)". */
void backend_kill_ha(struct backend *b, const char *reason);
/* "BackEnd {be} resurrect" */
void backend_revive(struct backend *b);
void backend_disable(struct backend *b, bool disabled);

/* The resolver found the address of a late name. */
void backend_set_addr(struct backend *b, const struct addr *addr);

/* A slot of MaxConn: true when one more connection is allowed (counted
 * from then on). Without MaxConn always true. queued: the caller is the
 * first of its thread's queue, so it may pass those that wait. */
bool backend_take_slot(struct backend *b, bool queued);
/*
 * The connection is closed. Returns the pool thread whose queue is to be
 * told that a slot is free, or -1 when nobody waits.
 */
int backend_drop_slot(struct backend *b);

/* Enter and leave the queue, at most 10 * MaxConn in all: false: full. */
bool backend_wait_begin(struct backend *b);
void backend_wait_end(struct backend *b);
/* This thread has (no) requests in its queue for b. */
void backend_mark_waiting(struct backend *b, unsigned thread, bool waiting);

/* True at most once a minute: for the NOTICE about a gentle answer. */
bool backend_notice_due(struct backend *b, int64_t now_ms);

#endif
