/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The listener's policy on a request whose head is parsed: method, target,
 * Host, CheckURL, framing, MaxRequest, expectation; and which fields are
 * not forwarded (strict-http 1 to 6, A.2).
 */
#ifndef PROXY_SANITIZE_H
#define PROXY_SANITIZE_H

#include "base/attrs.h"
#include "proxy/exchange.h"

/*
 * What the request line alone tells: called as soon as it is complete, so
 * that a bad one is answered before the rest of the head is there.
 */
MUST_USE enum outcome sanitize_line(const struct client *c, struct exchange *x);

/* OUTCOME_OK, or why the request is refused; x->detail may say more. */
MUST_USE enum outcome sanitize_request(struct client *c, struct exchange *x);

/* The limit of time that was passed, as detail. */
void sanitize_late(struct exchange *x, const char *directive, int64_t limit_ms);

/* Words for the log: printf into x->detail, peers' bytes escaped by the
 * caller. */
void sanitize_detail(struct exchange *x, const char *fmt, ...)
    PRINTF_LIKE(2, 3);

#endif
