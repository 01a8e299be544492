/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whether a service wants a request: URL, HeadRequire, HeadDeny (B.5).
 * Patterns see the decoded target, and each field as "Name: value" with
 * one blank and the value trimmed (A.1 #17), also the fields that are not
 * forwarded. Any result of a pattern but match and no match is an error.
 */
#ifndef ROUTE_MATCH_H
#define ROUTE_MATCH_H

#include "base/arena.h"
#include "conf/conf.h"
#include "http/message.h"

struct match_input {
	struct str url; /* decoded */
	const struct field *field;
	unsigned field_count;
	struct arena *arena; /* for the lines, made when first needed */
	struct str *lines;   /* NULL until then */
	/* the directive whose pattern failed, after MATCH_ERROR */
	const char *directive;
	const struct conf_place *place;
};

enum match_result { MATCH_YES, MATCH_NO, MATCH_ERROR };

enum match_result match_service(const struct conf_service *service,
    struct match_input *in);

/*
 * The lines "Name: value" of all fields; made once a request. p is NULL
 * for one that patterns do not see: an empty Host counts as none. NULL
 * when the arena is full.
 */
const struct str *match_lines(struct match_input *in);

/* One field as "Name: value"; p NULL when the arena is full. */
struct str match_line(const struct field *f, struct arena *arena);

#endif
