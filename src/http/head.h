/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading heads, RFC 9112 2 to 5, strict-http 1, 2 and 8.
 *
 * The caller keeps the bytes of one head in one block and calls again
 * with more of them; struct head remembers how far it came, so that each
 * byte is looked at once. Lines are judged as soon as they are complete.
 * When the block moves, call head_init() again and parse from the start.
 * Pure: no allocation, no log.
 */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/outcome.h"
#include "base/str.h"
#include "http/message.h"

struct head_limits {
	size_t max_uri;	  /* bytes of target: TARGET_LONG */
	size_t max_field; /* bytes of one field line: FIELD_LONG */
	size_t max_head;  /* bytes in all, line ends included */
	unsigned max_fields;
	bool lenient; /* Strict 0 (A.1 #22) */
};

struct head {
	size_t done;	      /* bytes judged so far: begin of a line */
	size_t seen;	      /* bytes searched for a line end so far */
	unsigned lines;	      /* complete lines so far, start line included */
	unsigned blank_lines; /* skipped before the start line */
};

enum head_status {
	HEAD_DONE, /* *used is the length of the head */
	HEAD_MORE, /* incomplete: call again with more */
	HEAD_BAD,  /* *why says what; the rest must not be read as HTTP */
};

static inline void
head_init(struct head *h)
{
	*h = (struct head){ 0, 0, 0, 0 };
}

/*
 * in is everything of this head that has come. req->field and
 * req->field_room are set by the caller; the rest is written. A first
 * byte 0x16 (TLS record) is CLIENT_TLS_HELLO. Host, target and framing
 * are judged by host.h, target.h and framing.h, not here; METHOD_UNKNOWN
 * and lower case are not errors here, a method that is no token is.
 * After HEAD_BAD req->line is the request line if it was complete.
 */
enum head_status head_parse_request(struct head *h, struct str in,
    const struct head_limits *limits, struct request *req, enum outcome *why,
    size_t *used);

/*
 * The same for an answer; folded lines are joined in place, so the bytes
 * are writable. Gentle cases set resp->gentle.
 */
enum head_status head_parse_response(struct head *h, char *in, size_t len,
    const struct head_limits *limits, struct response *resp, enum outcome *why,
    size_t *used);

#endif
