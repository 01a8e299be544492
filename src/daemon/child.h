/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A process that the supervisor keeps alive: the worker, the resolver.
 * Owns the supervisor's end of the channel to it.
 */
#ifndef DAEMON_CHILD_H
#define DAEMON_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/types.h>

#include "base/attrs.h"
#include "daemon/backoff.h"
#include "daemon/channel.h"

struct child {
	const char *name; /* "worker", for the log */
	pid_t pid;	  /* 0: there is none */
	int channel;	  /* -1: none */
	bool ready;	  /* it said so */
	int64_t since_ms; /* its start */
	int64_t kill_ms;  /* it is killed then; DEADLINE_NEVER: not */
	char failure[CHANNEL_TEXT_MAX]; /* why it cannot start, its words */
	/* Of its requests for a reload: the last one, up to which one they
	 * are what is done now, and up to which one they are answered. */
	uint32_t asked, doing, answered;
	bool told;	  /* retired, and told so */
	unsigned hurried; /* retired: what it was told to wait for no more */
	struct backoff backoff;
	int64_t restart_ms; /* when to start the next; DEADLINE_NEVER: not */
};

/* None yet, due now. */
void child_init(struct child *c, const char *name);

/*
 * Forks between two connected descriptors. Returns 0 in the child with
 * *own for the second; in the parent the pid with *own for the first; -1
 * with errno, and both are closed.
 */
MUST_USE pid_t child_fork_between(const int ends[2], int *own);

/* The same with a channel; the parent's end of it is c's. */
MUST_USE pid_t child_fork(struct child *c, int *channel);

/* The log line about an end: "MONITOR: worker exited ...". */
void child_log_end(const struct child *c, int status);

/* Sets restart_ms, by the age at which this one died, and says so. */
void child_plan_restart(struct child *c);

/* It has ended: forget it. */
void child_forget(struct child *c);

/* Closes our end of the channel: no more than that. */
void child_leave(struct child *c);

/* Sends the signal, if it lives. */
void child_signal(const struct child *c, int number);

#endif
