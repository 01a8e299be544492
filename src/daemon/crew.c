/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/crew.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/deadline.h"
#include "base/log.h"
#include "daemon/drain.h"
#include "daemon/resolver.h"
#include "daemon/seccomp.h"
#include "daemon/worker.h"

/* The configuration is read; what is left takes no time. */
#define WORKER_START_MS 60000
/* What a worker tells the next one goes in large steps. */
#define STATE_PIPE (1 << 20)
/* Who was told to hurry gets so long before the next word. */
#define HURRY_MS 1000

void
crew_init(struct crew *w)
{
	*w = (struct crew){ .look_ms = DEADLINE_NEVER };
	child_init(&w->worker, "worker");
	child_init(&w->next, "worker");
	child_init(&w->resolver, "resolver");
}

void
crew_leave(struct crew *w)
{
	child_leave(&w->worker);
	child_leave(&w->next);
	child_leave(&w->resolver);
	for (unsigned i = 0; i < w->retired_count; i++)
		child_leave(&w->retired[i]);
}

/* ------ starting ------ */

/* What is the supervisor's alone. */
static void
leave_setup(struct setup *s)
{
	daemonise_forget(&s->daemonise);
	notify_close(&s->notify);
	listening_forget(&s->handed);
}

NORETURN static void
be_resolver(struct crew *w, const struct setup *setup, int channel)
{
	struct setup own = *setup;
	char why[PRIVILEGE_WHY_MAX];

	crew_leave(w);
	leave_setup(&own);
	listening_forget(&own.listening);
	control_socket_forget(&own.control);
	daemonise_detach(&own.daemonise);
	if (privilege_drop(&own.privilege, PRIVILEGE_OUTSIDE, why) != 0) {
		log_line(LOG_PRIO_ERR, "resolver: %s", why);
		_exit(1);
	}
	if (own.conf->seccomp)
		seccomp_confine(SECCOMP_RESOLVER);
	exit(resolver_run(channel, own.signals));
}

/* Gives one end of a new pair to the resolver; the other is returned, for
 * a worker. -1: none (the resolver may be between two lives). */
static int
connect_resolver(const struct crew *w)
{
	int ends[2];

	if (w->resolver.channel < 0 || channel_open(ends) != 0)
		return -1;
	(void)channel_send(w->resolver.channel, CHANNEL_ADOPT, NULL, ends[0]);
	close(ends[0]);
	return ends[1];
}

static void
introduce_resolver(const struct crew *w, const struct child *worker)
{
	const int end = worker->channel < 0 ? -1 : connect_resolver(w);

	if (end < 0)
		return;
	(void)channel_send(worker->channel, CHANNEL_RESOLVER, NULL, end);
	close(end);
}

static struct crew_identity
identity_of(const struct setup *s)
{
	return (struct crew_identity){ .known = true,
		.uid = s->privilege.uid,
		.gid = s->privilege.gid,
		.seccomp = s->conf->seccomp };
}

/* The one before sees the end of its channel, and ends. */
void
crew_renew_resolver(struct crew *w, const struct setup *setup)
{
	const struct crew_identity is = w->resolver_is;
	const struct crew_identity must = identity_of(setup);

	if (w->resolver.pid == 0 ||
	    (is.known && is.uid == must.uid && is.gid == must.gid &&
		is.seccomp == must.seccomp))
		return;
	child_leave(&w->resolver);
	child_init(&w->resolver, "resolver");
	crew_start_resolver(w, setup);
}

void
crew_start_resolver(struct crew *w, const struct setup *setup)
{
	int channel;
	const pid_t pid = child_fork(&w->resolver, &channel);

	if (pid < 0) {
		log_line(LOG_PRIO_ERR, "no process for the resolver: %m");
		child_plan_restart(&w->resolver);
	}
	if (pid == 0)
		be_resolver(w, setup, channel);
	if (pid <= 0)
		return;
	w->resolver_is = identity_of(setup);
	introduce_resolver(w, &w->worker);
	introduce_resolver(w, &w->next);
	for (unsigned i = 0; i < w->retired_count; i++)
		introduce_resolver(w, &w->retired[i]);
}

/* before: the setup that it is not for, or NULL. */
NORETURN static void
be_worker(struct crew *w, struct setup *setup, struct setup *before,
    struct worker_ends ends)
{
	crew_leave(w);
	leave_setup(setup);
	if (before != NULL) {
		daemonise_forget(&before->daemonise);
		control_socket_forget(&before->control);
		setup_forget(before);
		setup_open_log(setup);
	}
	exit(worker_run(setup, &ends));
}

/* Has the worker that serves write what it knows; the descriptor is for
 * the next one, which reads it. -1: there is nothing to be known. */
static int
ask_state(const struct crew *w)
{
	int ends[2];

	if (w->worker.channel < 0 || pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return -1;
	(void)fcntl(ends[1], F_SETPIPE_SZ, STATE_PIPE);
	(void)channel_send(w->worker.channel, CHANNEL_STATE, NULL, ends[1]);
	close(ends[1]);
	return ends[0];
}

static int
start(struct crew *w, struct child *c, struct setup *setup,
    struct setup *before)
{
	struct worker_ends ends = { .resolver = connect_resolver(w),
		.state = before != NULL ? ask_state(w) : -1 };
	const pid_t pid = child_fork(c, &ends.channel);

	if (pid == 0)
		be_worker(w, setup, before, ends);
	if (pid < 0)
		log_line(LOG_PRIO_ERR, "no process for the worker: %m");
	if (ends.resolver >= 0)
		close(ends.resolver);
	if (ends.state >= 0)
		close(ends.state);
	if (pid > 0)
		c->kill_ms = deadline_now_ms() + WORKER_START_MS;
	return pid > 0 ? 0 : -1;
}

void
crew_start_worker(struct crew *w, struct setup *setup)
{
	if (start(w, &w->worker, setup, NULL) != 0)
		child_plan_restart(&w->worker);
}

int
crew_start_next(struct crew *w, struct setup *setup, struct setup *next)
{
	child_init(&w->next, "worker");
	return start(w, &w->next, next, setup);
}

/* ------ retiring ------ */

void
crew_forget_retired(struct crew *w, struct child *c)
{
	const size_t after = (size_t)(w->retired + w->retired_count - (c + 1));

	child_forget(c);
	memmove(c, c + 1, after * sizeof(*c));
	w->retired_count--;
}

/* The listeners that only this one has; nobody else will end them. */
static void
tell_gone(const struct child *c, const struct listening *l,
    const struct listening *next)
{
	for (size_t i = 0; i < l->count; i++)
		if (!listening_shares(l, i, next) &&
		    channel_send_number(c->channel, CHANNEL_GONE, (uint32_t)i,
			-1) != 0)
			listening_stop(l, i);
}

void
crew_promote(struct crew *w, const struct listening *before,
    const struct listening *now)
{
	if (w->retired_count == CREW_RETIRED_ROOM) {
		child_signal(&w->retired[0], SIGKILL);
		crew_forget_retired(w, &w->retired[0]);
	}
	if (w->worker.pid != 0) {
		w->worker.ready = true;
		w->worker.kill_ms = DEADLINE_NEVER;
		tell_gone(&w->worker, before, now);
		w->retired[w->retired_count++] = w->worker;
	}
	w->worker = w->next;
	child_init(&w->next, "worker");
	w->look_ms = deadline_now_ms();
}

void
crew_retire(struct crew *w)
{
	for (unsigned i = 0; i < w->retired_count; i++) {
		struct child *c = &w->retired[i];

		if (!c->told &&
		    channel_send(c->channel, CHANNEL_RETIRE, NULL, -1) != 0)
			child_signal(c, SIGTERM);
		c->told = true;
	}
}

/* ------ those who asked for a reload ------ */

/* Words as a descriptor to read them from; -1: none. The other end is
 * closed, so that reading comes to an end. */
static int
words_to_read(struct str words)
{
	int ends[2];

	if (str_empty(words) || pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return -1;
	/* What does not fit is cut. */
	(void)fcntl(ends[1], F_SETPIPE_SZ, CHANNEL_WORDS_MAX);
	if (write(ends[1], words.p, words.len) < 0)
		errno = 0;
	close(ends[1]);
	return ends[0];
}

static void
answer(struct child *c, uint32_t number, enum channel_kind kind,
    struct str words)
{
	int fd;

	if (c->channel < 0 || c->answered >= number)
		return;
	fd = words_to_read(words);
	(void)channel_send_number(c->channel, kind, number, fd);
	c->answered = number;
	if (fd >= 0)
		close(fd);
}

void
crew_refuse(struct child *c, struct str words)
{
	answer(c, c->asked, CHANNEL_REFUSED, words);
}

void
crew_begin_reload(struct crew *w)
{
	w->worker.doing = w->worker.asked;
	for (unsigned i = 0; i < w->retired_count; i++)
		w->retired[i].doing = w->retired[i].asked;
}

void
crew_end_reload(struct crew *w, bool done, struct str words)
{
	const enum channel_kind kind = done ? CHANNEL_RELOADED
					    : CHANNEL_REFUSED;

	answer(&w->worker, w->worker.doing, kind, words);
	for (unsigned i = 0; i < w->retired_count; i++)
		answer(&w->retired[i], w->retired[i].doing, kind, words);
}

/* Who is asked next: first the oldest that still waits for idle clients,
 * then for tunnels, then for anything. */
static struct child *
most_patient(struct crew *w)
{
	struct child *found = &w->retired[0];

	for (unsigned i = 1; i < w->retired_count; i++)
		if (w->retired[i].hurried < found->hurried)
			found = &w->retired[i];
	return found;
}

static void
hurry(struct crew *w, int64_t now_ms)
{
	unsigned too_many = 0;

	w->look_ms = DEADLINE_NEVER;
	if (w->retired_count > CREW_RETIRED_MAX)
		too_many = w->retired_count - CREW_RETIRED_MAX;
	while (too_many-- > 0) {
		struct child *c = most_patient(w);

		if (c->hurried == DRAIN_ALL) {
			child_signal(c, SIGKILL);
			continue;
		}
		c->hurried++;
		(void)channel_send_number(c->channel, CHANNEL_HURRY, c->hurried,
		    -1);
		w->look_ms = now_ms + HURRY_MS;
	}
}

/* ------ all of them ------ */

struct child *
crew_find(struct crew *w, pid_t pid)
{
	struct child *const one[] = { &w->worker, &w->next, &w->resolver };

	for (size_t i = 0; i < ARRAY_LEN(one); i++)
		if (one[i]->pid == pid)
			return one[i];
	for (unsigned i = 0; i < w->retired_count; i++)
		if (w->retired[i].pid == pid)
			return &w->retired[i];
	return NULL;
}

static void
tell_drain(const struct child *c)
{
	if (c->pid != 0 &&
	    channel_send(c->channel, CHANNEL_DRAIN, NULL, -1) != 0)
		child_signal(c, SIGHUP);
}

void
crew_drain(const struct crew *w)
{
	tell_drain(&w->worker);
	for (unsigned i = 0; i < w->retired_count; i++)
		tell_drain(&w->retired[i]);
}

void
crew_accept(const struct crew *w)
{
	const struct child *const both[] = { &w->worker, &w->next };

	for (size_t i = 0; i < ARRAY_LEN(both); i++)
		if (both[i]->pid != 0)
			(void)channel_send(both[i]->channel, CHANNEL_ACCEPT,
			    NULL, -1);
}

void
crew_signal(const struct crew *w, int number)
{
	child_signal(&w->worker, number);
	child_signal(&w->next, number);
	for (unsigned i = 0; i < w->retired_count; i++)
		child_signal(&w->retired[i], number);
}

unsigned
crew_workers(const struct crew *w)
{
	return w->retired_count + (w->worker.pid != 0 ? 1 : 0) +
	    (w->next.pid != 0 ? 1 : 0);
}

void
crew_kill_at(struct crew *w, int64_t ms)
{
	w->worker.kill_ms = w->next.kill_ms = ms;
	for (unsigned i = 0; i < w->retired_count; i++)
		w->retired[i].kill_ms = ms;
}

static int64_t
kill_late(struct child *c, int64_t now_ms)
{
	if (c->pid == 0)
		return DEADLINE_NEVER;
	if (now_ms < c->kill_ms)
		return c->kill_ms;
	c->kill_ms = DEADLINE_NEVER;
	log_line(LOG_PRIO_ERR, "the worker (pid %ld) %s: it is killed",
	    (long)c->pid, c->ready ? "does not end" : "does not become ready");
	child_signal(c, SIGKILL);
	return DEADLINE_NEVER;
}

int64_t
crew_look(struct crew *w, int64_t now_ms)
{
	int64_t due = deadline_min(kill_late(&w->worker, now_ms),
	    kill_late(&w->next, now_ms));

	for (unsigned i = 0; i < w->retired_count; i++)
		due = deadline_min(due, kill_late(&w->retired[i], now_ms));
	if (now_ms >= w->look_ms)
		hurry(w, now_ms);
	return deadline_min(due, w->look_ms);
}
