/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Cells of one size, named by numbers: memory for a table whose entries
 * come and go by the million. No cell ever moves, none is too large for
 * the hole that another left, and a chunk whose cells are all free goes
 * back to the system: a crowd that has gone leaves no memory behind.
 * Everything is O(1). One thread at a time; sanitizers do not see into
 * it, but numbers that were not handed out are caught.
 */
#ifndef LIVE_CELLS_H
#define LIVE_CELLS_H

#include <stddef.h>
#include <stdint.h>

#include "base/attrs.h"

#define CELLS_CHUNK_BITS 10
#define CELLS_CHUNK (UINT32_C(1) << CELLS_CHUNK_BITS)

struct cells_chunk {
	char *memory;	     /* NULL: given back, or never made */
	uint32_t used;	     /* cells that are handed out */
	uint32_t fresh;	     /* those from here on never were */
	uint32_t free;	     /* first of the others; 0: none */
	uint32_t prev, next; /* with room, or not there; number + 1 */
};

struct cells {
	size_t size;		   /* bytes of a cell */
	uint32_t room;		   /* chunks at most */
	uint32_t made;		   /* those below were there once */
	uint32_t count;		   /* that are there now */
	uint32_t first, last;	   /* chunks with a free cell, number + 1 */
	uint32_t spare;		   /* that were given back, number + 1 */
	struct cells_chunk *chunk; /* room of them */
};

/* size is a multiple of 8. All chunks together are at most max_bytes, but
 * one there may always be. */
void cells_init(struct cells *c, size_t size, size_t max_bytes);
void cells_release(struct cells *c);

/* Bytes that are held now. */
static inline size_t
cells_bytes(const struct cells *c)
{
	return c->count * (c->size << CELLS_CHUNK_BITS);
}

/* The number of a cell; 0 when all are in use. What stands in it is
 * undefined, but zeros when it is used for the first time. */
MUST_USE uint32_t cells_get(struct cells *c);
/* Its first four bytes are overwritten, the others stay. */
void cells_put(struct cells *c, uint32_t cell);

/* cell was handed out. For a walk: it is below cells_end(), and NULL says
 * that its whole chunk is not there. */
static inline void *
cells_at(const struct cells *c, uint32_t cell)
{
	char *memory = c->chunk[cell >> CELLS_CHUNK_BITS].memory;

	if (UNLIKELY(memory == NULL))
		return NULL;
	return memory + (cell & (CELLS_CHUNK - 1)) * c->size;
}

static inline uint32_t
cells_end(const struct cells *c)
{
	return c->made << CELLS_CHUNK_BITS;
}

#endif
