/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 *	         ready                  HUP INT          worker gone
 *	STARTING ----> SERVING --------> DRAINING --------> ENDED
 *	   |             |  ^               | again,           ^
 *	   | cannot      |  | crash:        | Grace passed     |
 *	   v             |  | after a       v                  |
 *	 ENDED (1)       |  | pause    ,-> STOPPING -----------'
 *	                 '--'         /       worker gone, or killed
 *	                 TERM QUIT --'
 */
#include "daemon/supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <sys/wait.h>

#include "base/deadline.h"
#include "base/log.h"
#include "daemon/channel.h"
#include "daemon/child.h"
#include "daemon/resolver.h"
#include "daemon/seccomp.h"
#include "daemon/signals.h"
#include "daemon/worker.h"

/* A worker that was told to end now, and one whose Grace is over. */
#define STOP_MS 2000
/* The configuration is read; what is left takes no time. */
#define WORKER_START_MS 60000
/* A signal to the whole process group may come twice; who means it twice
 * takes longer. */
#define AGAIN_MS 1000
/* So many workers may die before one is ready: then there is no start. */
#define STILLBORN_MAX 3

enum phase {
	PHASE_STARTING, /* the first worker is not ready yet */
	PHASE_SERVING,
	PHASE_DRAINING,
	PHASE_STOPPING,
	PHASE_ENDED,
};

struct supervisor {
	struct setup *setup;
	enum phase phase;
	struct child worker;
	struct child resolver;
	int64_t kill_ms;  /* the worker is killed then */
	int64_t again_ms; /* from then on HUP and INT mean TERM */
	int status;
	unsigned stillborn; /* workers that died before any was ready */
	char failure[CHANNEL_TEXT_MAX]; /* the worker's words */
};

/* ------ starting processes ------ */

/* In a new process: only what it works with stays open. */
static void
leave(struct supervisor *s)
{
	child_leave(&s->worker);
	child_leave(&s->resolver);
	daemonise_forget(&s->setup->daemonise);
}

NORETURN static void
be_resolver(struct supervisor *s, int channel)
{
	char why[PRIVILEGE_WHY_MAX];

	leave(s);
	listening_forget(&s->setup->listening);
	control_socket_forget(&s->setup->control);
	daemonise_detach(&s->setup->daemonise);
	if (privilege_drop(&s->setup->privilege, PRIVILEGE_OUTSIDE, why) != 0) {
		log_line(LOG_PRIO_ERR, "resolver: %s", why);
		_exit(1);
	}
	if (s->setup->conf->seccomp)
		seccomp_confine(SECCOMP_RESOLVER);
	exit(resolver_run(channel, s->setup->signals));
}

NORETURN static void
be_worker(struct supervisor *s, struct worker_ends ends)
{
	leave(s);
	exit(worker_run(s->setup, &ends));
}

/* Gives one end of a new pair to the resolver; the other is returned, for
 * a worker. -1: none (the resolver may be between two lives). */
static int
connect_resolver(struct supervisor *s)
{
	int ends[2];

	if (s->resolver.channel < 0 || channel_open(ends) != 0)
		return -1;
	(void)channel_send(s->resolver.channel, CHANNEL_ADOPT, NULL, ends[0]);
	close(ends[0]);
	return ends[1];
}

static void
start_resolver(struct supervisor *s)
{
	int channel, end;
	const pid_t pid = child_fork(&s->resolver, &channel);

	if (pid < 0)
		log_line(LOG_PRIO_ERR, "no process for the resolver: %m");
	if (pid == 0)
		be_resolver(s, channel);
	if (pid <= 0 || s->worker.channel < 0)
		return;
	end = connect_resolver(s);
	if (end < 0)
		return;
	(void)channel_send(s->worker.channel, CHANNEL_RESOLVER, NULL, end);
	close(end);
}

static void
start_worker(struct supervisor *s)
{
	struct worker_ends ends = { .resolver = connect_resolver(s) };
	const pid_t pid = child_fork(&s->worker, &ends.channel);

	if (pid == 0)
		be_worker(s, ends);
	if (pid < 0)
		log_line(LOG_PRIO_ERR, "no process for the worker: %m");
	if (ends.resolver >= 0)
		close(ends.resolver);
	s->kill_ms = deadline_now_ms() + WORKER_START_MS;
}

/* ------ phases ------ */

static void
fail_start(struct supervisor *s, const char *why)
{
	setup_complain(s->setup, why);
	daemonise_failed(&s->setup->daemonise);
	s->status = 1;
	s->phase = PHASE_ENDED;
}

/* Everything that was asked for is done, or there is nothing to do it. */
static void
end_if_alone(struct supervisor *s)
{
	if (s->worker.pid == 0)
		s->phase = PHASE_ENDED;
}

static void
begin_stop(struct supervisor *s)
{
	if (s->phase >= PHASE_STOPPING)
		return;
	s->phase = PHASE_STOPPING;
	s->kill_ms = deadline_now_ms() + STOP_MS;
	child_signal(&s->worker, SIGTERM);
	end_if_alone(s);
}

static void
begin_drain(struct supervisor *s)
{
	const int64_t now = deadline_now_ms();

	if (s->phase == PHASE_DRAINING && now >= s->again_ms) {
		begin_stop(s);
		return;
	}
	if (s->phase >= PHASE_DRAINING)
		return;
	s->phase = PHASE_DRAINING;
	s->again_ms = now + AGAIN_MS;
	s->kill_ms = now + s->setup->conf->grace_ms + STOP_MS;
	listening_forget(&s->setup->listening);
	if (channel_send(s->worker.channel, CHANNEL_DRAIN, NULL, -1) != 0)
		child_signal(&s->worker, SIGHUP);
	end_if_alone(s);
}

/* ------ what comes in ------ */

static void
take_signal(struct supervisor *s, int number)
{
	switch (number) {
	case SIGHUP:
	case SIGINT:
		log_line(LOG_PRIO_NOTICE,
		    "signal %d: shutting down within "
		    "Grace",
		    number);
		begin_drain(s);
		break;
	case SIGTERM:
	case SIGQUIT:
		log_line(LOG_PRIO_NOTICE, "signal %d: shutting down", number);
		begin_stop(s);
		break;
	case SIGUSR2:
		log_line(LOG_PRIO_NOTICE,
		    "signal USR2: reload is not built "
		    "yet in this version; nothing changes");
		break;
	default:
		break; /* CHLD: see reap() */
	}
}

static void
worker_is_ready(struct supervisor *s)
{
	s->worker.ready = true;
	if (s->phase <= PHASE_SERVING)
		s->kill_ms = DEADLINE_NEVER;
	if (s->phase != PHASE_STARTING)
		return;
	s->phase = PHASE_SERVING;
	log_quiet();
	daemonise_ready(&s->setup->daemonise);
}

static void
send_log(struct supervisor *s)
{
	if (log_open(s->setup->log_sink, s->setup->conf->log_facility, false) ==
		0 &&
	    log_syslog_fd() >= 0)
		(void)channel_send(s->worker.channel, CHANNEL_LOG, NULL,
		    log_syslog_fd());
}

static void
take_messages(struct supervisor *s)
{
	struct channel_message m;
	int passed;

	while (s->worker.channel >= 0 &&
	    channel_receive(s->worker.channel, &m, &passed) == CHANNEL_OK) {
		if (passed >= 0)
			close(passed); /* we asked for none */
		if (m.kind == CHANNEL_READY)
			worker_is_ready(s);
		else if (m.kind == CHANNEL_FAILED)
			snprintf(s->failure, sizeof(s->failure), "%s", m.text);
		else if (m.kind == CHANNEL_LOG_WANTED)
			send_log(s);
	}
}

static void
worker_crashed(struct supervisor *s, int status)
{
	const bool told_why = s->failure[0] != '\0';
	const bool starting = s->phase == PHASE_STARTING;

	if (told_why)
		setup_complain(s->setup, s->failure);
	if (!told_why || !starting)
		child_log_end(&s->worker, status);
	if (s->phase >= PHASE_DRAINING)
		s->phase = PHASE_ENDED;
	else if (starting && (told_why || ++s->stillborn == STILLBORN_MAX))
		fail_start(s, "Pound cannot start: no worker became ready");
	else {
		s->setup->restarts++;
		child_plan_restart(&s->worker);
	}
}

/* An end that is no crash ends everything. */
static void
worker_ended(struct supervisor *s, int status)
{
	take_messages(s); /* its last words */
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		worker_crashed(s, status);
	} else {
		if (s->phase < PHASE_DRAINING)
			log_line(LOG_PRIO_NOTICE,
			    "the worker was told to "
			    "end, so the supervisor ends");
		s->phase = PHASE_ENDED;
	}
	s->failure[0] = '\0';
	child_forget(&s->worker);
}

static void
resolver_ended(struct supervisor *s, int status)
{
	if (s->phase < PHASE_DRAINING) {
		child_log_end(&s->resolver, status);
		child_plan_restart(&s->resolver);
	}
	child_forget(&s->resolver);
}

static void
reap(struct supervisor *s)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		if (pid == s->worker.pid)
			worker_ended(s, status);
		else if (pid == s->resolver.pid)
			resolver_ended(s, status);
}

/* ------ the loop ------ */

static void
kill_worker(struct supervisor *s)
{
	s->kill_ms = DEADLINE_NEVER;
	log_line(LOG_PRIO_ERR, "the worker (pid %ld) %s: it is killed",
	    (long)s->worker.pid,
	    s->phase >= PHASE_DRAINING ? "does not end"
				       : "does not become ready");
	child_signal(&s->worker, SIGKILL);
}

static void
look_at_clock(struct supervisor *s)
{
	const int64_t now = deadline_now_ms();

	if (s->worker.pid != 0 && now >= s->kill_ms)
		kill_worker(s);
	if (s->phase > PHASE_SERVING)
		return;
	if (s->resolver.pid == 0 && now >= s->resolver.restart_ms)
		start_resolver(s);
	if (s->worker.pid == 0 && now >= s->worker.restart_ms)
		start_worker(s);
}

static int64_t
next_due(const struct supervisor *s)
{
	int64_t due = DEADLINE_NEVER;

	if (s->worker.pid != 0)
		due = s->kill_ms;
	if (s->phase > PHASE_SERVING)
		return due;
	if (s->worker.pid == 0)
		due = deadline_min(due, s->worker.restart_ms);
	if (s->resolver.pid == 0)
		due = deadline_min(due, s->resolver.restart_ms);
	return due;
}

static void
turn(struct supervisor *s)
{
	struct pollfd fds[2] = {
		{ .fd = s->setup->signals, .events = POLLIN },
		{ .fd = s->worker.channel, .events = POLLIN },
	};
	int number;

	(void)poll(fds, 2, deadline_wait_ms(deadline_now_ms(), next_due(s)));
	take_messages(s);
	while ((number = signals_next(s->setup->signals)) != 0)
		take_signal(s, number);
	reap(s);
	if (s->phase != PHASE_ENDED)
		look_at_clock(s);
}

int
supervisor_run(struct setup *setup)
{
	struct supervisor s = { .setup = setup, .kill_ms = DEADLINE_NEVER };

	child_init(&s.worker, "worker");
	child_init(&s.resolver, "resolver");
	privilege_trim();
	look_at_clock(&s); /* starts both */
	if (s.worker.pid == 0)
		fail_start(&s, "no process can be had for the worker");
	while (s.phase != PHASE_ENDED)
		turn(&s);
	child_leave(&s.resolver); /* and it ends */
	return s.status;
}
