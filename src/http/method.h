/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Request methods: one table (method.def) of names, the xHTTP level that
 * allows them, and their properties of RFC 9110 9.2. Methods are
 * case-sensitive.
 *
 * METHOD(NAME, xhttp level, idempotent, safe)
 */
#ifndef HTTP_METHOD_H
#define HTTP_METHOD_H

#include <stdbool.h>

#include "base/str.h"

enum method {
	METHOD_UNKNOWN, /* a token, but not in the table */
#define METHOD(name, xhttp, idempotent, safe) METHOD_##name,
#include "http/method.def"
#undef METHOD
	METHOD_COUNT,
};

enum method method_from(struct str name);
/* The same without case, for the hint and for Strict 0. */
enum method method_from_nocase(struct str name);
struct str method_name(enum method m);
/* The lowest xHTTP that allows it; 99: never (CONNECT, PRI, unknown). */
int method_xhttp(enum method m);
bool method_idempotent(enum method m);

#endif
