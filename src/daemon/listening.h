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
#include "net/addr.h"

struct listening {
	const struct conf *conf; /* NULL: of no configuration of ours */
	int *fd;		 /* of conf->listeners[i]; -1: closed */
	struct addr *addr;	 /* on which it is */
	bool *foreign;		 /* on an address that was not the machine's */
	bool *lent;		 /* a service manager's, who goes on using it */
	size_t count;
};

/* Sockets that are there already, each NULL or to be used again where an
 * address is the same: first those of before. */
struct listening_sources {
	const struct listening *before, *handed;
};

/*
 * All, in the order of the configuration. 0, or -1 and a line for each
 * that cannot be had in why; then none is open.
 */
MUST_USE int listening_open(struct listening *l, const struct conf *conf,
    const struct listening_sources *from, struct strbuf *why);

/*
 * Listening sockets that somebody else made and handed over, in that order;
 * what is none is left alone. They become close-on-exec and non-blocking.
 */
void listening_adopt(struct listening *l, const int *fd, size_t count);

/* Whether another one has the address of l->fd[i], too. */
bool listening_shares(const struct listening *l, size_t i,
    const struct listening *other);

/* Closes what is open and frees the rest. */
void listening_release(struct listening *l);

/* Nobody accepts on that one any more: connections are refused, but on one
 * that is lent they wait for whoever gets it next. The descriptor stays. */
void listening_stop(const struct listening *l, size_t i);

/* This process does not serve: closes the sockets, and no more. */
void listening_forget(struct listening *l);

/* A warning for each socket on an address that the machine does not own
 * (now): the standby of a pair, or a mistake. Any one thread. */
void listening_warn_foreign(const struct listening *l);

#endif
