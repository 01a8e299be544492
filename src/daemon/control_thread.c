/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/control_thread.h"

#include <errno.h>
#include <stdatomic.h>
#include <unistd.h>

#include <sys/eventfd.h>

#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"
#include "control/ctlserver.h"

struct control_thread {
	struct lock_thread thread;
	int wake; /* eventfd: stop is set */
	atomic_bool stop, retired;
	struct ctlanswer_about about;
	struct ctlserver *server;
};

static void
take_bell(const struct control_thread *t)
{
	uint64_t count;

	if (read(t->wake, &count, sizeof(count)) < 0)
		errno = 0; /* nobody rang */
}

static void *
run(void *arg)
{
	struct control_thread *t = arg;

	while (!t->stop) {
		ctlserver_turn(t->server, t->wake);
		if (t->retired)
			ctlserver_retire(t->server);
		take_bell(t);
	}
	log_thread_release();
	return NULL;
}

static void
control_thread_free(struct control_thread *t)
{
	ctlserver_free(t->server);
	if (t->wake >= 0)
		close(t->wake);
	mem_free(t);
}

struct control_thread *
control_thread_start(int fd, struct live *live,
    const struct ctlanswer_about *about)
{
	struct control_thread *t = mem_alloc(sizeof(*t));
	int error;

	t->about = *about;
	t->server = ctlserver_new(fd, live, &t->about);
	t->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	error = t->wake < 0 ? errno : lock_thread_start(&t->thread, run, t);
	if (error == 0)
		return t;
	control_thread_free(t);
	errno = error;
	return NULL;
}

static void
wake(const struct control_thread *t)
{
	const uint64_t one = 1;

	if (write(t->wake, &one, sizeof(one)) < 0)
		errno = 0; /* full: it wakes all the same */
}

void
control_thread_retire(struct control_thread *t)
{
	t->retired = true;
	wake(t);
}

void
control_thread_stop(struct control_thread *t)
{
	t->stop = true;
	wake(t);
	lock_thread_join(&t->thread);
	control_thread_free(t);
}
