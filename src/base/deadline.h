/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Time. Deadlines are milliseconds of CLOCK_MONOTONIC in an int64_t;
 * DEADLINE_NEVER is later than all. Wall-clock time appears only in logs
 * and Date fields.
 */
#ifndef BASE_DEADLINE_H
#define BASE_DEADLINE_H

#include <stdint.h>

#define DEADLINE_NEVER INT64_MAX

int64_t deadline_now_ms(void);
int64_t deadline_now_us(void);
int64_t deadline_now_ns(void);

/* The earlier of two. */
static inline int64_t
deadline_min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Milliseconds from now to then for epoll_wait and poll: 0 when passed,
 * -1 for never, at most INT_MAX. */
int deadline_wait_ms(int64_t now_ms, int64_t then_ms);

#endif
