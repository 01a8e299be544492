/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How long things took over the last minute: counts in buckets whose width
 * is an eighth of their octave (so a quantile is right within 1/16), in
 * slots of ten seconds that are used in turn.
 *
 * One thread adds to a histogram; any thread may collect from it at the
 * same time. Bounded, and what is never added to costs no memory but
 * address space when it comes from mem_alloc().
 */
#ifndef LIVE_HISTOGRAM_H
#define LIVE_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

/* Up to 2^32 - 1 microseconds, more than an hour; what is longer counts
 * as that. */
#define HISTOGRAM_BUCKETS 240
#define HISTOGRAM_SLOT_MS 10000
/* The one in use and five whole ones are a minute; one is between two
 * uses, so that nobody who reads meets who clears. */
#define HISTOGRAM_SLOTS 7

struct histogram_slot {
	_Atomic uint64_t turn; /* number of its ten seconds, 0: never used */
	_Atomic uint64_t sum_us;
	_Atomic uint32_t bucket[HISTOGRAM_BUCKETS];
};

struct histogram {
	_Atomic uint64_t count, sum_us; /* since the start */
	struct histogram_slot slot[HISTOGRAM_SLOTS];
};

/* What was collected, from the histograms of several threads. */
struct histogram_sum {
	uint64_t count, sum_us; /* since the start */
	uint64_t minute_count, minute_us;
	uint64_t bucket[HISTOGRAM_BUCKETS]; /* of the last minute */
};

/* now_ms is of the monotonic clock; a negative us counts as 0. */
void histogram_add(struct histogram *h, int64_t now_ms, int64_t us);

/* Adds to sum, which the caller initialises to zero. The minute is the
 * last 50 to 60 seconds. */
void histogram_collect(const struct histogram *h, int64_t now_ms,
    struct histogram_sum *sum);

/* The mean of the last minute; 0 when there was nothing. */
uint64_t histogram_mean_us(const struct histogram_sum *sum);
/* The same: so many of 1000 took no longer. 0 < permille <= 1000. */
uint64_t histogram_quantile_us(const struct histogram_sum *sum,
    unsigned permille);

#endif
