/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The request target, RFC 9112 3.2, strict-http 1, B.4.7.
 */
#ifndef HTTP_TARGET_H
#define HTTP_TARGET_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/attrs.h"
#include "base/outcome.h"
#include "base/str.h"
#include "http/method.h"

struct target {
	struct str forward;   /* what is sent on: origin form or "*" */
	struct str decoded;   /* each %XY decoded once, for patterns */
	struct str authority; /* of the absolute form, without the scheme's
			       * default port; empty otherwise */
	bool https;	      /* the scheme of an absolute one */
	bool asterisk;
};

/*
 * raw is the target as received. keep_odd (xHTTP 3 and 4): quotes, angle
 * brackets, backslash, caret, backtick, braces and bar go on as they came
 * and a bad percent in the path passes. What has to be rewritten lies in
 * the arena; else slices of raw. OUTCOME_OK, TARGET_BAD, TARGET_FORM,
 * TARGET_PERCENT, TARGET_NUL, HOST_BAD (authority), or INTERNAL when the
 * arena is full.
 */
MUST_USE enum outcome target_parse(struct str raw, enum method method,
    bool keep_odd, struct arena *arena, struct target *t);

/*
 * For Location of a redirect: raw with controls, blanks, quotes,
 * backslash, < > and bytes from 0x80 percent-encoded (A.2 #20).
 * STR_NONE when the arena is full.
 */
struct str target_encode_location(struct str raw, struct arena *arena);

#endif
