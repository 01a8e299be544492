/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which back-end a request with a session goes to (B.6.4, A.3): the one
 * its key is tied to, even a disabled one; else one by weight, to which
 * the key is then tied. With a negative TTL nothing is remembered and the
 * key alone decides. An Emergency never gets a session.
 */
#ifndef ROUTE_AFFINITY_H
#define ROUTE_AFFINITY_H

#include "live/live.h"
#include "route/balance.h"

/* What an exchange knows of its session. */
struct affinity {
	struct str key; /* empty: it has none, and nothing here is called */
	bool asked;	/* whether it has one was found out */
	bool known;	/* it had a back-end before this request */
};

struct affinity_choice {
	const struct live *live;
	const struct conf_service *service;
	const struct balance_tried *tried;
	struct hash_random *random;
	int64_t now_ms;
	bool busy; /* a back-end was at MaxConn */
};

/*
 * The back-end to try next, never one that was tried, or NULL. When one
 * has failed the session moves to the next; when it was only at MaxConn
 * the request goes there without its session (A.1 #21), unless the session
 * is as new as the request.
 */
struct backend *affinity_choose(struct affinity *a,
    const struct affinity_choice *c);

/* The key was used with b: if it has no session, it is tied to b; if it
 * has one, that stays where it is and lives on. */
void affinity_use(const struct live *live, const struct conf_service *service,
    struct str key, struct backend *b, int64_t now_ms);

#endif
