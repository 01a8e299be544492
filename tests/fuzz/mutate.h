/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef FUZZ_MUTATE_H
#define FUZZ_MUTATE_H

#include <stdint.h>

#include "base/str.h"

#define MUTATE_MAX ((size_t)16 << 10) /* bytes of a mutated message */

/*
 * Changes bytes, len of them in room for MUTATE_MAX, in one to three random
 * ways: a byte less, another or more, a line twice or elsewhere. The new
 * length. The same seed gives the same change, on every machine.
 */
size_t mutate(char *bytes, size_t len, uint64_t *seed);

/* A seed of one's own for each message; never 0. */
uint64_t mutate_seed(struct str bytes);

/*
 * A target that defines this is replayed with so many mutations of each file
 * of its corpus, too. Not all are worth it.
 */
extern const unsigned fuzz_mutations __attribute__((weak));

#endif
