/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Answers of our own: errors, redirects, 100 Continue, and OPTIONS and
 * TRACE that go no further (A.2 #1, #17, #20, #34). They are composed
 * into x->to_client; the caller sends them.
 */
#ifndef PROXY_REPLY_H
#define PROXY_REPLY_H

#include "proxy/exchange.h"

/* The page for x->outcome; the connection is closed after it. */
void reply_error(struct thread *t, struct client *c, struct exchange *x);

/* For a CONF_REDIRECT back-end; keeps the connection when it can. */
void reply_redirect(struct thread *t, struct client *c, struct exchange *x,
    const struct conf_backend *redirect);

/* "HTTP/1.1 100 Continue" */
void reply_continue(struct thread *t, struct exchange *x);

/* OPTIONS or TRACE with Max-Forwards: 0. false: it is not one. */
bool reply_last_hop(struct thread *t, struct client *c, struct exchange *x);

#endif
