/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A byte stream to a peer that never blocks: plain, TLS, or scripted (unit
 * tests), behind one small table of operations.
 *
 * Readiness is edge-triggered. The poller sets bits in ready when the
 * descriptor becomes readable or writable; an operation that finds
 * nothing to do clears its bit and says CONN_AGAIN; want then tells which
 * event lets it go on. Nothing is tried while its bit is clear, so a call
 * costs no system call then. Under TLS only a handshake waits for want.
 *
 * Input goes through one buffer lent by the caller (conn_lend_buffer);
 * start..end of it are unread. conn_fill() never moves them. One owner.
 */
#ifndef NET_CONN_H
#define NET_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/uio.h>

#include "base/attrs.h"
#include "base/str.h"

enum conn_status {
	CONN_OK,
	CONN_AGAIN,  /* nothing now: park, and call again */
	CONN_CLOSED, /* the peer has finished sending */
	CONN_FULL,   /* no room in the buffer */
	CONN_FAILED, /* conn_error() says how */
};

enum conn_events {
	CONN_READ = 1,
	CONN_WRITE = 2,
	CONN_HANGUP = 4, /* the peer has sent FIN or RST: read to see */
	CONN_BROKEN = 8, /* reset, or closed both ways: nothing can be sent */
};

struct conn_ops; /* net/conn_layer.h */
struct conn {
	const struct conn_ops *ops;
	int fd;		    /* -1: closed */
	uint8_t ready;	    /* enum conn_events: not used up yet */
	uint8_t want;	    /* what the last "again" waits for */
	bool eof;	    /* the peer has finished sending */
	bool last;	    /* the owner: what is written now ends it */
	bool finished, cut; /* we have: conn_finish(), or also conn_cut() */
	bool failed;	    /* nothing can be written any more */
	bool unreadable;    /* reading failed, too */
	int error;	    /* errno of the first failure */
	char *buf;
	size_t cap, start, end;
	uint64_t bytes_in, bytes_out;
	void *layer; /* of the implementation: TLS, script */
};

/* Over a non-blocking socket, which it owns. ready: what to try. */
void conn_init_plain(struct conn *c, int fd, uint8_t ready);

/* What the poller found: bits are added; hangup counts as readable too,
 * broken as all of them. */
void conn_event(struct conn *c, uint8_t events);
/* What a poller without edges looks for: READ, WRITE that are used up. */
uint8_t conn_used_up(const struct conn *c);

/* Whether one of the events that the owner waits for (or hangup) is here. */
static inline bool
conn_awake(const struct conn *c, uint8_t wanted)
{
	return (c->ready & wanted) != 0;
}

static inline struct str
conn_peek(const struct conn *c)
{
	if (c->buf == NULL)
		return STR_NONE;
	return str_make(c->buf + c->start, c->end - c->start);
}

void conn_consume(struct conn *c, size_t n);
/* Lends memory for input, there must be no unread bytes; and takes it back
 * (unread bytes are lost with it; NULL: none). */
void conn_lend_buffer(struct conn *c, char *memory, size_t cap);
char *conn_take_buffer(struct conn *c);
void conn_compact(struct conn *c); /* moves the unread bytes to the front */

/* One read into the room behind the unread bytes. CONN_OK: at least one
 * byte came. A read shorter than the room clears CONN_READ (unless hangup
 * was seen). After a write has failed, what came before can still be read;
 * the end is CONN_FAILED, or CONN_CLOSED if the peer finished properly. */
MUST_USE enum conn_status conn_fill(struct conn *c);

/* Writes the pieces in order as far as they go now; *written is what went.
 * CONN_OK: all; CONN_AGAIN: the rest must be offered again, the same bytes.
 * With last they wait for conn_finish() or conn_close() and the FIN. */
MUST_USE enum conn_status conn_write(struct conn *c, const struct iovec *iov,
    int count, size_t *written);

/* Whether the layer holds bytes already, of which no poller tells. */
bool conn_pending(const struct conn *c);

/* Whether nothing came yet on which nobody asked: no byte, end or failure.
 * Records of TLS that are not data (tickets) are taken in, uncounted. */
MUST_USE bool conn_quiet(struct conn *c);

/* CONN_OK done, CONN_AGAIN: wait for want, CONN_FAILED. */
MUST_USE enum conn_status conn_handshake(struct conn *c);

/* Ends our direction (FIN, close_notify). Once; never waits. */
void conn_finish(struct conn *c);
/* What was sent is not all: the close shall not end it (no close_notify). */
void conn_cut(struct conn *c);
void conn_close(struct conn *c); /* the buffer stays the lender's */
const char *conn_error(const struct conn *c); /* words for c->error */

#endif
