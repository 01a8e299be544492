/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A parsed head. Slices point into the caller's block, which must not
 * move while the message is used; field arrays are the caller's memory.
 */
#ifndef HTTP_MESSAGE_H
#define HTTP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "http/field.h"
#include "http/method.h"

struct request {
	struct str line; /* the request line as received, no line end */
	struct str method_text;
	struct str target; /* raw */
	enum method method;
	int minor;	 /* HTTP/1.minor: 0 or 1 */
	bool bare_lf;	 /* all lines end in LF alone: answer, then close */
	bool line_taken; /* the request line was well-formed */
	struct field *field;
	unsigned field_count;
	unsigned field_room;
	/* Strict 0 only: malformed lines left out, and the last of them */
	unsigned dropped;
	struct str dropped_line;
};

/* What a strict reader would have refused and we put right (A.2,
 * strict-http 8): any of these ends the reuse of the connection. */
enum response_gentle {
	RESPONSE_LINE_DROPPED = 1, /* no colon, impossible name */
	RESPONSE_BLANK_NAME = 2,   /* blank before the colon */
	RESPONSE_FOLDED = 4,
	RESPONSE_BARE_LF = 8,
	RESPONSE_TWO_LENGTHS = 16, /* equal ones */
	RESPONSE_LENGTH_AND_CHUNKED = 32,
	RESPONSE_TWO_CODINGS = 64,
	RESPONSE_CHUNKED_10 = 128,
	RESPONSE_CHUNK_BLANK = 256,
};

struct response {
	struct str line;   /* the status line as received, no line end */
	struct str reason; /* may be empty */
	int status;	   /* 100 to 599 */
	int minor;
	unsigned gentle; /* enum response_gentle, or-ed */
	struct field *field;
	unsigned field_count;
	unsigned field_room;
};

/* The first field with that id, or NULL; whether it has skip set does not
 * matter: a removed field still has its effect. */
const struct field *message_find(const struct field *field, unsigned count,
    enum field_id id);

#endif
