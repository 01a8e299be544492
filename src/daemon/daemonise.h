/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Into the background: the starting process waits until its child serves
 * and says so with its exit status (A.6 #1). In the foreground all of it
 * does nothing. Owns one pipe.
 */
#ifndef DAEMON_DAEMONISE_H
#define DAEMON_DAEMONISE_H

#include <stdbool.h>

#include "base/attrs.h"

struct daemonise {
	bool background;
	bool keep_output; /* the log goes to stdout and stderr */
	int ready_fd;	  /* -1: nobody waits (any more) */
	int null_fd;	  /* /dev/null, which no jail has; -1: not needed */
};

/* The foreground, so far. Descriptors 0 to 2 that were closed are opened,
 * or the first sockets would be taken for the terminal. */
void daemonise_init(struct daemonise *d);

/*
 * Forks; returns in the child, which leads a session of its own. The
 * starting process never returns: it exits 0 after daemonise_ready(), 1
 * after daemonise_failed() or when the child died. 0, or -1 with errno.
 */
MUST_USE int daemonise_begin(struct daemonise *d);

/* Lets go of the terminal (/dev/null); each process for itself. */
void daemonise_detach(struct daemonise *d);

/* Detaches, and tells the starting process that all is ready. Once. */
void daemonise_ready(struct daemonise *d);

/* The start failed, and a message on standard error said why. */
void daemonise_failed(struct daemonise *d);

/* This process (a worker) has nothing to tell the starting process. */
void daemonise_forget(struct daemonise *d);

#endif
