/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/deadline.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/channel.h"
#include "daemon/control_thread.h"
#include "daemon/drain.h"
#include "daemon/pool.h"
#include "daemon/seccomp.h"
#include "daemon/signals.h"
#include "daemon/state.h"
#include "daemon/ticker.h"
#include "live/live.h"

/* How soon a dead syslog socket is seen, and how often one asks again. */
#define LOG_LOOK_MS 1000
/* Until the death of the supervisor is certain. */
#define ALONE_MS 500
#define ALONE_LOOK_MS 10
/* For what is still in the log's rings when all is over. */
#define LOG_END_MS 500

struct worker {
	struct setup *setup;
	struct worker_ends ends;
	struct live *live;
	struct pool *pool;
	struct ticker *ticker;
	struct control_thread *control;
	struct drain drain;
	int64_t alone_ms; /* since then there is no channel; 0: there is */
	struct channel_message done; /* kind 0: nobody waits for that */
	bool stopping;
};

static void
stop(struct worker *w, const char *why)
{
	if (!w->stopping)
		log_line(LOG_PRIO_NOTICE, "%s: shutting down at once", why);
	w->stopping = true;
}

static void
take_signals(struct worker *w)
{
	int number;

	while ((number = signals_next(w->setup->signals)) != 0)
		switch (number) {
		case SIGHUP:
			drain_shut_down(&w->drain, "signal 1 (HUP)");
			break;
		case SIGINT:
			drain_shut_down(&w->drain, "signal 2 (INT)");
			break;
		case SIGQUIT:
			stop(w, "signal 3 (QUIT)");
			break;
		case SIGTERM:
			stop(w, "signal 15 (TERM)");
			break;
		case SIGUSR2:
			log_line(LOG_PRIO_NOTICE,
			    "signal USR2: this process cannot reload");
			break;
		default:
			break;
		}
}

/* The ticker goes on with the same number, and finds another resolver. */
static void
replace_resolver(const struct worker *w, int fd)
{
	if (fd >= 0 && w->ends.resolver >= 0)
		(void)dup3(fd, w->ends.resolver, O_CLOEXEC);
	if (fd >= 0)
		close(fd);
}

/* Who asks for the state of Pound from now on asks the other worker. */
static void
retire(struct worker *w)
{
	if (w->control != NULL)
		control_thread_retire(w->control);
	drain_retire(&w->drain);
}

/* It comes before CHANNEL_RETIRE. By the time that somebody hears that it
 * is done, he finds the worker that it was done for. */
static void
reloaded(struct worker *w, const struct channel_message *m, int passed)
{
	if (w->control == NULL)
		return;
	if (m->kind == CHANNEL_RELOADED) {
		w->done = *m;
		return;
	}
	/* What was done before this was refused is told before it. */
	if (w->done.kind == CHANNEL_RELOADED)
		control_thread_reloaded(w->control, &w->done, -1);
	w->done.kind = 0;
	control_thread_reloaded(w->control, m, passed);
}

/* No thread accepts any more. */
static void
tell_done(struct worker *w)
{
	if (w->done.kind == CHANNEL_RELOADED && w->drain.left)
		control_thread_reloaded(w->control, &w->done, -1);
	if (w->drain.left)
		w->done.kind = 0;
}

static void
obey(struct worker *w, const struct channel_message *m, int passed)
{
	switch (m->kind) {
	case CHANNEL_DRAIN:
		drain_shut_down(&w->drain, "told by the supervisor");
		break;
	case CHANNEL_GONE:
		drain_gone(&w->drain, m->number);
		break;
	case CHANNEL_RETIRE:
		retire(w);
		break;
	case CHANNEL_RELOADED:
	case CHANNEL_REFUSED:
		reloaded(w, m, passed);
		break;
	case CHANNEL_ACCEPT:
		pool_accept(w->pool);
		break;
	case CHANNEL_HURRY:
		drain_hurry(&w->drain, m->number);
		break;
	case CHANNEL_RESOLVER:
		replace_resolver(w, passed);
		return;
	case CHANNEL_STATE:
		if (passed >= 0)
			state_write(w->live, passed);
		return;
	case CHANNEL_LOG:
		log_set_syslog_fd(passed);
		return;
	default:
		break;
	}
	if (passed >= 0)
		close(passed);
}

static void
take_messages(struct worker *w)
{
	struct channel_message m;
	enum channel_status status;
	int passed;

	if (w->ends.channel < 0)
		return;
	while ((status = channel_receive(w->ends.channel, &m, &passed)) ==
	    CHANNEL_OK)
		obey(w, &m, passed);
	if (status != CHANNEL_CLOSED)
		return;
	close(w->ends.channel);
	w->ends.channel = -1;
	w->alone_ms = deadline_now_ms();
}

/*
 * The supervisor's end of the channel is closed. If it died, we soon have
 * another parent. If not, it is another image that knows nothing of us: then
 * another worker will serve.
 */
static void
look_for_supervisor(struct worker *w)
{
	if (w->alone_ms == 0 || w->drain.kind == DRAIN_SHUTDOWN)
		return;
	if (getppid() != w->setup->pid)
		drain_shut_down(&w->drain, "the supervisor has died");
	else if (deadline_now_ms() - w->alone_ms >= ALONE_MS)
		retire(w);
}

/* In the jail there is no way to another syslog socket. */
static void
look_after_log(const struct worker *w)
{
	if (w->setup->log_sink == LOG_SINK_SYSLOG && w->ends.channel >= 0 &&
	    (log_syslog_gone() || log_syslog_fd() < 0))
		(void)channel_send(w->ends.channel, CHANNEL_LOG_WANTED, NULL,
		    -1);
}

/* Somebody asked here for a reload that is to come: he is told first. */
static bool
asked_for_reload(const struct worker *w)
{
	return w->control != NULL && w->ends.channel >= 0 &&
	    w->drain.kind == DRAIN_RETIREMENT && w->drain.hurried < DRAIN_ALL &&
	    !control_thread_let_go(w->control);
}

static bool
finished(struct worker *w)
{
	const bool over = drain_over(&w->drain);

	tell_done(w);
	return w->stopping || (over && !asked_for_reload(w));
}

static int
wait_ms(const struct worker *w)
{
	if (w->alone_ms != 0 && w->drain.kind != DRAIN_SHUTDOWN)
		return ALONE_LOOK_MS;
	return w->drain.kind == DRAIN_NONE
	    ? LOG_LOOK_MS
	    : drain_wait_ms(&w->drain, deadline_now_ms());
}

static void
serve(struct worker *w)
{
	while (!finished(w)) {
		struct pollfd fds[2] = {
			{ .fd = w->setup->signals, .events = POLLIN },
			{ .fd = w->ends.channel, .events = POLLIN },
		};

		(void)poll(fds, 2, wait_ms(w));
		take_signals(w);
		take_messages(w);
		look_for_supervisor(w);
		look_after_log(w);
		seccomp_log_refused(SECCOMP_WORKER);
	}
}

static int
fail(const struct worker *w, const char *why)
{
	if (w->ends.channel >= 0)
		(void)channel_send(w->ends.channel, CHANNEL_FAILED, why, -1);
	else
		setup_complain(w->setup, why);
	return -1;
}

/* Nobody else tells anybody that Pound serves. */
static void
tell_alone(struct worker *w)
{
	daemonise_ready(&w->setup->daemonise);
	notify_ready(&w->setup->notify, "serving on %zu listener%s",
	    w->setup->listening.count,
	    w->setup->listening.count == 1 ? "" : "s");
}

/* The log line comes last: who has read it finds us ready. */
static void
tell_ready(struct worker *w)
{
	log_quiet();
	if (w->ends.channel >= 0)
		(void)channel_send(w->ends.channel, CHANNEL_READY, NULL, -1);
	else
		tell_alone(w);
	setup_log_start(w->setup, pool_threads(w->pool));
}

/* 0 also when there is no Control. */
static int
begin_control(struct worker *w)
{
	const struct setup *s = w->setup;
	const struct ctlanswer_about about = { .pid = (uint32_t)s->pid,
		.worker_pid = (uint32_t)getpid(),
		.restarts = s->restarts,
		.threads = pool_threads(w->pool),
		.started_ms = s->started_ms,
		.worker_started_ms = deadline_now_ms() };

	if (s->control.fd < 0)
		return 0;
	w->control = control_thread_start(s->control.fd, w->live, &about,
	    w->ends.channel);
	return w->control != NULL ? 0 : -1;
}

/*
 * When all is there that takes more system calls than serving does. A
 * worker without a supervisor has its files to remove at the end, and no
 * filter.
 */
static void
confine(const struct worker *w)
{
	if (w->ends.channel < 0)
		return;
	daemonise_detach(&w->setup->daemonise);
	if (w->setup->conf->seccomp)
		seccomp_confine(SECCOMP_WORKER);
}

/* Privileges go while there is one thread: they are a thread's. */
static int
begin(struct worker *w)
{
	const struct conf *conf = w->setup->conf;
	char why[PRIVILEGE_WHY_MAX];

	if (privilege_drop(&w->setup->privilege, PRIVILEGE_JAILED, why) != 0)
		return fail(w, why);
	/* While the processors are busy, news gathers and costs less. */
	compat_schedule_batch();
	/* Under a sanitizer the C library's allocator sleeps until the first
	 * trim, and does not expect two threads to wake it. */
	mem_trim();
	log_start();
	w->live = live_new(conf);
	w->live->max_connections = w->setup->clients;
	if (w->ends.state >= 0)
		state_read(w->live, w->ends.state);
	/* Who is served before there is a ticker may wait for a name. */
	if (w->ends.resolver >= 0)
		names_open(&w->live->names);
	w->pool = pool_start(conf, w->live, w->setup->listening.fd,
	    w->setup->processors);
	if (w->pool == NULL)
		return fail(w, "the threads of the pool cannot be started");
	drain_init(&w->drain, w->setup, w->live, w->pool);
	w->ticker = ticker_start(w->live, &w->setup->listening,
	    w->ends.resolver, w->pool);
	if (w->ticker == NULL)
		return fail(w, "the ticker thread cannot be started");
	if (begin_control(w) != 0)
		return fail(w, "the control thread cannot be started");
	confine(w);
	tell_ready(w);
	return 0;
}

static void
end(struct worker *w)
{
	if (w->control != NULL)
		control_thread_stop(w->control);
	if (w->ticker != NULL)
		ticker_stop(w->ticker);
	drain_release(&w->drain);
	if (w->pool != NULL)
		pool_stop(w->pool);
	if (w->live != NULL) {
		live_free(w->live);
		log_end(LOG_END_MS);
	}
}

int
worker_run(struct setup *setup, const struct worker_ends *ends)
{
	struct worker w = { .setup = setup, .ends = *ends };
	int status = 1;

	if (begin(&w) == 0) {
		serve(&w);
		status = 0;
	}
	end(&w);
	return status;
}
