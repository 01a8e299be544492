/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Decode the chunked transfer coding, RFC 9112 section 7.1, strict-http 5.
 *
 * The decoder owns no memory and does no I/O: the caller feeds it bytes as
 * they come and forwards the runs of body bytes it points out. The
 * sender's chunk boundaries are kept: CHUNKED_SIZE, then one or more
 * CHUNKED_DATA until left is 0. A struct chunked belongs to one message
 * and to one thread.
 */
#ifndef HTTP_CHUNKED_H
#define HTTP_CHUNKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum chunked_event {
	CHUNKED_MORE, /* all of the input is used: feed more */
	CHUNKED_SIZE, /* a chunk of left > 0 bytes begins */
	CHUNKED_DATA, /* *data is the next run of it; left is what remains */
	CHUNKED_END,  /* last chunk and trailer section seen */
	CHUNKED_BAD,  /* not chunked: the connection must be closed */
};

#define CHUNKED_EXTENSION_MAX 4096 /* bytes of extensions in a message */
#define CHUNKED_TRAILER_MAX 16384  /* bytes of the trailer section */
#define CHUNKED_TRAILERS_MAX 128   /* fields in it */

struct chunked {
	uint64_t left;	/* bytes of the current chunk to come */
	uint64_t total; /* sum of the sizes so far */
	int state;
	unsigned digits;
	unsigned extension; /* bytes so far */
	unsigned trailer;   /* bytes so far */
	unsigned trailers;  /* lines so far */
	bool gentle;	    /* from a back-end: blanks after a size pass */
	bool was_gentle;    /* ... and there were some */
	bool bad_trailer;   /* CHUNKED_BAD was about the trailer section */
};

void chunked_init(struct chunked *c, bool gentle);

/*
 * Looks at in, says how much of it is used (0 is possible with an event
 * that needs no byte) and what came. For CHUNKED_DATA, *data lies in in
 * and is counted in *used.
 */
enum chunked_event chunked_next(struct chunked *c, struct str in, size_t *used,
    struct str *data);

#endif
