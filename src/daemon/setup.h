/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the starting process makes, while it is still root and outside any
 * jail, and every process forked from it has a copy of.
 */
#ifndef DAEMON_SETUP_H
#define DAEMON_SETUP_H

#include "base/attrs.h"
#include "base/log.h"
#include "conf/conf.h"
#include "daemon/control_socket.h"
#include "daemon/daemonise.h"
#include "daemon/listening.h"
#include "daemon/notify.h"
#include "daemon/options.h"
#include "daemon/privilege.h"

/* Longer than all that can go wrong at once in files worth reading. */
#define SETUP_WORDS_MAX ((size_t)1 << 20)

struct setup {
	const struct options *options;
	const struct conf *conf;
	struct conf *own_conf;	   /* the same, if it goes with the setup */
	enum log_sink log_sink;	   /* -e wins over LogFacility */
	unsigned long descriptors; /* the limit of each process */
	unsigned long clients;	   /* so many that allows at once */
	unsigned processors;	   /* pool_processors() */
	int signals;		   /* signals_open(); each reads its own */
	struct privilege privilege;
	struct listening listening;
	struct control_socket control;
	pid_t pid;	    /* whose signals end everything */
	int64_t started_ms; /* of the monotonic clock */
	unsigned restarts;  /* workers that took the place of a dead one */
	struct daemonise daemonise;
	struct notify notify;
	struct listening handed; /* by the service manager */
};

/*
 * Opens the log and the listening sockets, raises the descriptor limit and
 * looks up who to become. Sockets of before (NULL: none) are used again as
 * in setup_renew(). 0, or -1 after setup_complain() for each mistake;
 * setup_release() in both cases. conf stays the caller's.
 */
MUST_USE int setup_open(struct setup *s, const struct options *o,
    const struct conf *conf, const struct setup *before);
void setup_release(struct setup *s);

/*
 * At a reload: another one, which uses what of before (and of the process)
 * stays the same. conf is its own then. 0, or -1 and a line for each
 * mistake in why. In both cases setup_forget(); or setup_replace(): it takes
 * the place of s.
 */
MUST_USE int setup_renew(struct setup *s, const struct setup *before,
    struct conf *conf, struct strbuf *why);
void setup_replace(struct setup *s, struct setup *next);

/* What a setup_renew() acquired; what was lent stays. */
void setup_forget(struct setup *s);

/* The log goes where the setup says. */
void setup_open_log(struct setup *s);

/* Why there will be no start: into the log, and onto standard error when
 * the log is elsewhere. One line each. */
void setup_complain(const struct setup *s, const char *lines);

/* The line with which a worker begins its work. */
void setup_log_start(const struct setup *s, unsigned threads);

#endif
