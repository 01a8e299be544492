/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SUPPORT_TURNS_H
#define SUPPORT_TURNS_H

#include "proxy/thread.h"
#include "support/wire.h"

/*
 * A whole pool thread in one function call: clients and back-ends are
 * wires, the clock is a number, and turns_run() runs turns until nothing
 * is left to do. No threads, no sockets, no sleeping.
 *
 *	turns_open(&t, conf);
 *	client = turns_connect(&t);
 *	wire_send(client, "GET / ...", n);
 *	turns_run(&t);
 *	wire_send(wire_to_backend(0), "HTTP/1.1 200 ...", n);
 *	turns_run(&t);
 *	turns_pass(&t, 5000);
 *	wrong = turns_close(&t);
 *
 * After each run the rules of waiting are looked at (wrong says the first
 * one that did not hold): nothing spins; who waits has a deadline, in the
 * future; nobody waits who could go on; an idle client owns nothing.
 */
#define TURNS_POSTS 64

struct turns {
	struct thread thread;
	struct live *live;
	struct turns_post {
		enum thread_message message;
		uint32_t arg;
	} post[TURNS_POSTS];
	unsigned posts;
	int64_t tick_ms;
	bool paused;	    /* accepting pauses: a shortage, and no close */
	int watch_error;    /* what the poller says to the next descriptor */
	unsigned questions; /* for names, told by the thread */
	unsigned listener;  /* of the next clients */
	bool retries;	    /* back-ends may be tried again at any turn */
	const char *wrong;
};

/* conf stays the caller's. Back-ends accept (wire_listen() to change). */
void turns_open(struct turns *t, const struct conf *conf);
/* A client of t->listener, from 192.0.2.1; the thread has not seen it yet.
 * Its wire is closed when it was not taken. */
struct wire *turns_connect(struct turns *t);
void turns_run(struct turns *t);
/* Time goes by, with what it brings. */
void turns_pass(struct turns *t, int64_t ms);
void turns_drain(struct turns *t);

/* Clients that are connected. */
unsigned turns_clients(const struct turns *t);

/*
 * All peers reset their connections, an hour passes, and nothing may be
 * left: no client, connection, slot, waiter, buffer lent to anyone. What
 * was wrong, or NULL; all is freed.
 */
const char *turns_close(struct turns *t);

#endif
