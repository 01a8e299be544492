/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Absolute http and https URLs (RFC 9110 4.2), as they stand in Location
 * and Destination. */
#ifndef HTTP_URL_H
#define HTTP_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attrs.h"
#include "base/fixbuf.h"
#include "base/str.h"

struct url {
	bool https;
	struct str name; /* of the host; IPv6 without its brackets */
	uint16_t port;	 /* the scheme's, when none is given */
	struct str rest; /* from the first of / ? # on; may be empty */
};

/*
 * false: no absolute http(s) URL, or one whose authority is not a plain
 * host and port (user names, empty or odd hosts): nothing that we can say
 * where it points to.
 */
MUST_USE bool url_split(struct str text, struct url *u);

/* "{scheme}://{authority}{rest}", with a slash where rest has none. */
void url_compose(struct fixbuf *out, bool https, struct str authority,
    struct str rest);

#endif
