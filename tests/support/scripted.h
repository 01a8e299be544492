/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SUPPORT_SCRIPTED_H
#define SUPPORT_SCRIPTED_H

/*
 * A struct conn whose peer is a script, for tests without sockets.
 *
 *	static const struct scripted_step peer[] = {
 *		SCRIPTED_SENDS("GET / HT"), SCRIPTED_PAUSES,
 *		SCRIPTED_SENDS("TP/1.1\r\n\r\n"), SCRIPTED_ENDS,
 *	};
 *	struct scripted script;
 *	struct conn conn;
 *
 *	scripted_open(&script, &conn, peer, ARRAY_LEN(peer));
 *	do
 *		turn(&conn);
 *	while (scripted_advance(&conn));
 *
 * It keeps the readiness bits as an edge-triggered socket does: a read
 * takes at most one step's bytes, one that is shorter than the room uses up
 * CONN_READ, a write that is cut short uses up CONN_WRITE, and nothing
 * happens while the bit is clear. After its last step the peer is silent.
 * What it takes of our bytes is told by scripted_takes(): all, if it is
 * never called. Memory belongs to the test until scripted_release().
 */
#include <stdbool.h>
#include <stddef.h>

#include "net/conn.h"

enum scripted_kind {
	SCRIPTED_SEND,	/* these bytes can be read */
	SCRIPTED_PAUSE, /* nothing until the next event */
	SCRIPTED_END,	/* FIN */
	SCRIPTED_BREAK, /* an error instead of bytes */
	SCRIPTED_TAKE,	/* room for so many of our bytes */
};

struct scripted_step {
	enum scripted_kind kind;
	const char *bytes; /* SEND */
	size_t len;	   /* SEND, TAKE */
	int error;	   /* BREAK */
};

#define SCRIPTED_SENDS(text) \
	{ \
		SCRIPTED_SEND, (text), sizeof(text) - 1, 0 \
	}
#define SCRIPTED_PAUSES \
	{ \
		SCRIPTED_PAUSE, NULL, 0, 0 \
	}
#define SCRIPTED_ENDS \
	{ \
		SCRIPTED_END, NULL, 0, 0 \
	}
#define SCRIPTED_BREAKS(error) \
	{ \
		SCRIPTED_BREAK, NULL, 0, (error) \
	}
#define SCRIPTED_TAKES(bytes) \
	{ \
		SCRIPTED_TAKE, NULL, (bytes), 0 \
	}

/* A script that is being played. */
struct scripted_play {
	const struct scripted_step *step, *end;
	size_t used; /* bytes of *step that are gone */
};

struct scripted {
	struct scripted_play reads;
	struct scripted_play writes;
	bool bytewise;	   /* a read gives one byte */
	unsigned tries;	   /* reads and writes that a socket would have seen */
	unsigned finishes; /* calls to end our direction */
	bool closed;
	int handshakes;	     /* so many "again" before it is done */
	int handshake_error; /* and then this, if not 0 */
	char *out;	     /* all that was written, NUL behind */
	size_t out_len, out_cap;
};

/* Over steps that stay where they are; readable and writable at first. */
void scripted_open(struct scripted *s, struct conn *c,
    const struct scripted_step *steps, size_t count);

/*
 * How our writes go: SCRIPTED_TAKE and SCRIPTED_PAUSE (again until the next
 * event; so does a TAKE of less than is offered), SCRIPTED_BREAK. After the
 * last step all is taken.
 */
void scripted_takes(struct scripted *s, const struct scripted_step *steps,
    size_t count);

/*
 * What a poller would report next is put into c->ready: true if there was
 * anything, so that another turn may find work.
 */
bool scripted_advance(struct conn *c);

/* Frees what was recorded. */
void scripted_release(struct scripted *s);

#endif
