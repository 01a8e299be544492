/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Regular expressions of the operator (PCRE2, A.1 #16): no MULTILINE,
 * DOTALL and DOLLAR_ENDONLY, bytes not UTF-8, unanchored search. A
 * compiled pattern is immutable and shared by all threads; each thread
 * has its own match data and JIT stack (1 MiB, made at first use). Match
 * limit 1,000,000. Without JIT memory the interpreter is used, with one
 * notice in the log.
 */
#ifndef BASE_PATTERN_H
#define BASE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attrs.h"
#include "base/str.h"

struct pattern;

enum pattern_result {
	PATTERN_MATCH,
	PATTERN_NO_MATCH,
	PATTERN_ERROR, /* limits: an answer of its own, never "no match" */
};

enum pattern_flags {
	PATTERN_NOCASE = 1,
	PATTERN_WHOLE = 2, /* must match the whole subject */
};

/* NULL when the text is no pattern: *offset is the byte, why the words
 * (of PCRE2, NUL-terminated, cut to size). */
MUST_USE struct pattern *pattern_new(struct str text, int flags, char *why,
    size_t why_size, size_t *offset);
void pattern_free(struct pattern *p);

/* Capture 1 as a slice of subject in *group when group is not NULL and
 * the pattern has one that took part; else STR_NONE. */
enum pattern_result pattern_match(const struct pattern *p, struct str subject,
    struct str *group);

/* The words for the last PATTERN_ERROR of this thread. */
const char *pattern_error(void);

/* Frees what this thread holds; called when a thread ends. */
void pattern_thread_release(void);

#endif
