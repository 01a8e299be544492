/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A slice of bytes: pointer and length, passed by value, owning nothing.
 * Never NUL-terminated by contract; p may be NULL only when len is 0.
 * "no case" means ASCII letters only, whatever the locale.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *p;
	size_t len;
};

/* A string literal as a slice. */
#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })
#define STR_NONE ((struct str){ NULL, 0 })
/* For printf's %.*s */
#define STR_ARG(s) (int)(s).len, (s).p != NULL ? (s).p : ""

static inline struct str
str_make(const char *p, size_t len)
{
	return (struct str){ p, len };
}

/* text may be NULL: the empty slice. */
static inline struct str
str_from(const char *text)
{
	return text == NULL ? STR_NONE : str_make(text, strlen(text));
}

static inline bool
str_empty(struct str s)
{
	return s.len == 0;
}

static inline struct str
str_skip(struct str s, size_t n)
{
	return n < s.len ? str_make(s.p + n, s.len - n) : STR_NONE;
}

static inline struct str
str_head(struct str s, size_t n)
{
	return str_make(s.p, n < s.len ? n : s.len);
}

static inline bool
str_eq(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

bool str_eq_nocase(struct str a, struct str b);
bool str_starts(struct str s, struct str prefix);
bool str_starts_nocase(struct str s, struct str prefix);

/* Position of the first byte c, or s.len. */
size_t str_find(struct str s, char c);

bool str_contains(struct str s, struct str part);

/* Without outer spaces and tabs. */
struct str str_trim(struct str s);

/* Decimal digits only, at least one, at most max: 0, or -1. */
int str_to_u64(struct str s, uint64_t max, uint64_t *value);

/* ASCII lower case of one byte. */
static inline unsigned char
str_lower(unsigned char c)
{
	return (unsigned char)(c - 'A') < 26 ? (unsigned char)(c | 0x20) : c;
}

/* What a hexadecimal digit stands for, or -1. */
static inline int
str_hex(char c)
{
	const unsigned char low = str_lower((unsigned char)c);

	if (c >= '0' && c <= '9')
		return c - '0';
	return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/*
 * Edit distance (insert, delete, replace, swap of neighbours; no case),
 * for "did you mean"; both at most 64 bytes, else a large number.
 */
size_t str_distance(struct str a, struct str b);

#endif
