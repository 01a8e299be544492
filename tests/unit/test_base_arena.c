/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "support/dies.h"
#include "unit/tap.h"

static bool
is_aligned(const void *p)
{
	return (uintptr_t)p % 16 == 0;
}

static bool
is_zeros(const char *p, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (p[i] != 0)
			return false;
	return true;
}

static void
test_fixed(void)
{
	char block[256 + 16];
	struct arena a;
	size_t mark;
	char *p, *q;

	memset(block, 0xff, sizeof(block));
	arena_init_fixed(&a, block + 1, sizeof(block) - 1);
	p = arena_alloc(&a, 1);
	mark = arena_mark(&a);
	q = arena_alloc(&a, 17);
	ok(p != NULL && q == p + 16, "steps of 16");
	ok(is_aligned(p) && is_zeros(p, 1) && is_zeros(q, 17), "aligned zeros");
	memset(q, 0xff, 17);
	arena_rewind(&a, mark);
	ok(arena_alloc(&a, 17) == q && is_zeros(q, 17),
	    "zeros again after rewinding");
	arena_rewind(&a, 0);
	ok(arena_alloc(&a, 256) == p, "all of the block");
	ok(arena_alloc(&a, 1) == NULL, "and it is full");
	ok(arena_alloc(&a, 0) == NULL, "for nothing too");
	arena_rewind(&a, 240);
	ok(arena_alloc(&a, 17) == NULL, "17 into 16");
	ok(arena_alloc(&a, SIZE_MAX) == NULL &&
		arena_alloc(&a, SIZE_MAX - 14) == NULL,
	    "sizes that wrap");
	ok(arena_alloc(&a, 16) == p + 240, "16 into 16, after all that");
	arena_release(&a);
	ok(arena_alloc(&a, 1) == NULL, "a released one has nothing");
}

static void
test_fixed_small(void)
{
	char block[32];
	struct arena a;
	bool none = true;

	for (size_t offset = 0; offset < 16; offset++) {
		arena_init_fixed(&a, block + offset, 8);
		none = none && arena_alloc(&a, 1) == NULL;
	}
	ok(none, "too small for anything, wherever it stands");
	arena_init_fixed(&a, NULL, 0);
	ok(arena_alloc(&a, 1) == NULL, "no block at all");
}

static void
test_growing(void)
{
	struct arena a;
	char *p[100];
	bool good = true;

	arena_init_growing(&a, 1000000);
	for (size_t i = 0; i < 100; i++) {
		p[i] = arena_alloc(&a, 100 * i);
		good = good && is_aligned(p[i]) && is_zeros(p[i], 100 * i);
		memset(p[i], (int)i, 100 * i);
	}
	ok(good, "aligned zeros");
	for (size_t i = 1; i < 100; i++)
		good = good && p[i][0] == (char)i &&
		    p[i][100 * i - 1] == (char)i;
	ok(good, "that do not overlap");
	ok(a.total <= a.max, "within the maximum");
	arena_release(&a);
	ok(a.total == 0 && a.chunks == NULL, "released");
	ok(arena_alloc(&a, 1000000) != NULL, "and used again, to the maximum");
	arena_release(&a);
}

static void
grow_beyond(void)
{
	struct arena a;

	arena_init_growing(&a, 1000);
	for (int i = 0; i < 63; i++)
		if (arena_alloc(&a, 16) == NULL)
			return;
}

static void
grow_within(void)
{
	struct arena a;

	arena_init_growing(&a, 1000);
	for (int i = 0; i < 62; i++)
		if (arena_alloc(&a, 16) == NULL)
			return;
	arena_release(&a);
}

static void
grow_wrapped(void)
{
	struct arena a;

	arena_init_growing(&a, 1000);
	if (arena_alloc(&a, SIZE_MAX) != NULL)
		return;
}

static void
test_copy(void)
{
	char block[64] __attribute__((aligned(16)));
	struct arena a;
	struct str s;

	arena_init_fixed(&a, block, sizeof(block));
	s = arena_copy(&a, STR("abc"));
	ok(str_eq(s, STR("abc")) && s.p == block, "a copy");
	is_str(s.p, "abc", "with a NUL behind");
	s = arena_copy(&a, STR_NONE);
	is_str(s.p, "", "the copy of nothing is an empty text");
	s = arena_copy(&a, STR("0123456789abcdef0123456789abcdef"));
	ok(s.p == NULL && s.len == 0, "no room for the NUL");
	s = arena_copy(&a, STR("0123456789abcdef0123456789abcde"));
	is_int(s.len, 31, "31 bytes and the NUL fit");
}

int
main(void)
{
	ok(dies(grow_beyond, "a->max - a->total"), "beyond max is fatal");
	ok(dies(grow_wrapped, "a->max - a->total"), "so is a size that wraps");
	grow_within();
	test_fixed();
	test_fixed_small();
	test_growing();
	test_copy();
	return tap_done();
}
