/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <limits.h>
#include <time.h>

#include "base/check.h"
#include "base/deadline.h"

int64_t
deadline_now_ns(void)
{
	struct timespec now;

	check(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t
deadline_now_us(void)
{
	return deadline_now_ns() / 1000;
}

int64_t
deadline_now_ms(void)
{
	return deadline_now_ns() / 1000000;
}

int
deadline_wait_ms(int64_t now_ms, int64_t then_ms)
{
	int64_t wait;

	if (then_ms == DEADLINE_NEVER)
		return -1;
	if (then_ms <= now_ms)
		return 0;
	if (__builtin_sub_overflow(then_ms, now_ms, &wait) || wait > INT_MAX)
		return INT_MAX;
	return (int)wait;
}
