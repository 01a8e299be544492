/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/str.h"

/* Mostly they are the same in case, too. */
static bool
bytes_eq_nocase(const char *a, const char *b, size_t len)
{
	if (len > 0 && memcmp(a, b, len) == 0)
		return true;
	for (size_t i = 0; i < len; i++)
		if (str_lower((unsigned char)a[i]) !=
		    str_lower((unsigned char)b[i]))
			return false;
	return true;
}

bool
str_eq_nocase(struct str a, struct str b)
{
	return a.len == b.len && bytes_eq_nocase(a.p, b.p, a.len);
}

bool
str_starts(struct str s, struct str prefix)
{
	return s.len >= prefix.len && str_eq(str_head(s, prefix.len), prefix);
}

bool
str_starts_nocase(struct str s, struct str prefix)
{
	return s.len >= prefix.len &&
	    bytes_eq_nocase(s.p, prefix.p, prefix.len);
}

size_t
str_find(struct str s, char c)
{
	const char *at = s.len > 0 ? memchr(s.p, c, s.len) : NULL;

	return at != NULL ? (size_t)(at - s.p) : s.len;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct str
str_trim(struct str s)
{
	while (s.len > 0 && is_blank(s.p[0])) {
		s.p++;
		s.len--;
	}
	while (s.len > 0 && is_blank(s.p[s.len - 1]))
		s.len--;
	return s;
}

int
str_to_u64(struct str s, uint64_t max, uint64_t *value)
{
	uint64_t n = 0;

	if (s.len == 0)
		return -1;
	for (size_t i = 0; i < s.len; i++) {
		unsigned digit = (unsigned)(unsigned char)s.p[i] - '0';

		if (digit > 9 || __builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, digit, &n))
			return -1;
	}
	if (n > max)
		return -1;
	*value = n;
	return 0;
}

#define DISTANCE_MAX 64

static size_t
min_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * One row of the table of distances between the first i bytes of a and the
 * first j of b: from the row above and, for the swap of two neighbours, the
 * one above that.
 */
static void
distance_row(struct str a, struct str b, size_t i,
    size_t rows[3][DISTANCE_MAX + 1])
{
	size_t *row = rows[i % 3];
	const size_t *above = rows[(i + 2) % 3];
	const size_t *second = rows[(i + 1) % 3];

	row[0] = i;
	for (size_t j = 1; j <= b.len; j++) {
		bool same = bytes_eq_nocase(a.p + i - 1, b.p + j - 1, 1);

		row[j] = min_of(above[j - 1] + (same ? 0 : 1),
		    min_of(above[j], row[j - 1]) + 1);
		if (i > 1 && j > 1 &&
		    bytes_eq_nocase(a.p + i - 1, b.p + j - 2, 1) &&
		    bytes_eq_nocase(a.p + i - 2, b.p + j - 1, 1))
			row[j] = min_of(row[j], second[j - 2] + 1);
	}
}

size_t
str_distance(struct str a, struct str b)
{
	size_t rows[3][DISTANCE_MAX + 1];

	if (a.len > DISTANCE_MAX || b.len > DISTANCE_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= b.len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a.len; i++)
		distance_row(a, b, i, rows);
	return rows[a.len % 3][b.len];
}

bool
str_contains(struct str s, struct str part)
{
	return part.len == 0 ||
	    (s.len >= part.len && memmem(s.p, s.len, part.p, part.len) != NULL);
}
