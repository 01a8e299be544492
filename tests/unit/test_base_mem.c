/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <string.h>

#include "base/compat.h"
#include "base/mem.h"
#include "support/dies.h"
#include "unit/tap.h"

static void *volatile kept;
static volatile size_t huge = SIZE_MAX / 2;

static void
resize_overflow(void)
{
	kept = mem_resize(NULL, huge, 3);
}

static void
alloc_too_much(void)
{
	kept = mem_alloc(huge);
}

static void
test_alloc(void)
{
	char *block = mem_alloc(1000);
	bool zeros = true;
	void *nothing;

	for (size_t i = 0; i < 1000; i++)
		zeros = zeros && block[i] == 0;
	ok(zeros, "a block is zeros");
	mem_free(block);
	nothing = mem_alloc(0);
	ok(nothing != NULL, "a block of nothing is one");
	mem_free(nothing);
	mem_free(NULL);
}

static void
test_resize(void)
{
	char *block = mem_resize(NULL, 4, 2);

	memcpy(block, "12345678", 8);
	block = mem_resize(block, 1000, 100);
	is_mem(block, 8, "12345678", 8, "growing keeps the bytes");
	block = mem_resize(block, 3, 1);
	is_mem(block, 3, "123", 3, "so does shrinking");
	block = mem_resize(block, 0, 100);
	ok(block != NULL, "resized to nothing it is still a block");
	mem_free(block);
}

static void
map_too_much(void)
{
	mem_unmap(mem_map((size_t)1 << 60), 1);
}

static void
test_map(void)
{
	static const char zeros[5000];
	char *block = mem_map(sizeof(zeros));

	is_mem(block, sizeof(zeros), zeros, sizeof(zeros), "pages of zeros");
	memset(block, 'x', sizeof(zeros));
	mem_unmap(block, sizeof(zeros));
}

int
main(void)
{
	char *copy;

	ok(dies(resize_overflow, "mul_overflow"),
	    "count times size is checked");
	/* A sanitizer ends the program itself, with words of its own. */
	if (!COMPAT_SANITIZED)
		ok(dies(alloc_too_much, "block != NULL"),
		    "out of memory is fatal");
	ok(dies(map_too_much, "MAP_FAILED"), "so it is for pages");
	test_alloc();
	test_resize();
	test_map();
	copy = mem_copy_text("text");
	is_str(copy, "text", "the copy of a text");
	mem_free(copy);
	mem_trim();
	return tap_done();
}
