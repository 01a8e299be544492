/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quantiles against exact ones, and the minute that goes by. */
#include <stdlib.h>
#include <string.h>

#include "live/histogram.h"
#include "unit/tap.h"

#define SAMPLES 20000

static struct histogram histogram;
static struct histogram_sum sum;

static void
collect(int64_t now_ms)
{
	memset(&sum, 0, sizeof(sum));
	histogram_collect(&histogram, now_ms, &sum);
}

static void
clear(void)
{
	memset(&histogram, 0, sizeof(histogram));
}

static int
compare(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The same numbers in each run. */
static uint64_t
next(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return *state >> 33;
}

/* The middle of a bucket is within 1/16 of all that is in it. */
static void
is_near(uint64_t got, uint64_t want, const char *what, unsigned permille)
{
	const uint64_t off = got > want ? got - want : want - got;

	ok(off * 16 <= want, "%s: p%u is %llu, exactly %llu", what,
	    permille / 10, (unsigned long long)got, (unsigned long long)want);
}

static void
try_quantiles(const char *what, uint64_t (*draw)(uint64_t *))
{
	static const unsigned asked[] = { 1, 100, 500, 900, 990, 999, 1000 };
	static uint64_t sample[SAMPLES];
	uint64_t state = 1, total = 0;

	clear();
	for (size_t i = 0; i < SAMPLES; i++) {
		sample[i] = draw(&state);
		total += sample[i];
		histogram_add(&histogram, 5000 + (int64_t)i / 10,
		    (int64_t)sample[i]);
	}
	qsort(sample, SAMPLES, sizeof(sample[0]), compare);
	collect(8000);
	is_int(sum.minute_count, SAMPLES, "%s: all are there", what);
	is_int(histogram_mean_us(&sum), total / SAMPLES, "%s: mean", what);
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		const size_t rank = (SAMPLES * (size_t)asked[i] + 999) / 1000;

		is_near(histogram_quantile_us(&sum, asked[i]), sample[rank - 1],
		    what, asked[i]);
	}
}

static uint64_t
draw_even(uint64_t *state)
{
	return 200 + next(state) % 100000;
}

/* Over all octaves alike, from a microsecond to an hour. */
static uint64_t
draw_octaves(uint64_t *state)
{
	const unsigned octave = (unsigned)(next(state) % 31);

	return (UINT64_C(1) << octave) |
	    (next(state) & ((UINT64_C(1) << octave) - 1));
}

static uint64_t
draw_two_humps(uint64_t *state)
{
	return next(state) % 20 == 0 ? 2000000 + next(state) % 50000
				     : 900 + next(state) % 64;
}

static uint64_t
draw_same(uint64_t *state)
{
	(void)state;
	return 12345;
}

static void
test_quantiles(void)
{
	try_quantiles("even", draw_even);
	try_quantiles("octaves", draw_octaves);
	try_quantiles("two humps", draw_two_humps);
	try_quantiles("all the same", draw_same);
}

static void
test_every_value(void)
{
	uint64_t worst = 0;

	for (uint64_t us = 0; us < UINT32_MAX - 97; us += 1 + us / 97) {
		uint64_t got;

		clear();
		histogram_add(&histogram, 0, (int64_t)us);
		collect(0);
		got = histogram_quantile_us(&sum, 500);
		if ((got > us ? got - us : us - got) * 16 > us)
			worst = us;
	}
	is_int(worst, 0, "each value stands in a bucket near it");
}

static void
test_ends(void)
{
	clear();
	collect(0);
	is_int(histogram_mean_us(&sum), 0, "nothing has no mean");
	is_int(histogram_quantile_us(&sum, 990), 0, "and no quantile");
	histogram_add(&histogram, 0, -5);
	collect(0);
	is_int(histogram_quantile_us(&sum, 1000), 0, "before its start: 0");
	is_int(sum.minute_us, 0, "which adds nothing");
	histogram_add(&histogram, 0, INT64_MAX);
	collect(0);
	ok(histogram_quantile_us(&sum, 1000) > UINT32_MAX / 16 * 15,
	    "the longest counts as an hour");
}

static void
test_minute(void)
{
	const int64_t begin = INT64_C(3600) * 1000;

	clear();
	histogram_add(&histogram, begin, 100);
	collect(begin + 49999);
	is_int(sum.minute_count, 1, "after 49.999 s it counts");
	collect(begin + 59999);
	is_int(sum.minute_count, 1, "and at the end of the minute");
	collect(begin + 60000);
	is_int(sum.minute_count, 0, "not after it");
	is_int(sum.count, 1, "but since the start");
	is_int(sum.sum_us, 100, "with what it took");
	collect(begin - 1);
	is_int(sum.minute_count, 0, "a reader that is behind passes it over");
	/* All slots, and round once more. */
	clear();
	for (int i = 0; i < 3 * HISTOGRAM_SLOTS; i++)
		histogram_add(&histogram, begin + i * HISTOGRAM_SLOT_MS, i);
	collect(begin + (3 * HISTOGRAM_SLOTS - 1) * HISTOGRAM_SLOT_MS);
	is_int(sum.minute_count, 6, "six slots are a minute");
	is_int(sum.minute_us, 20 + 19 + 18 + 17 + 16 + 15, "the last six");
	is_int(sum.count, 3 * HISTOGRAM_SLOTS, "all since the start");
	/* A pause: what is old does not come back. */
	collect(begin + (5 * HISTOGRAM_SLOTS - 1) * HISTOGRAM_SLOT_MS);
	is_int(sum.minute_count, 0, "nothing after a pause");
}

static void
test_several(void)
{
	static struct histogram other;

	clear();
	memset(&other, 0, sizeof(other));
	for (int i = 0; i < 90; i++)
		histogram_add(&histogram, 0, 10);
	for (int i = 0; i < 10; i++)
		histogram_add(&other, 0, 1000);
	collect(0);
	histogram_collect(&other, 0, &sum);
	is_int(sum.minute_count, 100, "two threads' numbers together");
	is_int(histogram_quantile_us(&sum, 900), 10, "p90 is of the one");
	is_near(histogram_quantile_us(&sum, 910), 1000, "the other", 910);
}

int
main(void)
{
	test_quantiles();
	test_every_value();
	test_ends();
	test_minute();
	test_several();
	return tap_done();
}
