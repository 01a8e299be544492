/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Upgrade of the binary: the supervisor executes another image of itself,
 * in the same process, which goes on with its sockets and its children.
 *
 * It is told by one variable of the environment:
 *
 *	POUND_HANDOVER=VERSION SOCKETS OTHERS
 *
 * SOCKETS are the descriptors of the listening sockets, in the order of the
 * configuration, and of the control socket; OTHERS all further ones that
 * were handed over, the first of them a pipe with the rest in lines of
 * words. The form of the variable is the same in every version. An image
 * that does not understand the version of the rest takes the sockets,
 * closes the others (so that living workers retire), and begins afresh.
 */
#ifndef DAEMON_HANDOVER_H
#define DAEMON_HANDOVER_H

#include <stdbool.h>

#include "base/attrs.h"
#include "daemon/crew.h"
#include "daemon/setup.h"

#define HANDOVER_VERSION 1

struct handover {
	bool given;	     /* there was another image before this one */
	bool understood;     /* and what follows is what it said */
	struct setup before; /* its sockets; no more than that */
	struct crew crew;
	bool background;
	int64_t started_ms;
	unsigned restarts, reloads;
};

/* Reads the variable, and takes it out of the environment. */
void handover_take(struct handover *h);
/* What nobody took over. */
void handover_release(struct handover *h);

/* Executes the program with the same arguments. Returns only if that
 * fails: errno says why, and nothing has changed. */
void handover_execute(const char *program, const struct setup *setup,
    const struct crew *crew, unsigned reloads);

#endif
