/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * After a 101: bytes both ways between a client and its back-end. What a
 * silent one keeps is this and nothing else: the exchange's block goes
 * back to the thread when the 101 has been written, and another one is
 * borrowed at the end, for the access line.
 */
#ifndef PROXY_TUNNEL_H
#define PROXY_TUNNEL_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "proxy/exchange.h"

/* What the access line and the session need, one behind the other in
 * text[]. */
enum tunnel_text {
	TUNNEL_SESSION,
	TUNNEL_LINE,
	TUNNEL_HOST,
	TUNNEL_STATUS_LINE,
	TUNNEL_AUTHORIZATION,
	TUNNEL_REFERER,
	TUNNEL_AGENT,
	TUNNEL_TEXTS,
};

/* One direction. */
struct tunnel_way {
	uint64_t bytes;
	bool ended; /* the end was passed on, or nothing can go there */
	bool big;   /* the reader's buffer was full: lend more */
};

struct tunnel {
	struct upstream *up;
	const struct conf_service *service;
	struct backend *backend;
	struct tunnel_way forth, back; /* to the back-end, to the client */
	int64_t moved_ms;	       /* last byte in either direction */
	int64_t began_ms;
	time_t began;
	uint32_t len[TUNNEL_TEXTS];
	char text[];
};

/* A right 101 is queued in x->to_client. */
void tunnel_begin(struct thread *t, struct client *c);

/* STEP_TUNNEL. */
enum step_status tunnel_run(struct thread *t, struct client *c);

/* The tunnel is over: c->x is made for settle, if it was given back. */
void tunnel_end(struct thread *t, struct client *c);

/* The client goes: so does what the tunnel holds. */
void tunnel_free(struct thread *t, struct client *c);

#endif
