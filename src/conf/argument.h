/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Words of the configuration as values (A.1 #4, #5). Pure. Letters in any
 * case.
 */
#ifndef CONF_ARGUMENT_H
#define CONF_ARGUMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attrs.h"
#include "base/str.h"

enum argument_result {
	ARGUMENT_OK,
	ARGUMENT_BAD,  /* not of this form at all */
	ARGUMENT_HIGH, /* a number of this form, but too large for 64 bits */
};

enum argument_unit {
	ARGUMENT_PLAIN,	  /* digits */
	ARGUMENT_SECONDS, /* digits, then s, m, h or nothing */
	ARGUMENT_BYTES,	  /* digits, then k, m, g (powers of 1024) or nothing */
};

/* *value in seconds or bytes where there is a unit. */
MUST_USE enum argument_result argument_number(struct str s,
    enum argument_unit unit, uint64_t *value);

/* 0 no off false, 1 yes on true */
MUST_USE enum argument_result argument_switch(struct str s, bool *value);

/* Index in the NULL-ended list of words, or -1. */
MUST_USE int argument_choice(struct str s, const char *const *words);

/* The word of the list that was probably meant, or NULL. */
const char *argument_meant(struct str s, const char *const *words);

/* How many changes still count as a slip in a word of this length. */
size_t argument_slips(size_t len);

#endif
