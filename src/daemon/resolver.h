/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names that come up while Pound runs. Looking one up may take long and
 * needs files that are not in the jail, so a process outside of it does
 * it: unprivileged, with a short-lived process for each question, several
 * at a time. It ends with the supervisor.
 *
 * Questions and answers are datagrams of fixed size on a pair of local
 * sockets a worker (channel_open). Asking never blocks; an answer may
 * come late or never, so who asks has a deadline of his own, and numbers
 * his questions.
 */
#ifndef DAEMON_RESOLVER_H
#define DAEMON_RESOLVER_H

#include <stdint.h>

#include "base/attrs.h"
#include "base/str.h"
#include "net/addr.h"

#define RESOLVER_NAME_MAX 256 /* with its NUL */
#define RESOLVER_WHY_MAX 96

struct resolver_question {
	uint64_t id;
	int32_t family; /* AF_UNSPEC, AF_INET or AF_INET6 */
	uint16_t port;
	char name[RESOLVER_NAME_MAX];
};

struct resolver_answer {
	uint64_t id;
	struct addr addr; /* len 0: not found */
	char why[RESOLVER_WHY_MAX];
};

enum resolver_status {
	RESOLVER_OK,
	RESOLVER_AGAIN, /* no answer now */
	RESOLVER_GONE,	/* nobody will answer on this socket */
};

/* ------ the asking side ------ */

/* 0, or -1: cannot be asked now (busy, gone, the name is too long). */
int resolver_ask(int fd, uint64_t id, struct str name, uint16_t port,
    int family);
MUST_USE enum resolver_status resolver_take(int fd, struct resolver_answer *a);

/* ------ the process ------ */

/*
 * Serves until the supervisor closes its end of channel; workers' sockets
 * come over it (CHANNEL_ADOPT). Privileges have gone already. signals: of
 * signals_open(). Returns the exit status.
 */
int resolver_run(int channel, int signals);

#endif
