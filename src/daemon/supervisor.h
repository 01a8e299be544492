/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The process that the operator's signals are for. It holds what only root
 * can have, keeps a worker and a resolver alive (A.6 #2), and takes
 * nothing from the network. One thread, so that it may fork.
 *
 *	HUP, INT	the worker finishes, within Grace; exit 0. Once more,
 *			a second later or more: as TERM
 *	TERM, QUIT	the worker is ended, within 2 s; exit 0
 *	USR2		reload; if another image stands in our place, upgrade
 *	USR1		ignored
 */
#ifndef DAEMON_SUPERVISOR_H
#define DAEMON_SUPERVISOR_H

#include "daemon/handover.h"
#include "daemon/setup.h"

/*
 * Starts the worker and tells daemonise when it serves; returns the exit
 * status when all is over. A first worker that cannot start ends it with
 * 1, after setup_complain(). In the processes that it forks it does not
 * return: they exit. With a handover (or NULL), which it takes over, there
 * are processes already, and the worker is to be replaced.
 */
int supervisor_run(struct setup *setup, struct handover *handover);

#endif
