/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef UNIT_TAP_H
#define UNIT_TAP_H

/*
 * Points of the Test Anything Protocol, for one test program and one thread:
 *
 *	int
 *	main(void)
 *	{
 *		tap_input("10", 2);
 *		is_int(decimal("10"), 10, "decimal of %s", "10");
 *		is_str(scheme, "http", "name of the scheme");
 *		ok(list == NULL, "the list is empty");
 *		return tap_done();
 *	}
 *
 * Each returns whether it held; what failed prints file and line, the last
 * tap_input(), what was expected and what came. Names are printf formats. A
 * program that ends without tap_done() has failed.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ok(held, ...) tap_point((held), TAP_AT(held), __VA_ARGS__)
#define is_int(got, want, ...) \
	tap_is_int((intmax_t)(got), (intmax_t)(want), TAP_AT(got), __VA_ARGS__)
#define is_str(got, want, ...) \
	tap_is_mem(tap_str(got), tap_str(want), TAP_AT(got), __VA_ARGS__)
#define is_mem(got, got_len, want, want_len, ...) \
	tap_is_mem((struct tap_mem){ got, got_len }, \
	    (struct tap_mem){ want, want_len }, TAP_AT(got), __VA_ARGS__)

struct tap_at {
	const char *file;
	int line;
	const char *text; /* the expression that was tested */
};
#define TAP_AT(expr) ((struct tap_at){ __FILE__, __LINE__, #expr })

struct tap_mem {
	const void *bytes;
	size_t len;
};

/* A NULL string is one without bytes, equal to nothing but another NULL. */
struct tap_mem tap_str(const char *text);

/* Remember what the next points are about (not copied); NULL: nothing. */
void tap_input(const void *bytes, size_t len);

/* Called through ok(), is_int(), is_str() and is_mem(). */
bool tap_point(bool held, struct tap_at at, const char *name, ...)
    __attribute__((format(printf, 3, 4)));
bool tap_is_int(intmax_t got, intmax_t want, struct tap_at at, const char *name,
    ...) __attribute__((format(printf, 4, 5)));
bool tap_is_mem(struct tap_mem got, struct tap_mem want, struct tap_at at,
    const char *name, ...) __attribute__((format(printf, 4, 5)));

/* Print the plan; what main() returns: 0 if every point held. */
int tap_done(void);

#endif
