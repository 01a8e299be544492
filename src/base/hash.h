/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Keyed hashing (SipHash-2-4) for tables that peers can fill, a plain
 * 64-bit mix for decisions that several machines must agree on, and
 * randomness that is cheap but not for secrets.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdint.h>

#include "base/str.h"

struct hash_key {
	uint64_t k0, k1;
};

/* Fresh from getrandom(2). */
void hash_key_random(struct hash_key *key);
uint64_t hash_keyed(const struct hash_key *key, struct str s);

/* The same with a key of zeros: equal on every machine, so not for tables. */
uint64_t hash_plain(struct str s);

/* One to one, and each bit of n changes half of the result's. */
uint64_t hash_mix(uint64_t n);

/* xoshiro256** state, one a thread. */
struct hash_random {
	uint64_t s[4];
};

void hash_random_init(struct hash_random *r);
uint64_t hash_random_next(struct hash_random *r);
/* Uniform in 0..n-1, n > 0, without modulo bias. */
uint32_t hash_random_below(struct hash_random *r, uint32_t n);

#endif
