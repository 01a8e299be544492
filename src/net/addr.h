/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Socket addresses: IPv4, IPv6 or UNIX path, as one value type.
 */
#ifndef NET_ADDR_H
#define NET_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/socket.h>
#include <sys/un.h>

#include <netinet/in.h>

#include "base/attrs.h"
#include "base/fixbuf.h"
#include "base/str.h"

struct addr {
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	};
	socklen_t len; /* 0: no address */
};

/* Longest text of an address with port and NUL. */
#define ADDR_TEXT_MAX 128

static inline int
addr_family(const struct addr *a)
{
	return a->len == 0 ? AF_UNSPEC : a->sa.sa_family;
}

/* Numeric IPv4 or IPv6 text (no brackets). 0 or -1. */
int addr_from_ip(struct addr *a, struct str text, uint16_t port);

/* UNIX path, at most 107 bytes: 0 or -1 (too long, empty). */
int addr_from_path(struct addr *a, struct str path);

/*
 * Resolves a name (getaddrinfo, blocking: never in a turn), the first
 * stream address of family or AF_UNSPEC. 0, or -1 with *why (static text).
 */
MUST_USE int addr_resolve(struct addr *a, const char *name, uint16_t port,
    int family, const char **why);

uint16_t addr_port(const struct addr *a);
void addr_set_port(struct addr *a, uint16_t port);

/* Same family, address and, for IP, port. */
bool addr_equal(const struct addr *a, const struct addr *b);
/* The same without the port. */
bool addr_same_host(const struct addr *a, const struct addr *b);

/* An IPv4 address that is written as IPv6 (::ffff:192.0.2.1) becomes IPv4. */
void addr_unmap(struct addr *a);

/* "192.0.2.1", "2001:db8::1" (also ::ffff:192.0.2.1), or the path. */
void addr_add_host(struct fixbuf *b, const struct addr *a);
/* The classic "host:port", IPv6 without brackets; a UNIX path alone. */
void addr_add_text(struct fixbuf *b, const struct addr *a);
/* The same for URLs and Host: IPv6 in brackets. */
void addr_add_bracketed(struct fixbuf *b, const struct addr *a);

#endif
