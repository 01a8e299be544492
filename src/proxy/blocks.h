/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Buffers of one thread: blocks of four sizes, kept for the next user as
 * long as so many are needed at a time; other sizes come from the allocator
 * and go back to it. A connection borrows one only while it has bytes to
 * hold.
 */
#ifndef PROXY_BLOCKS_H
#define PROXY_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attrs.h"
#include "net/splice.h"

#define BLOCK_SMALL ((size_t)16384)
#define BLOCK_LARGE ((size_t)65536)
/* For bodies on their way; a thread has so many of these at most. */
#define BLOCK_HUGE ((size_t)262144)
#define BLOCKS_HUGE_MAX 16
/* Pipes for long bodies: two descriptors each, and they do not stay. */
#define BLOCKS_PIPES_MAX 8
/* So many of a size stay, whether they are needed or not. */
#define BLOCKS_KEEP 32

/* Free ones, the last used first: it is in the cache. */
struct blocks_list {
	void *first;
	unsigned count;
	unsigned least; /* count has been so low since the last shedding */
};

struct blocks {
	struct blocks_list small, large, huge, exchange, pipe;
	unsigned huge_out, pipe_out; /* not in the list */
	size_t exchange_size;
};

/* exchange_size: the fourth size, for struct exchange and its arena. */
void blocks_init(struct blocks *b, size_t exchange_size);
/* Frees what is kept; also when many connections have gone. */
void blocks_trim(struct blocks *b);

/* Whether there is more than what stays. */
MUST_USE bool blocks_spare(const struct blocks *b);
/* Frees what nobody has needed since the last call; whether that was any. */
bool blocks_shed(struct blocks *b);

/* At least size bytes; *cap is what it really is. Not cleared. */
MUST_USE char *blocks_get(struct blocks *b, size_t size, size_t *cap);
/* For a body: the largest that there is, BLOCK_LARGE at least. */
MUST_USE char *blocks_get_most(struct blocks *b, size_t *cap);
/* block may be NULL. cap as blocks_get() said. */
void blocks_put(struct blocks *b, char *block, size_t cap);

/* An empty pipe; NULL when there are too many, or no descriptors. One that
 * comes back with bytes in it is closed. */
struct splice *blocks_get_pipe(struct blocks *b);
void blocks_put_pipe(struct blocks *b, struct splice *pipe);

MUST_USE void *blocks_get_exchange(struct blocks *b);
void blocks_put_exchange(struct blocks *b, void *block);

#endif
