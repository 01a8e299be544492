/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What one pool thread owns: the connections it accepted, their buffers,
 * its idle connections to back-ends and its queues for MaxConn. Nothing
 * of it is shared; other threads send messages (ops->post).
 *
 * daemon/pool drives it: it waits, calls thread_event() for what came,
 * then client_turn() for the clients on the ready list.
 */
#ifndef PROXY_THREAD_H
#define PROXY_THREAD_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/hash.h"
#include "live/live.h"
#include "proxy/blocks.h"
#include "proxy/slots.h"
#include "proxy/token.h"

struct client;
struct upstream;
struct thread;

enum thread_message {
	THREAD_SLOT_FREE, /* arg: back-end id; one may take a slot */
	THREAD_SHED_IDLE, /* arg: back-end id; close an idle connection */
	THREAD_MAKE_ROOM, /* descriptors have run out: close all idle ones */
	THREAD_NAME,	  /* arg: question of live/names; 0: any */
	THREAD_RETIRE,	  /* each answer is the last of its connection */
	THREAD_DRAIN,	  /* and who is idle goes */
	THREAD_CUT_TUNNELS,
};

struct thread_ops {
	/* Registers fd, edge-triggered, for everything; 0 or -1 (errno). */
	int (*watch)(struct thread *t, int fd, uint64_t token);
	void (*post)(struct thread *t, unsigned to, enum thread_message m,
	    uint32_t arg);
	/* c->deadline_ms may have become earlier: look at it again. */
	void (*retime)(struct thread *t, struct client *c);
	void (*forget)(struct thread *t, struct client *c); /* it is freed */
	void (*ask)(struct thread *t);	    /* live->names has a question */
	void (*closed)(struct thread *t);   /* a descriptor is free */
	void (*shortage)(struct thread *t); /* one could not be had */
};

/* Idle connections to one back-end, newest last. */
struct thread_idle {
	struct upstream *first, *last;
	unsigned count;
};

/* Clients that wait for a slot of one back-end, in order of arrival. */
struct thread_queue {
	struct client *first, *last;
};

struct thread {
	unsigned index, count; /* of the pool */
	const struct conf *conf;
	struct live *live;
	const struct thread_ops *ops;
	void *owner; /* of ops */
	struct counter *counter;
	int64_t now_ms, now_us; /* one moment */
	struct hash_random random;
	struct blocks blocks;
	int64_t shed_ms; /* when it is looked for spare ones again */
	struct slots clients, upstreams;
	struct client *ready_first, *ready_last;
	struct thread_idle *idle;   /* by back-end id */
	struct thread_queue *queue; /* by back-end id */
	struct client *naming;	    /* those that wait for names */
	unsigned idle_count, lingering;
	bool draining, impatient; /* as THREAD_RETIRE, THREAD_DRAIN say */
	int64_t budget;		  /* bytes that this turn may still move */
	unsigned exchanges;	  /* that this turn may still begin */
	uint64_t next_number;
	unsigned max_fields; /* the most that a listener allows */
	size_t arena_size;
	_Atomic unsigned connections; /* read by other threads */
	/* "now" as text, made once a second; clf for the access log */
	int64_t date_second, clf_second;
	char date[40], clf[40];
	unsigned date_len, clf_len;
};

void thread_init(struct thread *t, const struct conf *conf, struct live *live,
    const struct thread_ops *ops, unsigned index);
void thread_release(struct thread *t); /* closes every connection */

/* An event for a client or an upstream (enum conn_events). */
void thread_event(struct thread *t, uint64_t token, uint8_t events);
/* See conn_used_up(); -1: it is closed. */
int thread_used_up(const struct thread *t, uint64_t token);

/* The ready list: to its end, once; off; the first or NULL. */
void thread_ready(struct thread *t, struct client *c);
void thread_unready(struct thread *t, struct client *c);
struct client *thread_next(struct thread *t);

/* One connection more or less to come: whoever accepts says so at once of
 * the thread that will have it, else one gets too many. Any thread. */
void thread_expect(struct thread *t, int by);
void thread_closed(struct thread *t); /* and gives its place back */

/* A message of another thread. */
void thread_receive(struct thread *t, enum thread_message m, uint32_t arg);
/* Closes idle ones past KeepTime, frees spare blocks; when to look again. */
int64_t thread_tick(struct thread *t);
bool thread_wants_tick(const struct thread *t);

/* The Date of now; and a moment as the access log writes it. */
struct str thread_date(struct thread *t);
struct str thread_clf(struct thread *t, time_t when);

#endif
