/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A set of literal texts, and which of them a text contains or begins with,
 * in one pass over the text however many there are (Aho and Corasick, "Efficient
 * string matching", 1975). ASCII letters of any case are equal.
 *
 * Filled and then linked by one thread; after that it does not change and
 * any number may look.
 */
#ifndef BASE_LITERALS_H
#define BASE_LITERALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

struct literals;

/* For literals of so many bytes in all, in a growing arena. */
struct literals *literals_new(struct arena *a, size_t bytes);

/* The number of the text: 0, 1, ... in the order of their first coming. Not
 * empty; within the bytes that were asked for. */
uint32_t literals_add(struct literals *l, struct str text);

/* All have been added. */
void literals_link(struct literals *l);

uint32_t literals_count(const struct literals *l);

/* One pass: literals_next() gives the numbers of those found, each as often
 * as it occurs. */
struct literals_pass {
	const struct literals *in;
	struct str rest;
	uint32_t node, found;
	bool begins; /* only what the text begins with */
};

static inline struct literals_pass
literals_within(const struct literals *l, struct str text)
{
	return (struct literals_pass){ .in = l, .rest = text };
}

static inline struct literals_pass
literals_at_start(const struct literals *l, struct str text)
{
	return (struct literals_pass){ .in = l, .rest = text, .begins = true };
}

bool literals_next(struct literals_pass *p, uint32_t *number);

#endif
