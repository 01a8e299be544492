/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The file with the number of the process that gets the signals. Written
 * by that process, and removed by it as long as it holds its number.
 */
#ifndef DAEMON_PIDFILE_H
#define DAEMON_PIDFILE_H

#include "base/attrs.h"

/* "PID\n", mode 0600 with our umask. 0, or -1 with errno. */
MUST_USE int pidfile_write(const char *path);

/* Not when another process has written its own number there. */
void pidfile_remove(const char *path);

#endif
