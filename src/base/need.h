/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a text must contain so that a pattern (base/pattern.h) can match it,
 * read off the pattern: runs of literal bytes, lower case. Whoever has many
 * patterns need not try those of which a run is missing.
 *
 * Careful, not clever: only literals, dots, classes, groups and quantifiers
 * are understood, at the outermost level only literals count, and a pattern
 * with anything else in it is not understood at all. Pure.
 */
#ifndef BASE_NEED_H
#define BASE_NEED_H

#include <stdbool.h>

#include "base/attrs.h"
#include "base/str.h"

#define NEED_RUNS 16
#define NEED_BYTES 256

struct need {
	/* In the order of the text; slices of bytes. More than fit are left
	 * out: nobody has to look for all. */
	struct str run[NEED_RUNS];
	unsigned count;
	/* The text begins with the first run. */
	bool anchored;
	char bytes[NEED_BYTES];
	unsigned used;
};

/* false: not understood, and then n says nothing. A struct need must not be
 * copied. */
MUST_USE bool need_of_pattern(struct need *n, struct str pattern);

#endif
