/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The steps of a client, in the order in which an exchange takes them,
 * and what one of them says when it returns (client.c has the picture).
 */
#ifndef PROXY_STEP_H
#define PROXY_STEP_H

enum client_step {
	STEP_HANDSHAKE, /* TLS comes first */
	STEP_IDLE,	/* between exchanges: nothing is owned */
	STEP_HEAD,	/* reading a request head */
	STEP_JUDGE,	/* sanitize, then the service */
	STEP_CHOOSE,	/* a back-end, or the next one */
	STEP_QUEUE,	/* waiting for a slot of MaxConn */
	STEP_CONNECT,	/* a connection to it */
	STEP_TRANSFER,	/* both directions at once */
	STEP_TUNNEL,	/* a WebSocket: bytes both ways */
	STEP_REPLY,	/* an answer of our own goes out */
	STEP_DISCARD,	/* the body nobody wanted is read away */
	STEP_SETTLE,	/* count, log, give everything back */
	STEP_LINGER,	/* our side is shut: read and throw away */
	STEP_CLOSE,
	STEP_COUNT,
};

enum step_status {
	STEP_GO,     /* c->step is set: go on */
	STEP_WAIT,   /* parked */
	STEP_YIELD,  /* the budget is used up: to the end of the list */
	STEP_CLOSED, /* the client is gone and freed */
};

#endif
