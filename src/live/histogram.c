/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "live/histogram.h"

#include <stdatomic.h>

#include "live/counter_add.h"

/* An octave has so many buckets, as a power of two. */
#define SUB_BITS 3
#define SUB (1U << SUB_BITS)

/* 0 to 7 have a bucket each; then come eight for each octave. */
static unsigned
bucket_of(uint64_t us)
{
	unsigned shift;

	if (us < SUB)
		return (unsigned)us;
	if (us > UINT32_MAX)
		us = UINT32_MAX;
	shift = 31 - (unsigned)__builtin_clz((unsigned)us) - SUB_BITS;
	return (shift + 1) * SUB + ((unsigned)(us >> shift) & (SUB - 1));
}

/* What stands for all in the bucket: its middle. */
static uint64_t
middle_of(unsigned bucket)
{
	const unsigned shift = bucket / SUB;
	const uint64_t sub = bucket % SUB;

	if (shift == 0)
		return sub;
	return ((sub + SUB) << (shift - 1)) +
	    ((UINT64_C(1) << (shift - 1)) - 1) / 2;
}

static uint64_t
turn_of(int64_t now_ms)
{
	return (uint64_t)now_ms / HISTOGRAM_SLOT_MS + 1;
}

/* The slot of this turn, cleared when it was another one's. */
static struct histogram_slot *
slot_now(struct histogram *h, int64_t now_ms)
{
	const uint64_t turn = turn_of(now_ms);
	struct histogram_slot *s = &h->slot[turn % HISTOGRAM_SLOTS];

	if (atomic_load_explicit(&s->turn, memory_order_relaxed) == turn)
		return s;
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++)
		atomic_store_explicit(&s->bucket[i], 0, memory_order_relaxed);
	atomic_store_explicit(&s->sum_us, 0, memory_order_relaxed);
	atomic_store_explicit(&s->turn, turn, memory_order_release);
	return s;
}

void
histogram_add(struct histogram *h, int64_t now_ms, int64_t us)
{
	struct histogram_slot *s = slot_now(h, now_ms);
	const uint64_t took = us > 0 ? (uint64_t)us : 0;

	counter_add(&h->count, 1);
	counter_add(&h->sum_us, took);
	counter_add(&s->sum_us, took);
	counter_add32(&s->bucket[bucket_of(took)], 1);
}

static void
collect_slot(const struct histogram_slot *s, struct histogram_sum *sum)
{
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		const uint32_t n = counter_get32(&s->bucket[i]);

		sum->bucket[i] += n;
		sum->minute_count += n;
	}
	sum->minute_us += counter_get(&s->sum_us);
}

void
histogram_collect(const struct histogram *h, int64_t now_ms,
    struct histogram_sum *sum)
{
	const uint64_t now = turn_of(now_ms);

	sum->count += counter_get(&h->count);
	sum->sum_us += counter_get(&h->sum_us);
	for (unsigned i = 0; i < HISTOGRAM_SLOTS; i++) {
		const uint64_t turn = atomic_load_explicit(&h->slot[i].turn,
		    memory_order_acquire);

		if (turn > 0 && turn <= now && now - turn < HISTOGRAM_SLOTS - 1)
			collect_slot(&h->slot[i], sum);
	}
}

uint64_t
histogram_mean_us(const struct histogram_sum *sum)
{
	return sum->minute_count > 0 ? sum->minute_us / sum->minute_count : 0;
}

uint64_t
histogram_quantile_us(const struct histogram_sum *sum, unsigned permille)
{
	/* The rank of the one that is asked for, from 1. */
	const uint64_t rank = (sum->minute_count * permille + 999) / 1000;
	uint64_t seen = 0;

	if (sum->minute_count == 0)
		return 0;
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += sum->bucket[i];
		if (seen >= rank)
			return middle_of(i);
	}
	return middle_of(HISTOGRAM_BUCKETS - 1);
}
