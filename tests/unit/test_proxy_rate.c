/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/attrs.h"
#include "proxy/rate.h"
#include "unit/tap.h"

#define PER_SECOND 100 /* 3000 bytes in half a minute */
#define BEGIN 1000000

/* In each period ms of waiting, each of which begins with bytes: how long
 * until the rate is low; 0: it never is within ten minutes. */
static const struct {
	const char *name;
	int64_t period_ms;
	uint64_t bytes;
	int64_t low_ms;
} steady[] = {
	{ "nothing", 1000, 0, 30000 },
	{ "nothing, seldom looked at", 9000, 0, 36000 },
	{ "one byte a second less", 1000, 99, 30000 },
	{ "just enough", 1000, 100, 0 },
	{ "just enough in each slot", 3000, 300, 0 },
	{ "too little in each slot", 3000, 299, 30000 },
	{ "a lot, seldom", 10000, 3000, 0 },
	{ "in ever so small steps", 7, 1, 0 },
	{ "in small steps, too slow", 11, 1, 30008 },
};

static int64_t
low_after(int64_t period_ms, uint64_t bytes, uint64_t first)
{
	struct rate r;
	int64_t now;

	rate_init(&r);
	rate_add(&r, first);
	for (now = BEGIN; now < BEGIN + 600000; now += period_ms) {
		rate_go_on(&r, now);
		if (rate_is_low(&r, PER_SECOND))
			return now - BEGIN;
		rate_add(&r, bytes);
		rate_wait(&r, now);
	}
	return 0;
}

/* A good start helps for half a minute, and no longer. */
static void
test_burst(void)
{
	is_int(low_after(1000, 0, 1000000), 33000, "a burst, then nothing");
	is_int(low_after(1000, 99, 1000000), 33000, "a burst, then slow");
}

/* Bursts at the ends of two half minutes, nothing in the one between. */
static void
test_any_half_minute(void)
{
	struct rate r;
	int64_t now = BEGIN;

	rate_init(&r);
	rate_add(&r, 3000);
	for (; now < BEGIN + 33000; now += 1000) {
		rate_go_on(&r, now);
		ok(!rate_is_low(&r, PER_SECOND), "%d s after a burst",
		    (int)((now - BEGIN) / 1000));
		rate_wait(&r, now);
	}
	rate_go_on(&r, now);
	ok(rate_is_low(&r, PER_SECOND), "low before the next burst");
	rate_add(&r, 3000);
	ok(!rate_is_low(&r, PER_SECOND), "what has come counts at once");
}

/* Only the time in which we wait counts. */
static void
test_held_up(void)
{
	struct rate r;
	int64_t now = BEGIN;

	rate_init(&r);
	for (int i = 0; i < 29; i++) {
		rate_wait(&r, now);
		rate_go_on(&r, now + 1000);
		now += 100000;
		rate_go_on(&r, now);
	}
	ok(!rate_is_low(&r, PER_SECOND), "29 s of waiting in 48 min");
	is_int(rate_due_ms(&r), 1000, "one is missing");
	rate_wait(&r, now);
	rate_go_on(&r, now + 999);
	ok(!rate_is_low(&r, PER_SECOND), "almost");
	is_int(rate_due_ms(&r), 1, "a millisecond is missing");
	rate_wait(&r, now);
	rate_go_on(&r, now + 1);
	ok(rate_is_low(&r, PER_SECOND), "30 s of waiting");
	is_int(rate_due_ms(&r), RATE_SLOT_MS, "and again a slot later");
}

static void
test_long_wait(void)
{
	struct rate r;

	rate_init(&r);
	is_int(rate_due_ms(&r), 30000, "nothing is known");
	rate_add(&r, 1000000);
	rate_wait(&r, BEGIN);
	rate_go_on(&r, BEGIN + INT64_C(86400000) * 365);
	ok(rate_is_low(&r, 1), "a year of nothing");
	is_int(rate_due_ms(&r), RATE_SLOT_MS, "in whole slots");
}

int
main(void)
{
	for (size_t i = 0; i < ARRAY_LEN(steady); i++)
		is_int(low_after(steady[i].period_ms, steady[i].bytes, 0),
		    steady[i].low_ms, "%s", steady[i].name);
	test_burst();
	test_any_half_minute();
	test_held_up();
	test_long_wait();
	return tap_done();
}
