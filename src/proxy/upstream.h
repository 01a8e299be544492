/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Connections to back-ends: opened, lent to one exchange at a time, kept
 * idle for the next one, or bound to a client by connection-based
 * authentication (A.2 #29, #33). One thread owns each for life.
 */
#ifndef PROXY_UPSTREAM_H
#define PROXY_UPSTREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attrs.h"
#include "live/live.h"
#include "net/conn.h"
#include "proxy/thread.h"

struct upstream {
	struct conn conn;
	uint32_t slot, generation;
	struct backend *backend;
	struct client *client; /* who uses it, or is bound; NULL: idle list */
	struct upstream *prev, *next; /* idle list of its back-end */
	int64_t idle_since_ms;
	unsigned answers;   /* complete ones that came over it */
	bool large_answers; /* the last one did not fit into BLOCK_SMALL */
	bool connecting;
	bool secured; /* TLS stands */
	char *name;   /* for SNI, of a back-end with HTTPS; else NULL */
	bool spoiled; /* something unexpected was seen: never used again */
};

enum upstream_result {
	UPSTREAM_READY,	   /* *up may be written to */
	UPSTREAM_PENDING,  /* *up is connecting: wait for CONN_WRITE */
	UPSTREAM_FULL,	   /* MaxConn: no slot now */
	UPSTREAM_RETRY,	   /* a UNIX socket's backlog is full: later */
	UPSTREAM_REFUSED,  /* the peer's doing: *error is the errno */
	UPSTREAM_SHORTAGE, /* ours: *error is the errno */
};

/* An idle one that was idle for less than max_idle_ms, or NULL. With HTTPS
 * connections are shared under the same name only. */
MUST_USE struct upstream *upstream_reuse(struct thread *t, struct backend *b,
    struct str name, int64_t max_idle_ms);

/* A fresh one. queued: the caller is first in MaxConn's queue. */
MUST_USE enum upstream_result upstream_open(struct thread *t, struct backend *b,
    bool queued, struct upstream **up, int *error);

/* After CONN_WRITE on a connecting one: READY, PENDING, REFUSED or
 * SHORTAGE; with the last two it is still to be closed. */
MUST_USE enum upstream_result upstream_connected(struct upstream *up,
    int *error);

/* The exchange is over: keep it for another, if that is allowed. */
void upstream_keep(struct thread *t, struct upstream *up);

void upstream_close(struct thread *t, struct upstream *up);

/* Something came on an idle one: it is closed. */
void upstream_idle_event(struct thread *t, struct upstream *up);

/* Closes idle ones that are past KeepTime; all of them if everything. */
void upstream_expire(struct thread *t, bool everything);
/* Closes the oldest idle one to this back-end. */
void upstream_shed(struct thread *t, struct backend *b);

#endif
