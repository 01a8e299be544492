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

/* A crowd comes and goes again. */
static void
test_crowd(void)
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
	ok(!blocks_spare(&blocks), "all are needed");
	for (unsigned i = 0; i < MANY; i++) {
		blocks_put(&blocks, block[i], cap);
		blocks_put_exchange(&blocks, exchange[i]);
	}
	is_int(blocks.large.count, MANY, "all are kept");
	ok(blocks_spare(&blocks), "more than what stays");
	ok(!blocks_shed(&blocks), "they were all needed just now");
	for (unsigned i = 0; i < BLOCKS_KEEP + 3; i++)
		exchange[i] = blocks_get_exchange(&blocks);
	for (unsigned i = 0; i < BLOCKS_KEEP + 3; i++)
		blocks_put_exchange(&blocks, exchange[i]);
	ok(blocks_shed(&blocks), "not all were needed since");
	is_int(blocks.large.count, BLOCKS_KEEP, "none of these was");
	is_int(blocks.exchange.count, BLOCKS_KEEP + 3, "but some of those");
	ok(blocks_shed(&blocks), "nor these");
	ok(!blocks_spare(&blocks) && !blocks_shed(&blocks), "no more to free");
	is_int(blocks.exchange.count, BLOCKS_KEEP, "so many stay");
	blocks_trim(&blocks);
	is_int(blocks.exchange.count, 0, "all given back");
	ok(blocks.exchange.first == NULL, "and the list is empty");
}

/* A thread has a few huge ones and no more. */
static void
test_most(void)
{
	char *block[BLOCKS_HUGE_MAX + 1];
	size_t cap[BLOCKS_HUGE_MAX + 1], other;
	char *same;

	blocks_init(&blocks, 1000);
	for (unsigned i = 0; i <= BLOCKS_HUGE_MAX; i++)
		block[i] = blocks_get_most(&blocks, &cap[i]);
	is_int(cap[0], BLOCK_HUGE, "the first is huge");
	is_int(cap[BLOCKS_HUGE_MAX - 1], BLOCK_HUGE, "so is the last");
	is_int(cap[BLOCKS_HUGE_MAX], BLOCK_LARGE, "the next is large");
	same = blocks_get(&blocks, BLOCK_HUGE, &other);
	ok(other > BLOCK_HUGE, "one that was asked for is not one of them");
	blocks_put(&blocks, same, other);
	for (unsigned i = 0; i <= BLOCKS_HUGE_MAX; i++)
		blocks_put(&blocks, block[i], cap[i]);
	is_int(blocks.huge.count, BLOCKS_HUGE_MAX, "all are kept");
	is_int(blocks.huge_out, 0, "none is out");
	block[0] = blocks_get_most(&blocks, &cap[0]);
	is_int(cap[0], BLOCK_HUGE, "and used again");
	blocks_put(&blocks, block[0], cap[0]);
	blocks_trim(&blocks);
	is_int(blocks.huge.count, 0, "all given back");
}

int
main(void)
{
	test_sizes();
	test_reuse();
	test_crowd();
	test_most();
	return tap_done();
}
