/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A process that does nothing but read the configuration, before the
 * supervisor does: a reader that dies must not take the supervisor with
 * it. Its exit status is 0 when all is well; else it writes what is wrong.
 */
#ifndef DAEMON_TRIAL_H
#define DAEMON_TRIAL_H

#include <stdint.h>

#include <sys/types.h>

#include "base/attrs.h"
#include "base/strbuf.h"
#include "daemon/options.h"

struct trial {
	pid_t pid;	 /* 0: there is none */
	int fd;		 /* its words come here; -1 */
	int64_t kill_ms; /* it is killed then */
	struct strbuf words;
};

void trial_init(struct trial *t);

/* Forks. In the child 0, with *out to write to; else the pid, or -1. */
MUST_USE pid_t trial_fork(struct trial *t, int *out);

/* In the child. program NULL: this one reads; else that one does. */
NORETURN void trial_run(int out, const struct options *o, const char *program);

/* Takes what has been written. Never waits. */
void trial_read(struct trial *t);

/* It ended with this status of waitpid(): 0, or -1 and words say why. */
MUST_USE int trial_ended(struct trial *t, int status);

/* Ends it, if it lives; it is still to be reaped. */
void trial_kill(struct trial *t);
void trial_release(struct trial *t);

#endif
