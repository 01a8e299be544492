/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where a message ends: the one place that decides it, for both
 * directions. RFC 9112 6, strict-http 4 and 8.
 */
#ifndef HTTP_FRAMING_H
#define HTTP_FRAMING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attrs.h"
#include "base/outcome.h"
#include "http/message.h"

enum framing_kind {
	FRAMING_NONE,	/* no body */
	FRAMING_LENGTH, /* length bytes, may be 0 */
	FRAMING_CHUNKED,
	FRAMING_CLOSE, /* answers: until the connection ends */
};

struct framing {
	enum framing_kind kind;
	uint64_t length;
	/* An answer without body (HEAD, 304) may still name a length, which
	 * is kept when valid: has_length and length, with FRAMING_NONE. */
	bool has_length;
};

/* OUTCOME_OK, LENGTH_*, CODING_*. */
MUST_USE enum outcome framing_of_request(const struct request *req,
    struct framing *f);

/*
 * OUTCOME_OK, RESPONSE_LENGTH_BAD or RESPONSE_CODING_BAD; gentle cases
 * are or-ed into resp->gentle. request_method is the method answered.
 */
MUST_USE enum outcome framing_of_response(struct response *resp,
    enum method request_method, struct framing *f);

#endif
