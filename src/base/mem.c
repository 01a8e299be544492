/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sys/mman.h>

#include "base/check.h"
#include "base/compat.h"
#include "base/mem.h"

void *
mem_alloc(size_t size)
{
	void *block = calloc(1, size > 0 ? size : 1);

	check(block != NULL);
	return block;
}

void *
mem_resize(void *block, size_t count, size_t size)
{
	size_t bytes;

	check(!__builtin_mul_overflow(count, size, &bytes));
	block = realloc(block, bytes > 0 ? bytes : 1);
	check(block != NULL);
	return block;
}

char *
mem_copy_text(const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(mem_alloc(size), text, size);
}

void
mem_free(void *block)
{
	free(block);
}

void *
mem_map(size_t size)
{
	void *block = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	check(block != MAP_FAILED);
	return block;
}

void
mem_unmap(void *block, size_t size)
{
	check(munmap(block, size) == 0);
}

void
mem_trim(void)
{
	COMPAT_MALLOC_TRIM();
}
