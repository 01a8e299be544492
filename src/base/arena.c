/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/mem.h"

#define ALIGN 16
#define CHUNK_SIZE ((size_t)16 * 1024)

/* The bytes handed out follow the head, which keeps their alignment. */
struct arena_chunk {
	struct arena_chunk *next;
	size_t size;
} __attribute__((aligned(ALIGN)));

void
arena_init_fixed(struct arena *a, void *block, size_t size)
{
	size_t skip = (size_t)(-(uintptr_t)block % ALIGN);

	*a = (struct arena){ .p = block };
	if (skip < size) {
		a->p += skip;
		a->cap = size - skip;
	}
}

void
arena_init_growing(struct arena *a, size_t max)
{
	check(max > 0);
	*a = (struct arena){ .max = max };
}

void
arena_release(struct arena *a)
{
	while (a->chunks != NULL) {
		struct arena_chunk *chunk = a->chunks;

		a->chunks = chunk->next;
		mem_free(chunk);
	}
	*a = (struct arena){ .max = a->max };
}

/* What is left of the chunk before is given up. */
static void
add_chunk(struct arena *a, size_t need)
{
	struct arena_chunk *chunk;
	size_t size = need > CHUNK_SIZE ? need : CHUNK_SIZE;

	check(need <= a->max - a->total);
	if (size > a->max - a->total)
		size = a->max - a->total;
	chunk = mem_alloc(sizeof(*chunk) + size);
	chunk->next = a->chunks;
	chunk->size = size;
	a->chunks = chunk;
	a->p = (char *)(chunk + 1);
	a->used = 0;
	a->cap = size;
	a->total += size;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	size_t need;
	void *block;

	if (size == 0)
		size = 1;
	if (__builtin_add_overflow(size, ALIGN - 1, &need))
		need = SIZE_MAX;
	need -= need % ALIGN;
	if (need > a->cap - a->used) {
		if (a->max == 0)
			return NULL;
		add_chunk(a, need);
	}
	block = a->p + a->used;
	a->used += need;
	/* A growing arena is never rewound: its chunks are zeros still. */
	return a->max == 0 ? memset(block, 0, size) : block;
}

struct str
arena_copy(struct arena *a, struct str s)
{
	char *copy = s.len < SIZE_MAX ? arena_alloc(a, s.len + 1) : NULL;

	if (copy == NULL)
		return STR_NONE;
	if (s.len > 0)
		memcpy(copy, s.p, s.len);
	return str_make(copy, s.len);
}
