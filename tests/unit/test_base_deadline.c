/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <limits.h>
#include <time.h>

#include "base/attrs.h"
#include "base/deadline.h"
#include "unit/tap.h"

static const struct {
	int64_t now, then;
	int wait;
} waits[] = {
	{ 0, 0, 0 },
	{ 100, 99, 0 },
	{ 100, 101, 1 },
	{ 100, 100 + (int64_t)INT_MAX, INT_MAX },
	{ 100, 101 + (int64_t)INT_MAX, INT_MAX },
	{ 100, DEADLINE_NEVER - 1, INT_MAX },
	{ -100, DEADLINE_NEVER - 1, INT_MAX },
	{ INT64_MIN, DEADLINE_NEVER - 1, INT_MAX },
	{ 100, DEADLINE_NEVER, -1 },
	{ DEADLINE_NEVER, DEADLINE_NEVER, -1 },
	{ DEADLINE_NEVER - 1, INT64_MIN, 0 },
};

static void
test_now(void)
{
	const struct timespec nap = { 0, 20 * 1000000 };
	int64_t ns = deadline_now_ns(), us = deadline_now_us();
	int64_t ms = deadline_now_ms();

	ok(us >= ns / 1000 && us - ns / 1000 < 10000000, "us and ns agree");
	ok(ms >= us / 1000 && ms - us / 1000 < 10000, "ms and us agree");
	while (deadline_now_us() - us < 20000)
		clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL);
	ok(deadline_now_ms() - ms >= 19, "20 ms later");
	ok(deadline_now_ns() - ns >= 20000000, "in ns too");
}

int
main(void)
{
	for (size_t i = 0; i < ARRAY_LEN(waits); i++)
		is_int(deadline_wait_ms(waits[i].now, waits[i].then),
		    waits[i].wait, "wait %zu", i);
	is_int(deadline_min(1, 2), 1, "the earlier is the left");
	is_int(deadline_min(2, 1), 1, "or the right");
	is_int(deadline_min(5, DEADLINE_NEVER), 5, "never is later than all");
	test_now();
	return tap_done();
}
