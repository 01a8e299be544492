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

/* Longer than all that can go wrong at once in files worth reading. */
#define COMPLAINTS_MAX 65536

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

static void
open_log(struct setup *s)
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

int
setup_open(struct setup *s, const struct options *o, const struct conf *conf)
{
	struct strbuf why;
	int result = 0;

	*s = (struct setup){ .options = o,
		.conf = conf,
		.started_ms = deadline_now_ms() };
	strbuf_init(&why, COMPLAINTS_MAX);
	daemonise_init(&s->daemonise);
	s->signals = signals_open();
	s->processors = pool_processors();
	open_log(s);
	if (s->signals < 0) {
		strbuf_addf(&why, "no descriptor for signals: %m\n");
		result = -1;
	}
	if (privilege_find(&s->privilege, conf, &why) != 0)
		result = -1;
	if (listening_open(&s->listening, conf, &why) != 0)
		result = -1;
	if (control_socket_open(&s->control, conf, &why) != 0)
		result = -1;
	setup_complain(s, strbuf_text(&why));
	strbuf_release(&why);
	if (result != 0)
		return -1;
	raise_limits(s);
	warn_root(&s->privilege);
	listening_warn_foreign(&s->listening);
	return 0;
}

void
setup_release(struct setup *s)
{
	listening_release(&s->listening);
	control_socket_release(&s->control);
	privilege_release(&s->privilege);
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
