/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SUPPORT_GUARD_H
#define SUPPORT_GUARD_H

#include <stddef.h>

/*
 * Copies of test input that end where the memory ends.
 *
 * The bytes stand at the end of a mapped page and the page behind them may
 * not be touched: reading one byte too far stops the test at that
 * instruction. A guard belongs to the test that made it; a failing mmap
 * ends the test program.
 */
struct guard {
	char *bytes; /* the copy; bytes[len] must not be touched */
	size_t len;
	void *map; /* the whole mapping, for guard_release() */
	size_t map_len;
};

/* Copy len bytes (0 is fine; from may then be NULL) to a page's end. */
void guard_copy(struct guard *guard, const void *from, size_t len);

/* Unmap the copy. */
void guard_release(struct guard *guard);

#endif
