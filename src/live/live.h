/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What has happened since the start, by the ids of the configuration:
 * one struct live a worker, made before its threads, freed after them.
 */
#ifndef LIVE_LIVE_H
#define LIVE_LIVE_H

#include "base/attrs.h"
#include "base/outcome.h"
#include "conf/conf.h"
#include "live/backend.h"
#include "live/counter.h"
#include "live/names.h"
#include "live/session.h"

struct live_service {
	const struct conf_service *conf;
	struct session_table *sessions; /* NULL: none, or TTL is negative */
	_Atomic bool disabled;
};

/* Notices about clients that are no outcome of an exchange. */
enum live_notice {
	LIVE_UPGRADE,	  /* a WebSocket handshake was dropped */
	LIVE_FIELD,	  /* Strict 0 left a line out */
	LIVE_CERTIFICATE, /* a bad certificate of a client */
	LIVE_NOTICES,
};

struct live_listener {
	const struct conf_listener *conf;
	_Atomic bool disabled;	/* accepts and closes (A.6 #7) */
	_Atomic bool xssl_seen; /* a client sent X-SSL-*: warned once */
	struct log_limit limits[OUTCOME_COUNT]; /* diagnostics (A.5) */
	struct log_limit notices[LIVE_NOTICES]; /* the same */
};

struct live {
	const struct conf *conf;
	struct backend *backend;	/* by id */
	struct live_service *service;	/* by id */
	struct live_listener *listener; /* by id */
	struct counters counters;
	struct names names;
	_Atomic bool draining;		   /* answers carry Connection: close */
	_Atomic unsigned long connections; /* clients now */
	_Atomic unsigned queue;		   /* waiting for a thread or MaxConn */
	unsigned long max_connections;
};

MUST_USE struct live *live_new(const struct conf *conf);
void live_free(struct live *l);

/* One of max_connections, before it is accepted; false: all are taken.
 * Given back when it is closed, or did not come. Any thread. */
MUST_USE bool live_take_place(struct live *l);
void live_give_place(struct live *l);

/* Called a few times a second: sessions whose time is over give their
 * memory back, so many at once that nobody notices. */
void live_expire(struct live *l, int64_t now_ms);

#endif
