/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <signal.h>
#include <stddef.h>

#include "base/check.h"
#include "base/lock.h"

/* A bit for each rank this thread holds, and which lock of that rank: taken
 * in rising order there is never more than one. Thread-local. */
static _Thread_local unsigned held;
static _Thread_local const struct lock *holds[LOCK_RANKS];

static unsigned
bit_of(const struct lock *l)
{
	return 1U << l->rank;
}

void
lock_init(struct lock *l, enum lock_rank rank)
{
	check(rank > 0 && rank < LOCK_RANKS);
	check(pthread_mutex_init(&l->mutex, NULL) == 0);
	l->rank = rank;
}

void
lock_release(struct lock *l)
{
	check(pthread_mutex_destroy(&l->mutex) == 0);
}

void
lock_take(struct lock *l)
{
	check(held < bit_of(l));
	check(pthread_mutex_lock(&l->mutex) == 0);
	held |= bit_of(l);
	holds[l->rank] = l;
}

void
lock_drop(struct lock *l)
{
	check(lock_held(l));
	held &= ~bit_of(l);
	holds[l->rank] = NULL;
	check(pthread_mutex_unlock(&l->mutex) == 0);
}

bool
lock_held(const struct lock *l)
{
	return holds[l->rank] == l;
}

bool
lock_none_held(void)
{
	return held == 0;
}

int
lock_thread_start(struct lock_thread *thread, void *(*run)(void *), void *arg)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	sigdelset(&all, SIGSYS);
	check(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
	error = pthread_create(&thread->id, NULL, run, arg);
	check(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
	return error;
}

void
lock_thread_join(struct lock_thread *thread)
{
	check(pthread_join(thread->id, NULL) == 0);
}

void
lock_thread_leave(struct lock_thread *thread)
{
	check(pthread_detach(thread->id) == 0);
}

void
lock_at_fork(void (*before)(void), void (*parent)(void), void (*child)(void))
{
	check(pthread_atfork(before, parent, child) == 0);
}
