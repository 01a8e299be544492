/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An arena hands out memory by moving a pointer and takes it back all at
 * once. Two kinds, one type:
 *  - fixed: over one block of the caller (a request's memory). When it is
 *    full arena_alloc() returns NULL: the peer asks too much.
 *  - growing: chunks from the allocator up to max bytes (a configuration).
 *    Beyond max it is fatal: our own files are that large.
 * One owner, one thread at a time.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/attrs.h"
#include "base/str.h"

struct arena_chunk;

struct arena {
	char *p;
	size_t used;
	size_t cap;
	size_t total;		    /* growing: bytes of all chunks */
	size_t max;		    /* growing: 0 means fixed */
	struct arena_chunk *chunks; /* growing: newest first */
};

void arena_init_fixed(struct arena *a, void *block, size_t size);
void arena_init_growing(struct arena *a, size_t max);
/* Growing: frees every chunk. Fixed: forgets the block. */
void arena_release(struct arena *a);

/* Aligned to 16, zeroed. NULL only from a fixed arena that is full. */
MUST_USE void *arena_alloc(struct arena *a, size_t size);

/* Fixed only: what was handed out so far, and back to it. */
static inline size_t
arena_mark(const struct arena *a)
{
	return a->used;
}

static inline void
arena_rewind(struct arena *a, size_t mark)
{
	a->used = mark;
}

/* Copies with a NUL behind; p is NULL when a fixed arena is full. */
struct str arena_copy(struct arena *a, struct str s);

#endif
