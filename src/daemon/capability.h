/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Linux capabilities by the bare system calls. Of the calling thread: only
 * while there is no other one.
 */
#ifndef DAEMON_CAPABILITY_H
#define DAEMON_CAPABILITY_H

#include <stdbool.h>

/*
 * Gives up all but what a supervisor needs to start workers and to bind,
 * read and remove files for them, also for programs executed later. What
 * was not there does not come. 0, or -1 with errno.
 */
int capability_keep_supervisors(void);

/* No program executed later gets any; while still root. Where this is not
 * allowed nothing happens: capability_drop_all() is what counts. */
void capability_bound_none(void);

/* Gives up all of them. 0, or -1 with errno. */
int capability_drop_all(void);

/* None is there, or could be switched on again. */
bool capability_none(void);

#endif
