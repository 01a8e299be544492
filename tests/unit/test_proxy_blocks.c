/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "proxy/blocks.h"

#include <string.h>

#include "unit/tap.h"

#define MANY (2 * BLOCKS_KEEP)

static struct blocks blocks;

static void
test_sizes(void)
{
	static const struct {
		size_t asked, got;
	} cases[] = {
		{ 0, BLOCK_SMALL },
		{ 1, BLOCK_SMALL },
		{ BLOCK_SMALL, BLOCK_SMALL },
		{ BLOCK_SMALL + 1, BLOCK_LARGE },
		{ BLOCK_LARGE, BLOCK_LARGE },
		{ BLOCK_LARGE + 1, BLOCK_LARGE + 1 },
		{ 1 << 20, 1 << 20 },
	};

	blocks_init(&blocks, 1000);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t cap = 0;
		char *p = blocks_get(&blocks, cases[i].asked, &cap);

		is_int(cap, cases[i].got, "room for %zu", cases[i].asked);
		memset(p, 'x', cap);
		blocks_put(&blocks, p, cap);
	}
	is_int(blocks.small.count, 1, "a small one is kept");
	is_int(blocks.large.count, 1, "a large one is kept");
	blocks_put(&blocks, NULL, 0);
	blocks_put(&blocks, NULL, BLOCK_SMALL);
	is_int(blocks.small.count, 1, "nothing is no block");
	blocks_trim(&blocks);
	is_int(blocks.small.count + blocks.large.count, 0, "all given back");
}

/* The block that was used last is the one that is in the cache. */
static void
test_reuse(void)
{
	size_t cap;
	char *a, *b;

	blocks_init(&blocks, 1000);
	a = blocks_get(&blocks, 1, &cap);
	b = blocks_get(&blocks, 1, &cap);
	blocks_put(&blocks, a, cap);
	blocks_put(&blocks, b, cap);
	ok(blocks_get(&blocks, 1, &cap) == b, "the last first");
	ok(blocks_get(&blocks, 1, &cap) == a, "then the other");
	blocks_put(&blocks, a, cap);
	blocks_put(&blocks, b, cap);
	blocks_trim(&blocks);
}

static void
test_bound(void)
{
	char *block[MANY];
	void *exchange[MANY];
	size_t cap;

	blocks_init(&blocks, 1000);
	for (unsigned i = 0; i < MANY; i++) {
		block[i] = blocks_get(&blocks, BLOCK_LARGE, &cap);
		exchange[i] = blocks_get_exchange(&blocks);
		memset(exchange[i], 'x', 1000);
	}
	for (unsigned i = 0; i < MANY; i++) {
		blocks_put(&blocks, block[i], cap);
		blocks_put_exchange(&blocks, exchange[i]);
	}
	is_int(blocks.large.count, BLOCKS_KEEP, "so many are kept");
	is_int(blocks.exchange.count, BLOCKS_KEEP, "of the third kind, too");
	ok(blocks_get_exchange(&blocks) == exchange[BLOCKS_KEEP - 1],
	    "and used again");
	blocks_put_exchange(&blocks, exchange[BLOCKS_KEEP - 1]);
	blocks_trim(&blocks);
	is_int(blocks.exchange.count, 0, "all given back");
}

int
main(void)
{
	test_sizes();
	test_reuse();
	test_bound();
	return tap_done();
}
