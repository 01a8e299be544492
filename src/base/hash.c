/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <endian.h>

#include "base/check.h"
#include "base/compat.h"
#include "base/hash.h"

/* Up to 256 bytes come whole or, before the pool is filled, not at all. */
static void
random_bytes(void *block, size_t size)
{
	check(getrandom(block, size, 0) == (ssize_t)size);
}

static uint64_t
turn_left(uint64_t n, unsigned bits)
{
	return n << bits | n >> (64 - bits);
}

void
hash_key_random(struct hash_key *key)
{
	random_bytes(key, sizeof(*key));
}

/* SipHash-2-4 of Aumasson and Bernstein: four words, stirred twice for
 * every eight bytes and four times at the end. */
struct sip {
	uint64_t a, b, c, d;
};

static void
sip_stir(struct sip *s, int rounds)
{
	while (rounds-- > 0) {
		s->a += s->b;
		s->c += s->d;
		s->b = turn_left(s->b, 13) ^ s->a;
		s->d = turn_left(s->d, 16) ^ s->c;
		s->a = turn_left(s->a, 32);
		s->c += s->b;
		s->a += s->d;
		s->b = turn_left(s->b, 17) ^ s->c;
		s->d = turn_left(s->d, 21) ^ s->a;
		s->c = turn_left(s->c, 32);
	}
}

static void
sip_take(struct sip *s, uint64_t word)
{
	s->d ^= word;
	sip_stir(s, 2);
	s->a ^= word;
}

/* Little-endian whatever the machine, so that machines agree. */
static uint64_t
word_of(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return le64toh(word);
}

/* The last bytes of a text, fewer than eight. */
static uint64_t
rest_of(const char *p, size_t len)
{
	uint64_t word = 0;

	for (size_t i = 0; i < len; i++)
		word |= (uint64_t)(unsigned char)p[i] << (8 * i);
	return word;
}

uint64_t
hash_keyed(const struct hash_key *key, struct str s)
{
	struct sip sip = {
		key->k0 ^ 0x736f6d6570736575,
		key->k1 ^ 0x646f72616e646f6d,
		key->k0 ^ 0x6c7967656e657261,
		key->k1 ^ 0x7465646279746573,
	};
	size_t at = 0;

	for (; s.len - at >= 8; at += 8)
		sip_take(&sip, word_of(s.p + at));
	sip_take(&sip,
	    (uint64_t)s.len << 56 |
		(s.len > at ? rest_of(s.p + at, s.len - at) : 0));
	sip.c ^= 0xff;
	sip_stir(&sip, 4);
	return sip.a ^ sip.b ^ sip.c ^ sip.d;
}

uint64_t
hash_plain(struct str s)
{
	const struct hash_key zero = { 0, 0 };

	return hash_keyed(&zero, s);
}

/* The finalizer of SplitMix64, after Stafford. */
uint64_t
hash_mix(uint64_t n)
{
	n = (n ^ n >> 30) * 0xbf58476d1ce4e5b9;
	n = (n ^ n >> 27) * 0x94d049bb133111eb;
	return n ^ n >> 31;
}

void
hash_random_init(struct hash_random *r)
{
	/* All zeros is the one state that xoshiro never leaves. */
	do
		random_bytes(r->s, sizeof(r->s));
	while ((r->s[0] | r->s[1] | r->s[2] | r->s[3]) == 0);
}

/* xoshiro256** of Blackman and Vigna. */
uint64_t
hash_random_next(struct hash_random *r)
{
	uint64_t *s = r->s;
	uint64_t result = turn_left(s[1] * 5, 7) * 9;
	uint64_t shifted = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= shifted;
	s[3] = turn_left(s[3], 45);
	return result;
}

/*
 * The high half of 32 random bits times n. 2^32 is no multiple of most n:
 * the 2^32 mod n lowest products would make some results more likely and
 * are drawn again.
 */
uint32_t
hash_random_below(struct hash_random *r, uint32_t n)
{
	uint64_t product;

	check(n > 0);
	product = (hash_random_next(r) >> 32) * n;
	if ((uint32_t)product < n) {
		uint32_t biased = (0 - n) % n;

		while ((uint32_t)product < biased)
			product = (hash_random_next(r) >> 32) * n;
	}
	return (uint32_t)(product >> 32);
}
