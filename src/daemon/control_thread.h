/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The worker's thread that answers poundctl: from when the worker serves
 * until its end, also while it drains.
 */
#ifndef DAEMON_CONTROL_THREAD_H
#define DAEMON_CONTROL_THREAD_H

#include "base/attrs.h"
#include "control/ctlanswer.h"
#include "live/live.h"

struct control_thread;

/* fd as for ctlserver_new(); about is copied. NULL: errno. */
MUST_USE struct control_thread *control_thread_start(int fd, struct live *live,
    const struct ctlanswer_about *about);

/* Accepts nobody any more: another worker does. */
void control_thread_retire(struct control_thread *t);

/* Ends the thread, whatever it waits for, and frees all. */
void control_thread_stop(struct control_thread *t);

#endif
