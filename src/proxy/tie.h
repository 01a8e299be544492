/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An exchange and its session: which back-end its key is tied to, what the
 * answer ties, and that a session does not end while it is used. Without a
 * Session in the service it is one comparison.
 */
#ifndef PROXY_TIE_H
#define PROXY_TIE_H

#include "proxy/exchange.h"

/* Finds the request's key, once. false: its pattern could not be decided,
 * the detail is set. */
MUST_USE bool tie_find_key(struct client *c);

static inline bool
tie_ask(struct client *c)
{
	return c->x->service->session.type == CONF_SESSION_NONE ||
	    c->x->affinity.asked || tie_find_key(c);
}

/* The back-end to try next, or NULL; it has a key. */
struct backend *tie_choose(struct thread *t, struct client *c);

/* Something else than the session has chosen b. */
void tie_use(struct thread *t, struct client *c, struct backend *b);

/* A key in the answer's head is tied to who answers (B.6.6). false: as
 * tie_find_key(). */
MUST_USE bool tie_find_answer(struct thread *t, struct client *c);

static inline bool
tie_learn(struct thread *t, struct client *c)
{
	return c->x->service->session.type == CONF_SESSION_NONE ||
	    tie_find_answer(t, c);
}

/* The answer is over: a session lives TTL from now on. */
void tie_settle(struct thread *t, struct client *c);

#endif
