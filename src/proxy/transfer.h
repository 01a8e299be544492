/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Between transfer.c, both directions of an exchange, and answer.c, the
 * head of the answer. A leg is one direction in one turn.
 */
#ifndef PROXY_TRANSFER_H
#define PROXY_TRANSFER_H

#include "proxy/exchange.h"

enum leg {
	LEG_DONE,
	LEG_WAIT,
	LEG_YIELD,
	LEG_OVER, /* the exchange failed: c->step is set */
};

struct transfer_wait {
	uint8_t client, upstream;
	int64_t deadline_ms;
};

/* The exchange fails, or (a channel of RPC) just ends: LEG_OVER. */
enum leg transfer_over(struct thread *t, struct client *c, enum outcome o);

/* The answer that has begun goes no further, and the client can tell. */
void transfer_cut(struct client *c);

/* One more thing to wait for: LEG_WAIT. */
enum leg transfer_await(struct transfer_wait *w, uint8_t client,
    uint8_t upstream, int64_t deadline_ms);

/* What is queued for the client (100 Continue, interim answers) goes out
 * before anything else is composed. */
enum leg transfer_flush(struct thread *t, struct client *c,
    struct transfer_wait *w);

#endif
