/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One client connection and the exchanges on it, one after another.
 *
 * A thread runs client_turn(); it goes from step to step until a step has
 * to wait. Then wait_client, wait_upstream and deadline_ms say for what
 * and until when, and the client is parked. What a step must remember
 * stands here or in the exchange, never in a callback.
 */
#ifndef PROXY_CLIENT_H
#define PROXY_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "live/live.h"
#include "net/addr.h"
#include "net/conn.h"
#include "proxy/account.h"
#include "proxy/step.h"
#include "proxy/thread.h"
#include "proxy/upstream.h"

struct exchange;
struct tunnel;

/* Body bytes that are read away to go on with the connection. */
#define CLIENT_DISCARD_MAX 65536

struct client {
	struct conn conn;
	enum client_step step;
	uint32_t slot, generation;
	uint8_t wait_client, wait_upstream; /* enum conn_events */
	bool ready;			    /* on the ready list */
	bool lingers;			    /* counted in thread.lingering */
	bool keep;			    /* go on after this exchange */
	bool gentle;	    /* the client may still be sending: linger */
	bool authenticated; /* NTLM, Negotiate: upstream is bound (A.2 #29) */
	uint8_t peer_len;
	char peer[47]; /* address without port */
	struct client *next_ready;
	struct client *queue_prev, *queue_next; /* MaxConn */
	int64_t opened_ms;
	int64_t deadline_ms;
	uint32_t timer; /* of daemon/timers: place in the heap, or UINT32_MAX */
	unsigned requests;
	const struct conf_listener *listener;
	struct live_listener *live;
	struct account account;
	struct exchange *x;	/* NULL while idle, and in a tunnel */
	struct tunnel *tunnel;	/* of STEP_TUNNEL, until settle; or NULL */
	struct upstream *bound; /* idle, but ours alone; or NULL */
	struct backend *bound_backend;
	uint64_t number; /* for the log */
	uint64_t lingered;
};

/*
 * Takes an accepted descriptor that thread_expect() was told of. false: no
 * room, it was closed. The client is put on the ready list.
 */
bool client_accept(struct thread *t, int fd, const struct addr *peer,
    unsigned listener);

/* One turn. After STEP_CLOSED c is gone. */
enum step_status client_turn(struct thread *t, struct client *c);

/* Closes at once, whatever goes on. */
void client_free(struct thread *t, struct client *c);
/* The same at the end of the process: an answer that had begun, and a
 * tunnel, get their access line first. */
void client_cut(struct thread *t, struct client *c);

static inline struct str
client_peer(const struct client *c)
{
	return str_make(c->peer, c->peer_len);
}

/* Sets what the parked client waits for; returns STEP_WAIT. */
static inline enum step_status
client_wait(struct client *c, uint8_t on_client, uint8_t on_upstream,
    int64_t deadline_ms)
{
	c->wait_client = on_client;
	c->wait_upstream = on_upstream;
	c->deadline_ms = deadline_ms;
	return STEP_WAIT;
}

static inline enum step_status
client_go(struct client *c, enum client_step step)
{
	c->step = step;
	return STEP_GO;
}

#endif
