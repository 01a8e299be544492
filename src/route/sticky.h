/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The session key of a request or of an answer (B.6.5, A.3 #1):
 *
 *   IP      the client's address
 *   BASIC   what follows "Basic" in Authorization, as it was sent
 *   URL     a parameter behind the leftmost '?' or '&' that begins one of
 *           that name, up to '&', ';', '#' or the end; decoded
 *   PARM    what follows the first ';', up to '?' or the end; decoded
 *   COOKIE  the last cookie of that name
 *   HEADER  the first word of the last field of that name
 *
 * A name is that of the ID in any case, or the ID is a pattern for all of
 * it. Fields count even if they are not forwarded. Pure but for patterns;
 * a key is a slice of what was given.
 */
#ifndef ROUTE_STICKY_H
#define ROUTE_STICKY_H

#include "conf/conf.h"
#include "http/field.h"

/* A longer key makes no session, and neither does an empty one. */
#define STICKY_MAX 4096

enum sticky_result {
	STICKY_NONE,
	STICKY_KEY,
	STICKY_ERROR, /* the pattern could not be decided (A.1 #16) */
};

struct sticky_message {
	struct str peer; /* the client's address */
	struct str url;	 /* decoded target */
	const struct field *field;
	unsigned field_count;
};

/* *key only with STICKY_KEY. */
enum sticky_result sticky_of_request(const struct conf_session *session,
    const struct sticky_message *m, struct str *key);

/* Only COOKIE and HEADER have one (B.6.6). */
enum sticky_result sticky_of_answer(const struct conf_session *session,
    const struct field *field, unsigned field_count, struct str *key);

#endif
