/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Addresses of the configuration: numeric, or a name that is looked up
 * once in a reading, however often it stands there. Blocking; at start.
 */
#ifndef CONF_LOOKUP_H
#define CONF_LOOKUP_H

#include <stdbool.h>

#include "base/arena.h"
#include "net/addr.h"

#define LOOKUP_BUCKETS 256

struct lookup_name;

struct lookup {
	struct arena *arena;
	bool offline; /* only numeric addresses */
	struct lookup_name *bucket[LOOKUP_BUCKETS];
};

void lookup_init(struct lookup *l, struct arena *a, bool offline);

/* IPv4 or IPv6 (in brackets or not) or a name. 0, or -1 with *why, and
 * addr->len is 0. */
MUST_USE int lookup_address(struct lookup *l, struct str name, uint16_t port,
    struct addr *addr, const char **why);

#endif
