/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The listening sockets: opened by the starting process, while it is root,
 * and inherited by every worker.
 */
#ifndef DAEMON_LISTENING_H
#define DAEMON_LISTENING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attrs.h"
#include "base/strbuf.h"
#include "conf/conf.h"

struct listening {
	const struct conf *conf;
	int *fd;       /* of conf->listeners[i]; -1: closed */
	bool *foreign; /* on an address that was not the machine's */
	size_t count;
};

/*
 * All, in the order of the configuration; those of before (which may be
 * NULL) with the same address are the same sockets once more. 0, or -1
 * and a line for each that cannot be had in why; then none is open.
 */
MUST_USE int listening_open(struct listening *l, const struct conf *conf,
    const struct listening *before, struct strbuf *why);

/* Whether another one has the socket of l->fd[i], too. */
bool listening_shares(const struct listening *l, size_t i,
    const struct listening *other);

/* Closes what is open and frees the rest. */
void listening_release(struct listening *l);

/* Nobody serves any more: connections are refused. The descriptors stay
 * what they are, for threads may be about to use them. */
void listening_stop(const struct listening *l);

/* This process does not serve: closes the sockets, and no more. */
void listening_forget(struct listening *l);

/* A warning for each socket on an address that the machine does not own
 * (now): the standby of a pair, or a mistake. Any one thread. */
void listening_warn_foreign(const struct listening *l);

#endif
