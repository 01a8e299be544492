/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Host field, RFC 9110 7.2, strict-http 3. */
#ifndef HTTP_HOST_H
#define HTTP_HOST_H

#include <stdbool.h>

#include "base/attrs.h"
#include "base/outcome.h"
#include "base/str.h"
#include "http/message.h"

/* uri-host [":" port]; an empty text is not valid here. */
bool host_valid(struct str host);

/* Name (brackets of IPv6 kept) and port text (empty: none). */
void host_split(struct str host, struct str *name, struct str *port);

/* Without ":80" (http) or ":443" (https), and without an empty port. */
struct str host_without_default_port(struct str host, bool https);

/*
 * The request's Host: OUTCOME_OK with *host (empty when there is none or
 * it is empty), HOST_MISSING (1.1 only), HOST_MANY, HOST_BAD. lenient:
 * 1.1 without Host counts as an empty one (Strict 0).
 */
MUST_USE enum outcome host_of_request(const struct request *req, bool lenient,
    struct str *host);

#endif
