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
#include <unistd.h>

#include <sys/wait.h>

#include "base/deadline.h"
#include "base/log.h"
#include "daemon/channel.h"
#include "daemon/crew.h"
#include "daemon/reload.h"
#include "daemon/signals.h"

/* Workers that were told to end now, and whose Grace is over. */
#define STOP_MS 2000
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
	struct crew crew;
	struct reload reload;
	bool reload_wanted;
	unsigned reloads; /* that were done */
	int64_t again_ms; /* from then on HUP and INT mean TERM */
	int status;
	unsigned stillborn; /* workers that died before any was ready */
};

/* ------ words for the service manager ------ */

static const char *
plural(size_t n)
{
	return n == 1 ? "" : "s";
}

#define SERVING \
	"serving on %zu listener%s; worker %ld, %u reload%s, " \
	"%u restart%s"
#define SERVING_ARGS(s) \
	(s)->setup->listening.count, plural((s)->setup->listening.count), \
	    (long)(s)->crew.worker.pid, (s)->reloads, plural((s)->reloads), \
	    (s)->setup->restarts, plural((s)->setup->restarts)

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
	if (s->phase >= PHASE_DRAINING && crew_workers(&s->crew) == 0)
		s->phase = PHASE_ENDED;
}

static void
begin_stop(struct supervisor *s)
{
	if (s->phase >= PHASE_STOPPING)
		return;
	s->phase = PHASE_STOPPING;
	notify_stopping(&s->setup->notify, "shutting down");
	reload_abandon(&s->reload);
	crew_kill_at(&s->crew, deadline_now_ms() + STOP_MS);
	crew_signal(&s->crew, SIGTERM);
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
	notify_stopping(&s->setup->notify,
	    "shutting down; what is begun has up to %lld s",
	    (long long)(s->setup->conf->grace_ms / 1000));
	reload_abandon(&s->reload);
	child_signal(&s->crew.next, SIGTERM);
	s->again_ms = now + AGAIN_MS;
	crew_kill_at(&s->crew, now + s->setup->conf->grace_ms + STOP_MS);
	listening_forget(&s->setup->listening);
	crew_drain(&s->crew);
	end_if_alone(s);
}

/* ------ reload ------ */

/* Does not return, unless it fails. */
static enum reload_result
upgrade(struct supervisor *s)
{
	int error;

	log_line(LOG_PRIO_NOTICE, "reload: executing %s", s->reload.program);
	notify_busy(&s->setup->notify); /* until the other image serves */
	handover_execute(s->reload.program, s->setup, &s->crew, s->reloads);
	error = errno;
	notify_not_busy(&s->setup->notify);
	errno = error;
	return reload_not_upgraded(&s->reload);
}

static void
reload_went(struct supervisor *s, enum reload_result result)
{
	const bool done = result == RELOAD_DONE;

	if (result == RELOAD_UPGRADE)
		result = upgrade(s);
	if (result == RELOAD_GOES_ON)
		return;
	s->reloads += done ? 1 : 0;
	if (done)
		crew_renew_resolver(&s->crew, s->setup);
	if (done)
		notify_ready(&s->setup->notify, SERVING, SERVING_ARGS(s));
	else
		notify_ready(&s->setup->notify,
		    SERVING "; the last one was refused: %s", SERVING_ARGS(s),
		    strbuf_text(&s->reload.words));
	crew_end_reload(&s->crew, done,
	    done ? STR_NONE : strbuf_str(&s->reload.words));
	crew_retire(&s->crew);
}

static void
reload_if_wanted(struct supervisor *s)
{
	if (!s->reload_wanted || s->phase != PHASE_SERVING ||
	    s->reload.stage != RELOAD_NONE)
		return;
	s->reload_wanted = false;
	crew_begin_reload(&s->crew);
	notify_reloading(&s->setup->notify, "reading %s again",
	    s->setup->options->config_file);
	reload_went(s, reload_begin(&s->reload));
}

/* Somebody asked a worker. */
static void
want_reload(struct supervisor *s, struct child *c, uint32_t number)
{
	c->asked = number;
	if (s->phase <= PHASE_SERVING)
		s->reload_wanted = true;
	else
		crew_refuse(c, STR("Pound is shutting down"));
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
		s->reload_wanted = true;
		break;
	default:
		break; /* CHLD: see reap() */
	}
}

static void
worker_is_ready(struct supervisor *s, struct child *c)
{
	c->ready = true;
	if (s->phase <= PHASE_SERVING)
		c->kill_ms = DEADLINE_NEVER;
	if (c == &s->crew.next && s->phase == PHASE_SERVING)
		reload_went(s, reload_ready(&s->reload));
	else if (s->phase == PHASE_SERVING)
		notify_status(&s->setup->notify, SERVING, SERVING_ARGS(s));
	if (s->phase != PHASE_STARTING)
		return;
	s->phase = PHASE_SERVING;
	log_quiet();
	daemonise_ready(&s->setup->daemonise);
	notify_ready(&s->setup->notify, SERVING, SERVING_ARGS(s));
}

static void
send_log(const struct supervisor *s, const struct child *c)
{
	if (log_open(s->setup->log_sink, s->setup->conf->log_facility, false) ==
		0 &&
	    log_syslog_fd() >= 0)
		(void)channel_send(c->channel, CHANNEL_LOG, NULL,
		    log_syslog_fd());
}

static void
take_message(struct supervisor *s, struct child *c,
    const struct channel_message *m)
{
	if (m->kind == CHANNEL_READY)
		worker_is_ready(s, c);
	else if (m->kind == CHANNEL_FAILED)
		snprintf(c->failure, sizeof(c->failure), "%s", m->text);
	else if (m->kind == CHANNEL_LOG_WANTED)
		send_log(s, c);
	else if (m->kind == CHANNEL_RELOAD)
		want_reload(s, c, m->number);
}

/* Of one; what it says may move it to another place. */
static void
take_messages(struct supervisor *s, struct child *c)
{
	const pid_t pid = c->pid;
	struct channel_message m;
	int passed;

	while (c != NULL && c->channel >= 0 &&
	    channel_receive(c->channel, &m, &passed) == CHANNEL_OK) {
		if (passed >= 0)
			close(passed); /* we asked for none */
		take_message(s, c, &m);
		c = crew_find(&s->crew, pid);
	}
}

static void
take_all_messages(struct supervisor *s)
{
	take_messages(s, &s->crew.worker);
	take_messages(s, &s->crew.next);
	for (unsigned i = 0; i < s->crew.retired_count; i++)
		take_messages(s, &s->crew.retired[i]);
}

static void
worker_crashed(struct supervisor *s, int status)
{
	struct child *c = &s->crew.worker;
	const bool told_why = c->failure[0] != '\0';
	const bool starting = s->phase == PHASE_STARTING;

	if (told_why)
		setup_complain(s->setup, c->failure);
	if (!told_why || !starting)
		child_log_end(c, status);
	if (s->phase >= PHASE_DRAINING)
		return;
	if (starting && (told_why || ++s->stillborn == STILLBORN_MAX)) {
		fail_start(s, "Pound cannot start: no worker became ready");
		return;
	}
	s->setup->restarts++;
	reload_settle(&s->reload);
	child_plan_restart(c);
	notify_status(&s->setup->notify,
	    "the worker died; another one is started");
}

static bool
crashed(int status)
{
	return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

/* An end that is no crash ends everything. */
static void
worker_ended(struct supervisor *s, int status)
{
	if (crashed(status))
		worker_crashed(s, status);
	child_forget(&s->crew.worker);
	if (crashed(status) || s->phase >= PHASE_DRAINING)
		return;
	log_line(LOG_PRIO_NOTICE,
	    "the worker was told to end, so the supervisor ends");
	begin_stop(s);
}

static void
next_ended(struct supervisor *s, int status)
{
	struct child *c = &s->crew.next;

	if (s->reload.stage == RELOAD_START) {
		if (c->failure[0] == '\0')
			child_log_end(c, status);
		reload_went(s, reload_died(&s->reload));
	}
	child_forget(c);
}

/* One that dies is not replaced: there is a worker. */
static void
retired_ended(struct supervisor *s, struct child *c, int status)
{
	if (crashed(status))
		child_log_end(c, status);
	crew_forget_retired(&s->crew, c);
}

static void
resolver_ended(struct supervisor *s, int status)
{
	if (s->phase < PHASE_DRAINING) {
		child_log_end(&s->crew.resolver, status);
		child_plan_restart(&s->crew.resolver);
	}
	child_forget(&s->crew.resolver);
}

static void
process_ended(struct supervisor *s, pid_t pid, int status)
{
	struct child *c = crew_find(&s->crew, pid);

	if (pid == s->reload.trial.pid) {
		if (s->reload.stage == RELOAD_TRIAL)
			reload_went(s, reload_tried(&s->reload, status));
		return;
	}
	if (c == &s->crew.resolver) {
		resolver_ended(s, status);
		return;
	}
	if (c == NULL)
		return;	     /* another image of us had it */
	take_messages(s, c); /* its last words */
	c = crew_find(&s->crew, pid);
	if (c == &s->crew.worker)
		worker_ended(s, status);
	else if (c == &s->crew.next)
		next_ended(s, status);
	else if (c != NULL)
		retired_ended(s, c, status);
	crew_accept(&s->crew);
}

static void
reap(struct supervisor *s)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		process_ended(s, pid, status);
	end_if_alone(s);
}

/* ------ the loop ------ */

/* Returns when to look again. */
static int64_t
look_at_clock(struct supervisor *s)
{
	const int64_t now = deadline_now_ms();
	struct child *const worker = &s->crew.worker;
	struct child *const resolver = &s->crew.resolver;
	int64_t due = crew_look(&s->crew, now);

	due = deadline_min(due, notify_alive(&s->setup->notify, now));
	if (now >= s->reload.trial.kill_ms)
		trial_kill(&s->reload.trial);
	due = deadline_min(due, s->reload.trial.kill_ms);
	if (s->phase > PHASE_SERVING)
		return due;
	if (resolver->pid == 0 && now >= resolver->restart_ms)
		crew_start_resolver(&s->crew, s->setup);
	if (worker->pid == 0 && now >= worker->restart_ms)
		crew_start_worker(&s->crew, s->setup);
	reload_if_wanted(s);
	due = deadline_min(due, worker->kill_ms);
	due = deadline_min(due, s->reload.trial.kill_ms);
	if (resolver->pid == 0)
		due = deadline_min(due, resolver->restart_ms);
	if (worker->pid == 0)
		due = deadline_min(due, worker->restart_ms);
	return due;
}

static size_t
fill(const struct supervisor *s, struct pollfd *fds)
{
	const struct crew *w = &s->crew;
	size_t n = 0;

	fds[n++].fd = s->setup->signals;
	fds[n++].fd = w->worker.channel;
	fds[n++].fd = w->next.channel;
	fds[n++].fd = s->reload.trial.fd;
	for (unsigned i = 0; i < w->retired_count; i++)
		fds[n++].fd = w->retired[i].channel;
	for (size_t i = 0; i < n; i++)
		fds[i].events = POLLIN;
	return n;
}

static void
turn(struct supervisor *s, int64_t due_ms)
{
	struct pollfd fds[4 + CREW_RETIRED_ROOM];
	const size_t n = fill(s, fds);
	int number;

	(void)poll(fds, n, deadline_wait_ms(deadline_now_ms(), due_ms));
	take_all_messages(s);
	trial_read(&s->reload.trial);
	while ((number = signals_next(s->setup->signals)) != 0)
		take_signal(s, number);
	reap(s);
}

/* Another image began all this; here it goes on. */
static void
resume(struct supervisor *s, struct handover *h)
{
	notify_not_busy(&s->setup->notify);
	s->crew = h->crew;
	s->reloads = h->reloads;
	if (s->crew.worker.pid == 0) { /* it died meanwhile, or is a stranger */
		control_socket_keep(&s->setup->control, s->setup->conf,
		    &h->before.control);
		setup_forget(&h->before);
		return;
	}
	s->phase = PHASE_SERVING;
	log_quiet();
	crew_begin_reload(&s->crew); /* whoever asked: the files are read */
	reload_went(s, reload_resume(&s->reload, &h->before));
}

int
supervisor_run(struct setup *setup, struct handover *handover)
{
	struct supervisor s = { .setup = setup };
	int64_t due_ms;

	crew_init(&s.crew);
	reload_init(&s.reload, setup, &s.crew);
	privilege_trim();
	if (handover != NULL)
		resume(&s, handover);
	due_ms = look_at_clock(&s); /* starts both */
	if (s.crew.worker.pid == 0)
		fail_start(&s, "no process can be had for the worker");
	while (s.phase != PHASE_ENDED) {
		turn(&s, due_ms);
		if (s.phase != PHASE_ENDED)
			due_ms = look_at_clock(&s);
	}
	child_leave(&s.crew.resolver); /* and it ends */
	reload_release(&s.reload);
	return s.status;
}
