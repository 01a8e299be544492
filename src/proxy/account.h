/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an exchange adds to its thread's counters (live/counter.h): one
 * call for each thing that happens to it. Cheap enough to be unasked.
 * What is remembered stands in the client, for a tunnel may live without
 * its exchange.
 */
#ifndef PROXY_ACCOUNT_H
#define PROXY_ACCOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "live/counter.h"

struct thread;
struct client;

struct account {
	struct counter_traffic *service, *backend; /* NULL: none */
	uint64_t in, out;			   /* bytes counted so far */
	int64_t judged_us, sent_us;
	bool tunnel;
};

/* TLS with the client stands, or it does not. */
void account_handshake(struct thread *t, const struct client *c, bool good);

/* The client has closed before it said a byte. */
void account_silent(struct thread *t, const struct client *c);

/* c->x->service is chosen. */
void account_service(struct thread *t, struct client *c);

/* It goes to c->x->backend, now that the connection stands. */
void account_backend(struct thread *t, struct client *c);

/* It ends with that Redirect. */
void account_redirect(struct thread *t, struct client *c);

/* c->x->backend could not be connected. */
void account_connect_failed(struct thread *t, struct client *c);

/* The head of the final answer is there, c->x->status is set. */
void account_answer(struct thread *t, struct client *c);

/* It has become a tunnel. */
void account_tunnel(struct client *c);

/* So many body bytes have passed by now, to the back-end and to the
 * client; at the end of each turn. */
void account_moved(struct client *c, uint64_t in, uint64_t out);

/* What it came to. */
void account_settle(struct thread *t, struct client *c);

/* It is over, settled or cut. Once more does nothing. */
void account_end(struct client *c);

#endif
