/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SUPPORT_WIRE_H
#define SUPPORT_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Peers in memory, for tests of the floor proxy without sockets.
 *
 * A program that calls one of these is linked with its conn_init_plain(),
 * sock_connect(), sock_connect_result(), sock_error_is_peers(),
 * sock_finish() and sock_local() instead of those of floor net: a "descriptor" is then the
 * number of a wire. (Should proxy call another function of net/sock, the
 * linker finds two of each: add it to wire.c.)
 *
 * A wire behaves as a TCP socket does, told by an edge-triggered poller
 * that is no more generous than it must be: each event is told once, and
 * nothing but what has changed. Bytes before a reset can still be read;
 * the error is told once, by a read or a write; a write after it is EPIPE.
 * Reading or writing what is closed or not connected yet ends the program.
 */
struct wire {
	/* what the peer sent, from in_at on not read yet */
	char *in;
	size_t in_len, in_cap, in_at;
	bool fin;	 /* behind it, the end */
	int error;	 /* behind it, this error; 0: told, or none */
	bool broken;	 /* it was told, or could have been */
	bool connecting; /* towards a back-end */
	int connect_error;
	/* what was written to the peer, NUL behind; from seen on unseen */
	char *out;
	size_t out_len, out_cap, seen;
	size_t room;   /* bytes that may still be written */
	bool refused;  /* a write found no room */
	bool finished; /* our FIN was sent */
	bool closed;
	uint8_t edge; /* enum conn_events that nobody was told of yet */
	bool watched;
	uint64_t token;
	uint16_t port; /* of the back-end; 0: a client */
};

#define WIRES_MAX 512

/* A client's end of a new connection; its descriptor. */
int wire_open(void);
/* By descriptor, or by order of their making; NULL: there is none. */
struct wire *wire_by_fd(int fd);
struct wire *wire_nth(unsigned n);
unsigned wire_count(void);
/* The nth connection that was made to a back-end, from 0. */
struct wire *wire_to_backend(unsigned n);
/* Forgets all of them and how back-ends take connections. */
void wire_forget_all(void);

/* What a back-end does with the next connections to its port. */
enum wire_mode {
	WIRE_ACCEPTS, /* at once: at first all of them */
	WIRE_WAITS,   /* until wire_connect() */
	WIRE_FAILS,   /* at once, with errno error */
};
void wire_listen(uint16_t port, enum wire_mode mode, int error);
#define WIRE_UNIX_PORT 1 /* for any UNIX socket */
/* The connection stands, or has failed. What its peer said before is
 * told after that. */
void wire_connect(struct wire *w, int error);

void wire_send(struct wire *w, const char *bytes, size_t len);
void wire_fin(struct wire *w);
void wire_reset(struct wire *w);
/* So many more bytes may be written; SIZE_MAX: all. */
void wire_give_room(struct wire *w, size_t bytes);
/* The room of those that are made from now on; SIZE_MAX at first. */
void wire_room_of_new(size_t bytes);

#endif
