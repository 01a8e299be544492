/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A pipe through which bytes go from one plain socket to another without
 * being copied into the process and out again (splice(2)). For long bodies:
 * it costs two descriptors while it is there.
 *
 * The statuses are those of conn_fill() and conn_write(), and so are ready
 * and want of the connections. One owner; a pipe that holds bytes belongs
 * to one message and is closed if that ends before they have gone.
 */
#ifndef NET_SPLICE_H
#define NET_SPLICE_H

#include "net/conn.h"

struct splice {
	int in, out; /* -1: not open */
	size_t held; /* bytes in the pipe */
};

/* -1: errno. */
MUST_USE int splice_open(struct splice *s);
/* What it holds is lost. */
void splice_close(struct splice *s);

/* Whether both streams are of a kind that can. */
bool splice_can(const struct conn *from, const struct conn *to);

/* n bytes at most, into the empty pipe; there are no unread bytes in from. */
MUST_USE enum conn_status splice_fill(struct splice *s, struct conn *from,
    size_t n);
/* What the pipe holds, as far as it goes now. CONN_OK: all. */
MUST_USE enum conn_status splice_write(struct splice *s, struct conn *to);

#endif
