/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "proxy/blocks.h"

#include "base/mem.h"

void
blocks_init(struct blocks *b, size_t exchange_size)
{
	*b = (struct blocks){ .exchange_size = exchange_size };
}

static void *
blocks_list_get(struct blocks_list *l, size_t size)
{
	if (l->count > 0)
		return l->block[--l->count];
	return mem_resize(NULL, 1, size);
}

static void
blocks_list_put(struct blocks_list *l, void *block)
{
	if (l->count < BLOCKS_KEEP)
		l->block[l->count++] = block;
	else
		mem_free(block);
}

static void
blocks_list_trim(struct blocks_list *l)
{
	while (l->count > 0)
		mem_free(l->block[--l->count]);
}

void
blocks_trim(struct blocks *b)
{
	blocks_list_trim(&b->small);
	blocks_list_trim(&b->large);
	blocks_list_trim(&b->exchange);
}

char *
blocks_get(struct blocks *b, size_t size, size_t *cap)
{
	if (size <= BLOCK_SMALL) {
		*cap = BLOCK_SMALL;
		return blocks_list_get(&b->small, BLOCK_SMALL);
	}
	if (size <= BLOCK_LARGE) {
		*cap = BLOCK_LARGE;
		return blocks_list_get(&b->large, BLOCK_LARGE);
	}
	*cap = size;
	return mem_resize(NULL, 1, size);
}

void
blocks_put(struct blocks *b, char *block, size_t cap)
{
	if (block == NULL)
		return;
	if (cap == BLOCK_SMALL)
		blocks_list_put(&b->small, block);
	else if (cap == BLOCK_LARGE)
		blocks_list_put(&b->large, block);
	else
		mem_free(block);
}

void *
blocks_get_exchange(struct blocks *b)
{
	return blocks_list_get(&b->exchange, b->exchange_size);
}

void
blocks_put_exchange(struct blocks *b, void *block)
{
	blocks_list_put(&b->exchange, block);
}
