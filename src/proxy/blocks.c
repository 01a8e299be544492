/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "proxy/blocks.h"

#include "base/mem.h"

void
blocks_init(struct blocks *b, size_t exchange_size)
{
	*b = (struct blocks){ .exchange_size = exchange_size };
}

/* A free block begins with the pointer to the next one. */
static void *
blocks_list_get(struct blocks_list *l, size_t size)
{
	void **block = l->first;

	if (block == NULL)
		return mem_resize(NULL, 1, size);
	l->first = *block;
	l->count--;
	if (l->count < l->least)
		l->least = l->count;
	return block;
}

static void
blocks_list_put(struct blocks_list *l, void *block)
{
	*(void **)block = l->first;
	l->first = block;
	l->count++;
}

static void
blocks_list_free(struct blocks_list *l, unsigned count)
{
	while (count-- > 0) {
		void **block = l->first;

		l->first = *block;
		l->count--;
		mem_free(block);
	}
	l->least = l->count;
}

/* A pipe in the list has lost its first bytes to the list's pointer: its
 * descriptors stand behind them. */
struct blocks_pipe {
	void *next;
	struct splice splice;
};

static void
blocks_close_pipes(struct blocks *b, unsigned count)
{
	while (count-- > 0) {
		struct blocks_pipe *p = b->pipe.first;

		b->pipe.first = p->next;
		b->pipe.count--;
		splice_close(&p->splice);
		mem_free(p);
	}
	b->pipe.least = b->pipe.count;
}

struct splice *
blocks_get_pipe(struct blocks *b)
{
	struct blocks_pipe *p;

	if (b->pipe_out >= BLOCKS_PIPES_MAX)
		return NULL;
	p = b->pipe.first;
	if (p != NULL) {
		p = blocks_list_get(&b->pipe, sizeof(*p));
	} else {
		p = mem_alloc(sizeof(*p));
		if (splice_open(&p->splice) != 0) {
			mem_free(p);
			return NULL;
		}
	}
	b->pipe_out++;
	return &p->splice;
}

void
blocks_put_pipe(struct blocks *b, struct splice *pipe)
{
	const bool used = pipe->held > 0;
	struct blocks_pipe *p = (struct blocks_pipe *)(void *)((char *)pipe -
	    offsetof(struct blocks_pipe, splice));

	b->pipe_out--;
	blocks_list_put(&b->pipe, p);
	if (used)
		blocks_close_pipes(b, 1);
}

void
blocks_trim(struct blocks *b)
{
	blocks_close_pipes(b, b->pipe.count);
	blocks_list_free(&b->small, b->small.count);
	blocks_list_free(&b->large, b->large.count);
	blocks_list_free(&b->huge, b->huge.count);
	blocks_list_free(&b->exchange, b->exchange.count);
}

bool
blocks_spare(const struct blocks *b)
{
	return b->small.count > BLOCKS_KEEP || b->large.count > BLOCKS_KEEP ||
	    b->exchange.count > BLOCKS_KEEP || b->pipe.count > 0;
}

static bool
blocks_list_shed(struct blocks_list *l)
{
	const unsigned more = l->count > BLOCKS_KEEP ? l->count - BLOCKS_KEEP
						     : 0;
	const unsigned unused = l->least < more ? l->least : more;

	blocks_list_free(l, unused);
	return unused > 0;
}

bool
blocks_shed(struct blocks *b)
{
	bool any = blocks_list_shed(&b->small);

	blocks_close_pipes(b, b->pipe.least);
	any |= blocks_list_shed(&b->large);
	any |= blocks_list_shed(&b->exchange);
	return any;
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
	/* Its size tells a huge one from others. */
	*cap = size == BLOCK_HUGE ? size + 1 : size;
	return mem_resize(NULL, 1, *cap);
}

char *
blocks_get_most(struct blocks *b, size_t *cap)
{
	if (b->huge_out >= BLOCKS_HUGE_MAX)
		return blocks_get(b, BLOCK_LARGE, cap);
	b->huge_out++;
	*cap = BLOCK_HUGE;
	return blocks_list_get(&b->huge, BLOCK_HUGE);
}

void
blocks_put(struct blocks *b, char *block, size_t cap)
{
	if (block == NULL)
		return;
	if (cap == BLOCK_HUGE)
		b->huge_out--;
	if (cap == BLOCK_SMALL)
		blocks_list_put(&b->small, block);
	else if (cap == BLOCK_LARGE)
		blocks_list_put(&b->large, block);
	else if (cap == BLOCK_HUGE)
		blocks_list_put(&b->huge, block);
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
