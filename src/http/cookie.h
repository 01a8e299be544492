/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Cookies as browsers and servers take them apart (RFC 6265 4.2.1, 5.2):
 * a semicolon ends a pair whatever stands around it, quotes belong to the
 * value, outer blanks do not. Pure; slices of the field's value.
 */
#ifndef HTTP_COOKIE_H
#define HTTP_COOKIE_H

#include <stdbool.h>

#include "base/str.h"

struct cookie {
	struct str name; /* never empty */
	struct str value;
};

/* The next pair of a Cookie field, *rest moved on behind it; what is no
 * pair, or has no name, is passed over. false: there is none. */
bool cookie_next(struct str *rest, struct cookie *c);

/* The pair of a Set-Cookie field, without its attributes. */
bool cookie_of_answer(struct str value, struct cookie *c);

#endif
