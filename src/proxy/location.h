/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * RewriteLocation: Location and Content-Location of an answer that point
 * to the back-end or to us under another port or scheme are made to point
 * to us, under the name that the client used (B.7.4, A.2 #22).
 *
 * Where a URL points to may need the address of a name. What is not known
 * is asked for, and the exchange waits on its thread's list until the
 * answer is there or a second has passed.
 */
#ifndef PROXY_LOCATION_H
#define PROXY_LOCATION_H

#include "base/attrs.h"
#include "http/url.h"
#include "proxy/exchange.h"

/* ------ pure ------ */

/* What a URL is held against. */
struct location_side {
	int level;	     /* RewriteLocation 1 or 2 */
	bool https;	     /* of the listener */
	struct str host;     /* of the request, with its port */
	struct addr backend; /* IPv4 or IPv6, with its port */
	struct addr local;   /* where the client's connection came in */
};

enum location_verdict {
	LOCATION_KEEP,
	LOCATION_OURS, /* it is rewritten */
	LOCATION_ASK,  /* that depends on the address of its host */
};

/* By what the URL itself says. */
MUST_USE enum location_verdict location_judge(const struct url *u,
    const struct location_side *s);

/* By an address of its host: KEEP or OURS. */
MUST_USE enum location_verdict location_judge_addr(const struct url *u,
    const struct location_side *s, const struct addr *host);

/* ------ of an exchange ------ */

/* Fields that must never be sent, for a control byte in them, are marked
 * to be left out: whether there were any. */
bool location_drop_controls(struct response *resp);

/*
 * Rewrites the fields of x->resp. false: an address is awaited, until
 * x->naming.until_ms or until the client is made ready; call again.
 */
MUST_USE bool location_rewrite(struct thread *t, struct client *c);

/* The exchange waits no more. Once more does nothing. */
void location_leave(struct thread *t, struct client *c);

/* The answer to question id is there; 0: any may be. */
void location_told(struct thread *t, uint32_t id);

#endif
