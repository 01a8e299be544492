/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Of pool.c and pool_thread.c alone. */
#ifndef DAEMON_POOL_INTERNAL_H
#define DAEMON_POOL_INTERNAL_H

#include <pthread.h>
#include <stdbool.h>

#include "daemon/mailbox.h"
#include "daemon/poller.h"
#include "daemon/pool.h"
#include "daemon/timers.h"
#include "proxy/thread.h"

struct pool_thread {
	struct thread thread;
	struct pool *pool;
	pthread_t id;
	struct poller poller;
	struct mailbox mailbox;
	struct timers timers;
	bool listening;	   /* listeners are in the poller */
	bool left;	   /* for good: counted in pool.left */
	int64_t resume_ms; /* paused: when accepting goes on */
	int64_t tick_ms;   /* next look at idle connections */
	int64_t trim_ms;   /* not before: memory back to the system */
	unsigned peak;	   /* connections since the last trim */
};

struct pool {
	const struct conf *conf;
	struct live *live;
	const int *listen_fd;
	int asking_fd; /* eventfd: a name is to be looked up */
	unsigned count;
	struct pool_thread *thread;
	_Atomic bool stop;
	/* What was told to all, for threads that lost the message. */
	_Atomic bool draining, impatient, cutting;
	_Atomic unsigned left;	       /* threads that have stopped accepting */
	_Atomic long long shortage_ms; /* of the last log line about it */
};

/* What each thread runs; the argument is its struct pool_thread. */
void *pool_thread_run(void *argument);
/* Poller, mailbox, listeners: 0 or -1. */
MUST_USE int pool_thread_open(struct pool_thread *pt, struct pool *p,
    unsigned index);
void pool_thread_close(struct pool_thread *pt);

#endif
