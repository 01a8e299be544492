/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The frame of a micro benchmark: for eyes, not for `make check`; asserts
 * nothing. Without arguments it prints nanoseconds for each of the list;
 * PROGRAM NUMBER TURNS does one of them so often, which micro.py runs under
 * callgrind to count instructions.
 */
#ifndef BENCH_MICRO_H
#define BENCH_MICRO_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MICRO_TURNS 500000

struct micro {
	const char *name;
	unsigned long (*turn)(void); /* what it returns is never left out */
};

static inline unsigned long
micro_run(const struct micro *m, unsigned long turns)
{
	unsigned long sum = 0;

	while (turns-- > 0)
		sum += m->turn();
	return sum;
}

static inline void
micro_measure(const struct micro *m)
{
	struct timespec from, to;
	unsigned long sum;
	double ns;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	sum = micro_run(m, MICRO_TURNS);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	ns = (double)(to.tv_sec - from.tv_sec) * 1e9 +
	    (double)(to.tv_nsec - from.tv_nsec);
	printf("%-28s %7.0f ns%s\n", m->name, ns / MICRO_TURNS,
	    sum == 0 ? " ?" : "");
}

static inline int
micro_main(int argc, char **argv, const struct micro *list, size_t count)
{
	const size_t one = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;

	if (argc > 2 && one < count)
		return micro_run(&list[one], strtoul(argv[2], NULL, 10)) == 0;
	for (size_t i = 0; argc < 2 && i < count; i++)
		micro_measure(&list[i]);
	return argc == 2 || argc > 3 || one >= count;
}

#endif
