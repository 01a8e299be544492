/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Mutexes with ranks. A thread takes locks in rising rank only and never
 * across I/O; lock_take() checks both with one thread-local word, in
 * production too. All of pthread that this floor needs is behind here.
 */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include <pthread.h>
#include <stdbool.h>

#include "base/attrs.h"

enum lock_rank {
	LOCK_SESSIONS = 1,
	LOCK_BACKEND,
	LOCK_NAMES,
	LOCK_MAILBOX,
	LOCK_TLS, /* ticket keys, sessions with back-ends */
	LOCK_LOG, /* the log's list of rings */
	LOCK_RANKS,
};

struct lock {
	pthread_mutex_t mutex;
	enum lock_rank rank;
};

/* For a lock that is there from the start. */
#define LOCK_INIT(rank) \
	{ \
		PTHREAD_MUTEX_INITIALIZER, (rank) \
	}

void lock_init(struct lock *l, enum lock_rank rank);
void lock_release(struct lock *l);
void lock_take(struct lock *l);
void lock_drop(struct lock *l);
bool lock_held(const struct lock *l);

/* What may wait for a peer checks that its thread holds no lock at all. */
bool lock_none_held(void);

struct lock_thread {
	pthread_t id;
};

/* Threads of this floor, with all signals blocked but SIGSYS, which would
 * kill at a system call that is refused (daemon/seccomp). 0, or an errno. */
MUST_USE int lock_thread_start(struct lock_thread *thread, void *(*run)(void *),
    void *arg);
void lock_thread_join(struct lock_thread *thread);
/* Nobody will join it. */
void lock_thread_leave(struct lock_thread *thread);

/* Calls of every later fork(2): before it, and after it in each process. */
void lock_at_fork(void (*before)(void), void (*parent)(void),
    void (*child)(void));

#endif
