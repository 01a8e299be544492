/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cells of memory: numbers, bound, and chunks that go back. */
#include "live/cells.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "support/dies.h"
#include "unit/tap.h"

#define SIZE 80
#define CHUNK_BYTES ((size_t)SIZE * CELLS_CHUNK)
#define MANY (4 * CELLS_CHUNK - 1)

static struct cells cells;
static uint32_t taken[MANY];

/* Takes all there are; each has its number written into it. */
static uint32_t
take_all(void)
{
	uint32_t n = 0, i;

	while (n < MANY && (i = cells_get(&cells)) != 0) {
		memcpy((char *)cells_at(&cells, i) + 8, &i, sizeof(i));
		taken[n++] = i;
	}
	return n;
}

static bool
all_are_own(uint32_t from, uint32_t count)
{
	for (uint32_t n = from; n < count; n++)
		if (taken[n] == 0 ||
		    memcmp((char *)cells_at(&cells, taken[n]) + 8, &taken[n],
			4) != 0)
			return false;
	return true;
}

static void
test_bound(void)
{
	cells_init(&cells, SIZE, 4 * CHUNK_BYTES + CHUNK_BYTES / 2);
	is_int(cells_bytes(&cells), 0, "nothing is held at first");
	is_int(cells_end(&cells), 0, "and nothing to walk over");
	is_int(take_all(), MANY, "four chunks, but the cell 0");
	is_int(cells_get(&cells), 0, "and no more");
	is_int(cells_bytes(&cells), 4 * CHUNK_BYTES, "bytes that are held");
	is_int(cells_end(&cells), 4 * CELLS_CHUNK, "end of a walk");
	ok(all_are_own(0, MANY), "no two are the same");
	cells_put(&cells, taken[7]);
	is_int(cells_get(&cells), taken[7], "what was put can be had again");
	is_int(cells_get(&cells), 0, "once");
	cells_release(&cells);
}

static void
test_fresh(void)
{
	static const char zeros[SIZE];
	bool clean = true;

	cells_init(&cells, SIZE, CHUNK_BYTES);
	for (int i = 0; i < 100; i++)
		clean = clean &&
		    memcmp(cells_at(&cells, cells_get(&cells)), zeros, SIZE) ==
			0;
	ok(clean, "a cell that was never used is all zeros");
	cells_release(&cells);
	cells_init(&cells, SIZE, 0);
	is_int(take_all(), CELLS_CHUNK - 1, "one chunk there may always be");
	cells_release(&cells);
}

static void
test_given_back(void)
{
	cells_init(&cells, SIZE, 4 * CHUNK_BYTES);
	take_all();
	for (uint32_t n = 0; n < MANY; n++)
		if (taken[n] % 2 == 0)
			cells_put(&cells, taken[n]);
	is_int(cells_bytes(&cells), 4 * CHUNK_BYTES, "half of each is in use");
	for (uint32_t n = 0; n < MANY; n++)
		if (taken[n] % 2 == 1 && taken[n] / CELLS_CHUNK != 2)
			cells_put(&cells, taken[n]);
	is_int(cells_bytes(&cells), CHUNK_BYTES,
	    "empty chunks are gone while another has room");
	ok(cells_at(&cells, 0) == NULL && cells_at(&cells, 4000) == NULL,
	    "a walk can tell");
	ok(cells_at(&cells, 2 * CELLS_CHUNK) != NULL,
	    "the one in use is there");
	for (uint32_t n = 0; n < MANY; n++)
		if (taken[n] % 2 == 1 && taken[n] / CELLS_CHUNK == 2)
			cells_put(&cells, taken[n]);
	is_int(cells_bytes(&cells), CHUNK_BYTES, "the last one stays");
	is_int(take_all(), MANY, "all can be had again");
	ok(all_are_own(0, MANY), "no two are the same");
	cells_release(&cells);
}

/* A random life against the plain list of what is out. */
static void
test_random(void)
{
	struct hash_random dice = { { 1, 2, 3, 4 } };
	uint32_t out = 0, most = 0;
	bool good = true;

	cells_init(&cells, SIZE, 4 * CHUNK_BYTES);
	for (unsigned turn = 0; turn < 200000 && good; turn++) {
		/* Tides: the number goes up and down. */
		const bool take = hash_random_below(&dice, 100) <
		    (turn / 20000 % 2 == 0 ? 60u : 40u);

		if (take && out < MANY) {
			const uint32_t i = cells_get(&cells);

			good = i != 0;
			memcpy((char *)cells_at(&cells, i) + 8, &i, 4);
			taken[out++] = i;
			most = out > most ? out : most;
		} else if (!take && out > 0) {
			const uint32_t n = hash_random_below(&dice, out);

			good = all_are_own(n, n + 1);
			cells_put(&cells, taken[n]);
			taken[n] = taken[--out];
		}
	}
	ok(good && all_are_own(0, out), "200,000 random turns, up to %u out",
	    most);
	while (out > 0)
		cells_put(&cells, taken[--out]);
	is_int(cells_bytes(&cells), CHUNK_BYTES, "all is given back");
	cells_release(&cells);
}

static void
put_the_zero(void)
{
	cells_put(&cells, 0);
}

static void
put_twice(void)
{
	const uint32_t i = cells_get(&cells);

	cells_put(&cells, i);
	cells_put(&cells, i);
}

static void
put_what_is_not_there(void)
{
	cells_put(&cells, CELLS_CHUNK + 1);
}

int
main(void)
{
	cells_init(&cells, SIZE, 2 * CHUNK_BYTES);
	ok(dies(put_the_zero, "check"), "the cell 0 is nobody's");
	ok(dies(put_twice, "check"), "the last one cannot be put twice");
	ok(dies(put_what_is_not_there, "check"), "nor what was never made");
	cells_release(&cells);
	test_bound();
	test_fresh();
	test_given_back();
	test_random();
	return tap_done();
}
