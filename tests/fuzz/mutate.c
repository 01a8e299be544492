/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz/mutate.h"

#include <string.h>

/* What separates in HTTP, and so is most worth moving about. */
static const char mutate_octet[] = { '\r', '\n', '\0', ':', '\t', ' ', ',', ';',
	'0', '1', 'x', '"', '\x7f', '\x80' };

static uint32_t
mutate_random(uint64_t *seed, size_t below)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return below == 0 ? 0 : (uint32_t)((*seed >> 16) % below);
}

/* A line and its end, from a random byte's line; its length. */
static size_t
mutate_line(const char *bytes, size_t len, uint64_t *seed, size_t *from)
{
	const char *lf;
	size_t at = mutate_random(seed, len);

	while (at > 0 && bytes[at - 1] != '\n')
		at--;
	*from = at;
	lf = memchr(bytes + at, '\n', len - at);
	return lf == NULL ? len - at : (size_t)(lf - bytes) + 1 - at;
}

static size_t
mutate_insert(char *bytes, size_t len, size_t at, struct str what)
{
	if (len + what.len > MUTATE_MAX)
		return len;
	memmove(bytes + at + what.len, bytes + at, len - at);
	memcpy(bytes + at, what.p, what.len);
	return len + what.len;
}

static size_t
mutate_delete(char *bytes, size_t len, size_t at, size_t n)
{
	memmove(bytes + at, bytes + at + n, len - at - n);
	return len - n;
}

/* Puts a line also, or only, before another one. */
static size_t
mutate_lines(char *bytes, size_t len, uint64_t *seed, bool move)
{
	static char line[MUTATE_MAX];
	size_t from, to, n = mutate_line(bytes, len, seed, &from);

	memcpy(line, bytes + from, n);
	if (move)
		len = mutate_delete(bytes, len, from, n);
	if (len == 0)
		return mutate_insert(bytes, len, 0, str_make(line, n));
	mutate_line(bytes, len, seed, &to);
	return mutate_insert(bytes, len, to, str_make(line, n));
}

static size_t
mutate_once(char *bytes, size_t len, uint64_t *seed)
{
	const size_t at = mutate_random(seed, len);
	const char *octet =
	    &mutate_octet[mutate_random(seed, sizeof(mutate_octet))];

	if (len == 0)
		return mutate_insert(bytes, len, 0, str_make(octet, 1));
	switch (mutate_random(seed, 6)) {
	case 0:
		return mutate_delete(bytes, len, at, 1);
	case 1:
		bytes[at] = (char)mutate_random(seed, 256);
		return len;
	case 2:
		bytes[at] = *octet;
		return len;
	case 3:
		return mutate_lines(bytes, len, seed, false);
	case 4:
		return mutate_lines(bytes, len, seed, true);
	default:
		return mutate_insert(bytes, len, at, str_make(octet, 1));
	}
}

size_t
mutate(char *bytes, size_t len, uint64_t *seed)
{
	unsigned times = 1 + mutate_random(seed, 3);

	while (times-- > 0)
		len = mutate_once(bytes, len, seed);
	return len;
}

uint64_t
mutate_seed(struct str bytes)
{
	uint64_t seed = 14695981039346656037u;

	for (size_t i = 0; i < bytes.len; i++)
		seed = (seed ^ (unsigned char)bytes.p[i]) * 1099511628211u;
	return seed == 0 ? 1 : seed;
}
