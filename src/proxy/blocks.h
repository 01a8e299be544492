/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Buffers of one thread: blocks of two sizes kept for the next user, up
 * to BLOCKS_KEEP of each; other sizes come from the allocator and go back
 * to it. A connection borrows one only while it has bytes to hold.
 */
#ifndef PROXY_BLOCKS_H
#define PROXY_BLOCKS_H

#include <stddef.h>

#include "base/attrs.h"

#define BLOCK_SMALL ((size_t)16384)
#define BLOCK_LARGE ((size_t)65536)
#define BLOCKS_KEEP 32

struct blocks_list {
	void *block[BLOCKS_KEEP];
	unsigned count;
};

struct blocks {
	struct blocks_list small, large, exchange;
	size_t exchange_size;
};

/* exchange_size: the third size, for struct exchange and its arena. */
void blocks_init(struct blocks *b, size_t exchange_size);
/* Frees what is kept; also when many connections have gone. */
void blocks_trim(struct blocks *b);

/* At least size bytes; *cap is what it really is. Not cleared. */
MUST_USE char *blocks_get(struct blocks *b, size_t size, size_t *cap);
/* block may be NULL. cap as blocks_get() said. */
void blocks_put(struct blocks *b, char *block, size_t cap);

MUST_USE void *blocks_get_exchange(struct blocks *b);
void blocks_put_exchange(struct blocks *b, void *block);

#endif
