/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stddef.h>

#include "base/attrs.h"
#include "base/check.h"
#include "base/log.h"
#include "base/outcome.h"

#define LOG_PRIO_NONE 0
#define NAME_SIZE 24

/* The i-th byte of a literal in lower case, NUL beyond its end: a constant,
 * so that the names in lower case need no code and no second writing. */
#define AT(s, i) ((s)[(i) < sizeof(s) ? (i) : sizeof(s) - 1])
#define LOWER(s, i) \
	((char)(AT(s, i) >= 'A' && AT(s, i) <= 'Z' ? AT(s, i) + ('a' - 'A') \
						   : AT(s, i)))
#define LOWER4(s, i) \
	LOWER(s, i), LOWER(s, i + 1), LOWER(s, i + 2), LOWER(s, i + 3)
#define LOWER8(s, i) LOWER4(s, i), LOWER4(s, i + 4)
#define LOWER24(s) LOWER8(s, 0), LOWER8(s, 8), LOWER8(s, 16)

struct row {
	char name[NAME_SIZE];
	int status;
	int priority;
	const char *words;
};

static const struct row rows[] = {
#define OUTCOME(name, status, priority, words) \
	{ { LOWER24(#name) }, status, LOG_PRIO_##priority, words },
#include "base/outcome.def"
#undef OUTCOME
};

#define OUTCOME(name, status, priority, words) \
	_Static_assert(sizeof(#name) <= NAME_SIZE, #name " is too long");
#include "base/outcome.def"
#undef OUTCOME

static const struct row *
row_of(enum outcome o)
{
	check((size_t)o < ARRAY_LEN(rows));
	return &rows[o];
}

int
outcome_status(enum outcome o)
{
	return row_of(o)->status;
}

int
outcome_priority(enum outcome o)
{
	return row_of(o)->priority;
}

const char *
outcome_words(enum outcome o)
{
	return row_of(o)->words;
}

const char *
outcome_name(enum outcome o)
{
	return row_of(o)->name;
}
