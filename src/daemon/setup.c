/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/setup.h"

#include <stdio.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/strbuf.h"
#include "config.h"
#include "daemon/limits.h"
#include "daemon/pool.h"
#include "daemon/signals.h"
#include "net/sock.h"

void
setup_complain(const struct setup *s, const char *lines)
{
	struct str rest = str_from(lines);

	while (!str_empty(rest)) {
		const size_t end = str_find(rest, '\n');
		const struct str line = str_head(rest, end);

		log_str(LOG_PRIO_ERR, line);
		if (s->log_sink == LOG_SINK_SYSLOG && log_syslog_fd() >= 0)
			fprintf(stderr, "pound: %.*s\n", STR_ARG(line));
		rest = str_skip(rest, end + 1);
	}
}

void
setup_open_log(struct setup *s)
{
	s->log_sink = s->options->log_to_stderr ? LOG_SINK_STDERR
						: s->conf->log_sink;
	s->daemonise.keep_output = s->log_sink != LOG_SINK_SYSLOG;
	if (log_open(s->log_sink, s->conf->log_facility, s->options->verbose) !=
	    0)
		fputs("pound: there is no syslog now; lines that it should "
		      "get are lost until there is\n",
		    stderr);
}

static void
raise_limits(struct setup *s)
{
	const unsigned max = s->conf->max_connections;

	s->processors = pool_processors();
	s->descriptors = sock_raise_limit();
	s->clients = limits_clients(s->descriptors, s->listening.count, max);
	if (max > s->clients)
		log_line(LOG_PRIO_WARNING,
		    "MaxConnections %u: the descriptor limit of %lu allows "
		    "%lu clients",
		    max, s->descriptors, s->clients);
}

static void
warn_root(const struct privilege *p)
{
	if (privilege_stays_root(p))
		log_line(LOG_PRIO_WARNING,
		    p->named_user
			? "User is root: the worker that serves the network "
			  "stays root"
			: "started as root without User: the worker that "
			  "serves the network stays root");
}

/* What the configuration asks for; sockets of before are used again. */
static int
acquire(struct setup *s, const struct setup *before, struct strbuf *why)
{
	const struct listening_sources from = {
		before != NULL ? &before->listening : NULL, &s->handed
	};
	int result = 0;

	if (privilege_find(&s->privilege, s->conf, why) != 0)
		result = -1;
	if (listening_open(&s->listening, s->conf, &from, why) != 0)
		result = -1;
	if (control_socket_open(&s->control, s->conf,
		before != NULL ? &before->control : NULL, why) != 0)
		result = -1;
	return result;
}

static void
warn_unused(const struct setup *s)
{
	char text[ADDR_TEXT_MAX];

	for (size_t i = 0; i < s->handed.count; i++) {
		struct fixbuf b;

		if (s->handed.fd[i] < 0 ||
		    listening_shares(&s->handed, i, &s->listening))
			continue;
		fixbuf_init(&b, text, sizeof(text));
		addr_add_text(&b, &s->handed.addr[i]);
		log_line(LOG_PRIO_WARNING,
		    "the service manager listens on %.*s, and no listener of "
		    "the configuration does: nobody serves there",
		    (int)b.len, text);
	}
}

/* What an operator should know of it. */
static void
remark(struct setup *s)
{
	raise_limits(s);
	warn_unused(s);
	warn_root(&s->privilege);
	listening_warn_foreign(&s->listening);
}

int
setup_open(struct setup *s, const struct options *o, const struct conf *conf,
    const struct setup *before)
{
	struct strbuf why;
	int result;

	*s = (struct setup){ .options = o,
		.conf = conf,
		.started_ms = deadline_now_ms() };
	strbuf_init(&why, SETUP_WORDS_MAX);
	daemonise_init(&s->daemonise);
	s->signals = signals_open();
	s->processors = pool_processors();
	setup_open_log(s);
	notify_open(&s->notify);
	notify_sockets(&s->handed);
	result = acquire(s, before, &why);
	if (s->signals < 0) {
		strbuf_addf(&why, "no descriptor for signals: %m\n");
		result = -1;
	}
	setup_complain(s, strbuf_text(&why));
	strbuf_release(&why);
	if (result == 0)
		remark(s);
	return result;
}

int
setup_renew(struct setup *s, const struct setup *before, struct conf *conf,
    struct strbuf *why)
{
	*s = *before;
	s->conf = s->own_conf = conf;
	s->processors = pool_processors();
	s->daemonise.ready_fd = -1;
	if (acquire(s, before, why) != 0)
		return -1;
	remark(s);
	return 0;
}

void
setup_replace(struct setup *s, struct setup *next)
{
	next->restarts = s->restarts;
	control_socket_keep(&next->control, next->conf, &s->control);
	setup_forget(s);
	*s = *next;
	setup_open_log(s);
	log_quiet();
}

void
setup_forget(struct setup *s)
{
	listening_release(&s->listening);
	control_socket_release(&s->control);
	privilege_release(&s->privilege);
	if (s->own_conf != NULL)
		conf_free(s->own_conf);
	s->own_conf = NULL;
	s->conf = NULL;
}

void
setup_release(struct setup *s)
{
	setup_forget(s);
	listening_release(&s->handed);
	notify_close(&s->notify);
	if (s->signals >= 0)
		close(s->signals);
}

void
setup_log_start(const struct setup *s, unsigned threads)
{
	log_line(LOG_PRIO_NOTICE,
	    "Pound %s serves: %zu listener%s, %u threads, descriptor limit "
	    "%lu, at most %lu clients",
	    PACKAGE_VERSION, s->listening.count,
	    s->listening.count == 1 ? "" : "s", threads, s->descriptors,
	    s->clients);
}
