/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One direction of an exchange: body bytes from one connection to the
 * other, framing translated on the way, without copying them: pieces of
 * the reader's buffer are queued for writing, and the buffer moves on
 * when they have gone. Reads only while nothing waits to be written. What
 * is long and needs no translation goes through a pipe (net/splice).
 */
#ifndef PROXY_FLOW_H
#define PROXY_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include <sys/uio.h>

#include "base/fixbuf.h"
#include "http/chunked.h"
#include "http/framing.h"
#include "net/conn.h"
#include "proxy/blocks.h"

#define FLOW_PIECES 24
/* Room that is kept in the text buffer for chunk lines of one round. */
#define FLOW_TEXT 1024

enum flow_result {
	FLOW_DONE,	  /* the whole message has been written */
	FLOW_WAIT_READ,	  /* the reader has nothing now */
	FLOW_WAIT_WRITE,  /* the writer takes nothing now */
	FLOW_YIELD,	  /* budget used up */
	FLOW_READ_CLOSED, /* the reader ended before the body did */
	FLOW_READ_FAILED,
	FLOW_WRITE_FAILED,
	FLOW_BAD,   /* malformed chunks; a part may have been sent */
	FLOW_LARGE, /* more than max bytes of body */
};

struct flow {
	struct iovec piece[FLOW_PIECES];
	int first, count;   /* pieces not written yet */
	struct fixbuf text; /* composed bytes: head, chunk lines */
	size_t text_cap;    /* of the block behind text */
	size_t held;	    /* bytes of the reader's buffer in pieces */
	struct framing framing;
	struct chunked chunked;
	uint64_t left;	     /* FRAMING_LENGTH: bytes to come */
	uint64_t body;	     /* body bytes written on so far */
	uint64_t max;	     /* of body bytes */
	uint64_t taken;	     /* body bytes accepted from the reader */
	bool to_chunks;	     /* written as chunks */
	bool discard;	     /* read and thrown away: there is no writer */
	bool ended;	     /* the end of the body is in the pieces */
	bool moved;	     /* bytes went since the caller last looked */
	bool big;	     /* the reader's buffer was full: lend more */
	bool splices;	     /* may use a pipe: said after flow_begin() */
	bool spliced;	     /* a part went through a pipe */
	bool closes;	     /* behind the end the owner closes */
	struct splice *pipe; /* while it does; of the thread's blocks */
	/* why nothing more is decoded: told when the pieces have gone */
	enum flow_result failure;
};

/* Nothing queued, no text. */
void flow_init(struct flow *f);
/* Gives the text block back. */
void flow_release(struct flow *f, struct blocks *blocks);

/* Frames the body that follows. to_chunks as above; max 0: no limit. */
void flow_begin(struct flow *f, const struct framing *framing, bool to_chunks,
    uint64_t max);

/* Room of at least size bytes in the text; what is there is kept. */
void flow_text_room(struct flow *f, struct blocks *blocks, size_t size);
/* Queues what was added to the text since from. */
void flow_queue_text(struct flow *f, size_t from);

/* Whether something waits to be written. */
static inline bool
flow_pending(const struct flow *f)
{
	return f->first < f->count;
}

/*
 * Moves what can be moved now, *budget bytes at most (it is lowered).
 * from's buffer is lent from blocks and stays with from.
 */
enum flow_result flow_pump(struct flow *f, struct conn *from, struct conn *to,
    struct blocks *blocks, int64_t *budget);

/* Writes only what is queued: FLOW_DONE, WAIT_WRITE or WRITE_FAILED. */
enum flow_result flow_flush(struct flow *f, struct conn *to);

#endif
