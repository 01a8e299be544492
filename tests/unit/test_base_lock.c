/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/lock.h"
#include "support/dies.h"
#include "unit/tap.h"

static struct lock sessions, backend, backend_too;
static struct lock there = LOCK_INIT(LOCK_LOG);
static int counter;

static void
take_falling(void)
{
	lock_take(&backend);
	lock_take(&sessions);
}

static void
take_equal(void)
{
	lock_take(&backend);
	lock_take(&backend_too);
}

static void
take_twice(void)
{
	lock_take(&backend);
	lock_take(&backend);
}

static void
drop_untaken(void)
{
	lock_drop(&backend);
}

static void
drop_another(void)
{
	lock_take(&backend);
	lock_drop(&backend_too);
}

static void
init_bad(void)
{
	lock_init(&sessions, LOCK_RANKS);
}

static void
init_zero(void)
{
	lock_init(&sessions, (enum lock_rank)0);
}

static void
test_order(void)
{
	ok(lock_none_held(), "nothing is held");
	lock_take(&sessions);
	lock_take(&backend_too);
	lock_take(&there);
	ok(lock_held(&sessions) && lock_held(&backend_too) && lock_held(&there),
	    "rising ranks are fine");
	ok(!lock_held(&backend), "another lock of a rank is not held");
	ok(!lock_none_held(), "something is held");
	lock_drop(&sessions);
	ok(!lock_held(&sessions) && lock_held(&there), "dropped in any order");
	lock_drop(&there);
	lock_drop(&backend_too);
	ok(lock_none_held(), "all dropped");
	lock_take(&sessions);
	lock_drop(&sessions);
	ok(lock_none_held(), "and taken again");
}

static void *
count(void *arg)
{
	bool *good = arg;
	sigset_t mask;

	*good = pthread_sigmask(SIG_SETMASK, NULL, &mask) == 0 &&
	    sigismember(&mask, SIGTERM) == 1 &&
	    sigismember(&mask, SIGUSR2) == 1 &&
	    sigismember(&mask, SIGSYS) == 0 && lock_none_held();
	for (int i = 0; i < 10000; i++) {
		lock_take(&backend);
		counter++;
		lock_drop(&backend);
	}
	return NULL;
}

static void
test_threads(void)
{
	struct lock_thread threads[3];
	bool good[3];
	sigset_t mask;

	lock_take(&sessions);
	for (int i = 0; i < 3; i++)
		is_int(lock_thread_start(&threads[i], count, &good[i]), 0,
		    "thread %d starts", i);
	for (int i = 0; i < 3; i++)
		lock_thread_join(&threads[i]);
	is_int(counter, 30000, "a lock excludes");
	ok(good[0] && good[1] && good[2],
	    "threads block signals and hold nothing of ours");
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	is_int(sigismember(&mask, SIGTERM), 0, "we block none");
	lock_drop(&sessions);
}

static int befores, parents, children;

static void
before(void)
{
	befores++;
}

static void
parent(void)
{
	parents++;
}

static void
child(void)
{
	children++;
}

static void
test_fork(void)
{
	pid_t pid;
	int status = 0;

	lock_at_fork(before, parent, child);
	pid = fork();
	if (pid == 0)
		_exit(befores == 1 && parents == 0 && children == 1 ? 7 : 1);
	waitpid(pid, &status, 0);
	ok(befores == 1 && parents == 1 && children == 0,
	    "called before and in the parent");
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 7, "and in the child");
}

int
main(void)
{
	lock_init(&sessions, LOCK_SESSIONS);
	lock_init(&backend, LOCK_BACKEND);
	lock_init(&backend_too, LOCK_BACKEND);
	ok(dies(take_falling, "held < "), "falling ranks are fatal");
	ok(dies(take_equal, "held < "), "equal ranks too");
	ok(dies(take_twice, "held < "), "and the same lock twice");
	ok(dies(drop_untaken, "lock_held(l)"), "dropping what is not held");
	ok(dies(drop_another, "lock_held(l)"), "dropping another one");
	ok(dies(init_bad, "rank < LOCK_RANKS"), "no such rank");
	ok(dies(init_zero, "rank > 0"), "nor zero");
	test_order();
	test_fork();
	test_threads();
	lock_release(&sessions);
	lock_release(&backend);
	lock_release(&backend_too);
	return tap_done();
}
