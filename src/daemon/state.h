/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The stream of live/carry between two workers, through a pipe that the
 * supervisor made: at most STATE_BYTES_MAX and STATE_MS.
 */
#ifndef DAEMON_STATE_H
#define DAEMON_STATE_H

#include "live/live.h"

#define STATE_BYTES_MAX ((size_t)64 * 1024 * 1024)
#define STATE_MS 1000

/* The worker that serves. Sessions that are not taken in time are told of
 * in the log, in one line. Closes fd. */
void state_write(struct live *live, int fd);

/* The worker that will serve, before it has threads. Closes fd. */
void state_read(struct live *live, int fd);

#endif
