/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The only door to the allocator. Out of memory is fatal: these functions
 * never return NULL. Limits on what a peer may make us allocate are the
 * callers' (arenas, strbuf maxima, slabs).
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

#include "base/attrs.h"

/* size bytes of zeros, suitably aligned for anything. */
MUST_USE void *mem_alloc(size_t size);

/* Room for count items of size bytes; NULL grows to a new block; the new
 * part is not cleared. */
MUST_USE void *mem_resize(void *block, size_t count, size_t size);

/* A copy of the NUL-terminated text. */
MUST_USE char *mem_copy_text(const char *text);

void mem_free(void *block);

/* Whole pages of zeros, straight from the system and straight back to it,
 * touched only where they are used: for what is large and comes and goes. */
MUST_USE void *mem_map(size_t size);
void mem_unmap(void *block, size_t size);

/* Give unused pages back to the system (malloc_trim where there is one). */
void mem_trim(void);

#endif
