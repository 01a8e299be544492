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

/* OUTCOME_OK, or why the request is refused; x->detail may say more. */
MUST_USE enum outcome sanitize_request(struct client *c, struct exchange *x);

/* Words for the log: printf into x->detail, peers' bytes escaped by the
 * caller. */
void sanitize_detail(struct exchange *x, const char *fmt, ...)
    PRINTF_LIKE(2, 3);

#endif
