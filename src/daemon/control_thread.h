/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The worker's thread that answers poundctl: from when the worker serves
 * until its end; once retired, only those who are there already.
 */
#ifndef DAEMON_CONTROL_THREAD_H
#define DAEMON_CONTROL_THREAD_H

#include <stdbool.h>

#include "base/attrs.h"
#include "control/ctlanswer.h"
#include "daemon/channel.h"
#include "live/live.h"

struct control_thread;

/*
 * fd as for ctlserver_new(); about is copied. channel leads to the
 * supervisor, who is asked for a reload (CHANNEL_RELOAD) on a copy of it;
 * -1: there is none. NULL: errno.
 */
MUST_USE struct control_thread *control_thread_start(int fd, struct live *live,
    const struct ctlanswer_about *about, int channel);

/* Accepts nobody any more: another worker does. */
void control_thread_retire(struct control_thread *t);

/* What became of reloads: CHANNEL_RELOADED or CHANNEL_REFUSED, with what
 * came with it; passed stays the caller's. */
void control_thread_reloaded(struct control_thread *t,
    const struct channel_message *m, int passed);

/* Main asks: false: somebody waits for a reload. From a true on nobody can
 * any more: he is let go, and asks another worker. */
MUST_USE bool control_thread_let_go(struct control_thread *t);

/* Ends the thread when answers that have begun are out, or after half a
 * second, and frees all. */
void control_thread_stop(struct control_thread *t);

#endif
