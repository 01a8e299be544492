/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/attrs.h"
#include "base/hash.h"
#include "support/dies.h"
#include "support/guard.h"
#include "unit/tap.h"

/* SipHash-2-4 with the key 00 01 ... 0f of the bytes 00 01 ..., none to 63:
 * the vectors that its authors publish. */
static const uint64_t vectors[64] = {
	0x726fdb47dd0e0e31,
	0x74f839c593dc67fd,
	0x0d6c8009d9a94f5a,
	0x85676696d7fb7e2d,
	0xcf2794e0277187b7,
	0x18765564cd99a68d,
	0xcbc9466e58fee3ce,
	0xab0200f58b01d137,
	0x93f5f5799a932462,
	0x9e0082df0ba9e4b0,
	0x7a5dbbc594ddb9f3,
	0xf4b32f46226bada7,
	0x751e8fbc860ee5fb,
	0x14ea5627c0843d90,
	0xf723ca908e7af2ee,
	0xa129ca6149be45e5,
	0x3f2acc7f57c29bdb,
	0x699ae9f52cbe4794,
	0x4bc1b3f0968dd39c,
	0xbb6dc91da77961bd,
	0xbed65cf21aa2ee98,
	0xd0f2cbb02e3b67c7,
	0x93536795e3a33e88,
	0xa80c038ccd5ccec8,
	0xb8ad50c6f649af94,
	0xbce192de8a85b8ea,
	0x17d835b85bbb15f3,
	0x2f2e6163076bcfad,
	0xde4daaaca71dc9a5,
	0xa6a2506687956571,
	0xad87a3535c49ef28,
	0x32d892fad841c342,
	0x7127512f72f27cce,
	0xa7f32346f95978e3,
	0x12e0b01abb051238,
	0x15e034d40fa197ae,
	0x314dffbe0815a3b4,
	0x027990f029623981,
	0xcadcd4e59ef40c4d,
	0x9abfd8766a33735c,
	0x0e3ea96b5304a7d0,
	0xad0c42d6fc585992,
	0x187306c89bc215a9,
	0xd4a60abcf3792b95,
	0xf935451de4f21df2,
	0xa9538f0419755787,
	0xdb9acddff56ca510,
	0xd06c98cd5c0975eb,
	0xe612a3cb9ecba951,
	0xc766e62cfcadaf96,
	0xee64435a9752fe72,
	0xa192d576b245165a,
	0x0a8787bf8ecb74b2,
	0x81b3e73d20b49b6f,
	0x7fa8220ba3b2ecea,
	0x245731c13ca42499,
	0xb78dbfaf3a8d83bd,
	0xea1ad565322a1a0b,
	0x60e61c23a3795013,
	0x6606d7e446282b93,
	0x6ca4ecb15c5f91e1,
	0x9f626da15c9625f3,
	0xe51b38608ef25f57,
	0x958a324ceb064572,
};

static void
test_keyed(void)
{
	const struct hash_key key = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };
	unsigned char bytes[64];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)i;
	for (size_t len = 0; len < ARRAY_LEN(vectors); len++) {
		struct guard g;

		guard_copy(&g, bytes, len);
		ok(hash_keyed(&key, str_make(g.bytes, len)) == vectors[len],
		    "%zu bytes", len);
		guard_release(&g);
	}
	ok(hash_keyed(&key, STR_NONE) == vectors[0], "no bytes at all");
}

static void
test_keys(void)
{
	struct hash_key a, b;
	const struct hash_key zero = { 0, 0 };

	hash_key_random(&a);
	hash_key_random(&b);
	ok(a.k0 != b.k0 && a.k1 != b.k1, "two keys differ");
	ok(hash_keyed(&a, STR("x")) != hash_keyed(&b, STR("x")),
	    "and so what they give");
	ok(hash_plain(STR("x")) == hash_keyed(&zero, STR("x")),
	    "plain is the key of zeros");
	ok(hash_plain(STR("back-end 1")) == 0xa6fa56579ce53222,
	    "the same on every machine and for ever");
}

static void
test_random(void)
{
	struct hash_random r = { { 1, 2, 3, 4 } }, other;
	/* As its authors' program gives them. */
	const uint64_t want[] = { 11520, 0, 1509978240, 1215971899390074240 };
	uint64_t first;

	for (size_t i = 0; i < ARRAY_LEN(want); i++)
		ok(hash_random_next(&r) == want[i], "xoshiro256** %zu", i);
	hash_random_init(&r);
	hash_random_init(&other);
	first = hash_random_next(&r);
	ok(first != hash_random_next(&other), "two states differ");
	ok(first != hash_random_next(&r), "and one goes on");
}

/* 70,000 throws: a fair count is 10,000 with a deviation of 93. */
static void
test_below(void)
{
	struct hash_random r = { { 1, 2, 3, 4 } };
	unsigned counts[7] = { 0 };
	bool within = true;

	for (int i = 0; i < 70000; i++) {
		uint32_t n = hash_random_below(&r, 7);

		if (n < 7)
			counts[n]++;
	}
	for (size_t i = 0; i < ARRAY_LEN(counts); i++)
		ok(counts[i] > 9500 && counts[i] < 10500, "%zu: %u times", i,
		    counts[i]);
	for (int i = 0; i < 1000; i++)
		within = within && hash_random_below(&r, 1) == 0 &&
		    hash_random_below(&r, UINT32_MAX) < UINT32_MAX;
	ok(within, "one, and the most");
}

/* With n two thirds of 2^32 two numbers would lead to each even result and
 * one to each odd one if nothing were drawn again: even ones two of three
 * times. */
static void
test_bias(void)
{
	struct hash_random r = { { 1, 2, 3, 4 } };
	const uint32_t n = 0xaaaaaaab;
	unsigned even = 0, low = 0;

	for (int i = 0; i < 30000; i++) {
		uint32_t result = hash_random_below(&r, n);

		even += result % 2 == 0;
		low += result < n / 2;
	}
	ok(even > 14500 && even < 15500, "%u of 30000 are even", even);
	ok(low > 14500 && low < 15500, "%u of 30000 are small", low);
}

static void
below_none(void)
{
	struct hash_random r = { { 1, 2, 3, 4 } };

	hash_random_below(&r, 0);
}

int
main(void)
{
	ok(dies(below_none, "n > 0"), "below nothing there is nothing");
	test_keyed();
	test_keys();
	test_random();
	test_below();
	test_bias();
	return tap_done();
}
