/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The process that serves. Its main thread becomes the unprivileged user,
 * starts all other threads, and waits for signals and for the supervisor:
 *
 *	HUP, INT, CHANNEL_DRAIN,	shut down as drain.h says, exit 0
 *	end of the supervisor
 *	CHANNEL_RETIRE			retire as drain.h says, exit 0
 *	TERM, QUIT			exit 0 now
 *
 * Exit status 1: it could not start, and has said why. Everything else is
 * a crash.
 */
#ifndef DAEMON_WORKER_H
#define DAEMON_WORKER_H

#include "daemon/setup.h"

struct worker_ends {
	int channel;  /* to the supervisor, -1: there is none */
	int resolver; /* to the resolver, -1: there is none */
	int state;    /* what the worker before knows, -1: nothing */
};

/* Returns the exit status, when everything is over. Descriptors that are
 * not the worker's are closed already. */
int worker_run(struct setup *setup, const struct worker_ends *ends);

#endif
