/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TLS before HTTP: the handshake with a client (STEP_HANDSHAKE) and with a
 * back-end (within STEP_CONNECT), their deadlines and their failures.
 */
#ifndef PROXY_HANDSHAKE_H
#define PROXY_HANDSHAKE_H

#include "base/attrs.h"
#include "proxy/exchange.h"

/* The deadline of the first flight is set by client_accept(). */
enum step_status handshake_client(struct thread *t, struct client *c);

/*
 * x->up is connected to a back-end with HTTPS: STEP_GO once TLS stands
 * (x->up->secured), else the wait, or STEP_GO with x->up NULL: it failed
 * and c->step is set. TimeOut counts from the first call.
 */
enum step_status handshake_backend(struct thread *t, struct client *c);

/* The name for SNI and verification: the host we send, without its port;
 * empty for a plain back-end. */
struct str handshake_name(struct client *c, struct exchange *x);

#endif
