/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From the command line to a process that serves, and to its end. Returns
 * are exit statuses.
 */
#ifndef DAEMON_START_H
#define DAEMON_START_H

#include "daemon/options.h"

/* -c: what is wrong, on standard error; 0 when Pound could serve from the
 * file. */
int start_check(const struct options *o);

/* Serves until it is told to end. The processes that it forks exit. */
int start_run(const struct options *o);

#endif
