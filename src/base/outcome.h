/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How an exchange can end: the table outcome.def as an enum, statuses,
 * priorities and words. Pure.
 */
#ifndef BASE_OUTCOME_H
#define BASE_OUTCOME_H

enum outcome {
#define OUTCOME(name, status, priority, words) OUTCOME_##name,
#include "base/outcome.def"
#undef OUTCOME
	OUTCOME_COUNT,
};

/* The status for the client, 0 when there is none. */
int outcome_status(enum outcome o);
/* enum log_priority, or 0: no diagnostic. */
int outcome_priority(enum outcome o);
const char *outcome_words(enum outcome o);
/* The enum's name without prefix, lower case: for counters. */
const char *outcome_name(enum outcome o);

#endif
