/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a process may ask of the system once it serves: a list of system
 * calls (seccomp.def), as a filter in the kernel. A call that is not on it
 * fails with EPERM, is remembered, and never ends the process.
 *
 * Sanitized builds, and machines other than x86-64 and arm64, have none.
 */
#ifndef DAEMON_SECCOMP_H
#define DAEMON_SECCOMP_H

#include <stdbool.h>

#include "base/attrs.h"

enum seccomp_role {
	SECCOMP_WORKER,
	SECCOMP_RESOLVER,
};

/* This build has filters for this machine. */
bool seccomp_built(void);

/*
 * From now on, for all threads of the process and all that come from it,
 * and for good. Needs no_new_privs. 0, or -1 with errno: no thread has a
 * filter then. A thread must not block SIGSYS.
 */
MUST_USE int seccomp_install(enum seccomp_role role);

/* The same where a filter is built. A system that takes none is a warning
 * in the log, and no more. */
void seccomp_confine(enum seccomp_role role);

/*
 * The number of a call that was refused and not given out before, or -1.
 * Each number comes once; those of SECCOMP_NUMBER_MAX and more come as
 * that. One thread asks.
 */
#define SECCOMP_NUMBER_MAX 511
int seccomp_next_refused(void);

/* The same with a log line for each of them. */
void seccomp_log_refused(enum seccomp_role role);

#endif
