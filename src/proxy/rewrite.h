/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The heads that we send: the request to the back-end, the answer to the
 * client. Composed, never copied; order, spelling and repetition stay.
 */
#ifndef PROXY_REWRITE_H
#define PROXY_REWRITE_H

#include "base/attrs.h"
#include "proxy/exchange.h"

/*
 * The Host for the back-end: AddHeader's, the client's, or (none, or an
 * empty one) the address that the connection came in on (strict-http 3).
 */
struct str rewrite_host(const struct client *c, struct exchange *x);

/* Marks skipped fields and composes the request into x->to_backend. */
void rewrite_request(struct thread *t, struct client *c, struct exchange *x);

/*
 * The final answer's head into x->to_client. Decides c->keep and how the
 * body is framed (flow_begin is done).
 */
void rewrite_response(struct thread *t, struct client *c, struct exchange *x);

/* The 101 that opens a tunnel. */
void rewrite_upgrade(struct thread *t, struct exchange *x);

/* The line of StrictTransportSecurity, where it is due. */
void rewrite_add_hsts(struct fixbuf *out, const struct client *c,
    const struct exchange *x);

/* A 102 or 103 for an HTTP/1.1 client. */
void rewrite_interim(struct thread *t, struct exchange *x);

/* What a TRACE with Max-Forwards: 0 shows: the request as it would be
 * forwarded, as text of *out. */
void rewrite_trace(struct thread *t, struct client *c, struct exchange *x,
    struct flow *out);

#endif
