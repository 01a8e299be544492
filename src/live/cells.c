/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "live/cells.h"

#include <stdbool.h>
#include <string.h>

#include "base/check.h"
#include "base/mem.h"

/*
 *   chunk:  not there --get--> with room <--put / get--> full
 *               ^                  |
 *               +---- last put ----+
 *
 * Chunks with room and chunks that are not there are two lists; a free
 * cell holds the number of the next one of its chunk. Cells are taken from
 * the chunk that has had room for the longest time, so that the others
 * may become empty.
 */

static size_t
chunk_bytes(const struct cells *c)
{
	return c->size << CELLS_CHUNK_BITS;
}

void
cells_init(struct cells *c, size_t size, size_t max_bytes)
{
	*c = (struct cells){ .size = size };
	check(size >= 8 && size % 8 == 0);
	check(max_bytes / chunk_bytes(c) < UINT32_MAX >> CELLS_CHUNK_BITS);
	c->room = (uint32_t)(max_bytes / chunk_bytes(c));
	if (c->room == 0)
		c->room = 1;
	c->chunk = mem_alloc(c->room * sizeof(*c->chunk));
}

void
cells_release(struct cells *c)
{
	for (uint32_t i = 0; i < c->made; i++)
		if (c->chunk[i].memory != NULL)
			mem_unmap(c->chunk[i].memory, chunk_bytes(c));
	mem_free(c->chunk);
	*c = (struct cells){ 0 };
}

static void
list_chunk(struct cells *c, uint32_t i)
{
	struct cells_chunk *k = &c->chunk[i];

	k->prev = c->last;
	k->next = 0;
	if (c->last != 0)
		c->chunk[c->last - 1].next = i + 1;
	else
		c->first = i + 1;
	c->last = i + 1;
}

static void
unlist_chunk(struct cells *c, uint32_t i)
{
	struct cells_chunk *k = &c->chunk[i];

	if (k->prev != 0)
		c->chunk[k->prev - 1].next = k->next;
	else
		c->first = k->next;
	if (k->next != 0)
		c->chunk[k->next - 1].prev = k->prev;
	else
		c->last = k->prev;
}

static bool
make_chunk(struct cells *c)
{
	const uint32_t i = c->spare != 0 ? c->spare - 1 : c->made;
	struct cells_chunk *k;

	if (i == c->room)
		return false;
	k = &c->chunk[i];
	if (c->spare != 0)
		c->spare = k->next;
	else
		c->made++;
	k->memory = mem_map(chunk_bytes(c));
	k->used = k->free = 0;
	k->fresh = i == 0; /* there is no cell 0 */
	c->count++;
	list_chunk(c, i);
	return true;
}

static void
give_back(struct cells *c, uint32_t i)
{
	struct cells_chunk *k = &c->chunk[i];

	unlist_chunk(c, i);
	mem_unmap(k->memory, chunk_bytes(c));
	k->memory = NULL;
	k->next = c->spare;
	c->spare = i + 1;
	c->count--;
}

static bool
has_room(const struct cells_chunk *k)
{
	return k->free != 0 || k->fresh < CELLS_CHUNK;
}

uint32_t
cells_get(struct cells *c)
{
	struct cells_chunk *k;
	uint32_t i, cell;

	if (c->first == 0 && !make_chunk(c))
		return 0;
	i = c->first - 1;
	k = &c->chunk[i];
	if (k->free != 0) {
		cell = k->free;
		memcpy(&k->free, cells_at(c, cell), sizeof(k->free));
	} else {
		cell = (i << CELLS_CHUNK_BITS) + k->fresh++;
	}
	k->used++;
	if (!has_room(k))
		unlist_chunk(c, i);
	return cell;
}

/* The only chunk with room stays, even when it is empty: else whoever
 * takes and gives one cell would make and give back a chunk each time. */
void
cells_put(struct cells *c, uint32_t cell)
{
	const uint32_t i = cell >> CELLS_CHUNK_BITS;
	struct cells_chunk *k = &c->chunk[i];

	check(cell != 0 && i < c->made && k->memory != NULL && k->used > 0);
	if (!has_room(k))
		list_chunk(c, i);
	memcpy(cells_at(c, cell), &k->free, sizeof(k->free));
	k->free = cell;
	k->used--;
	if (k->used == 0 && c->first != c->last)
		give_back(c, i);
}
