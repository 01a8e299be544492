/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Field lines and the names we know (field.def).
 *
 * FIELD(ID, "Name", flags): the table makes the enum; field_id() finds a
 * name without case in a few instructions (by length, then compare).
 */
#ifndef HTTP_FIELD_H
#define HTTP_FIELD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum field_id {
	FIELD_OTHER,
#define FIELD(id, name, flags) FIELD_##id,
#include "http/field.def"
#undef FIELD
	FIELD_ID_COUNT,
};

enum field_flags {
	FIELD_HOP = 1,	   /* hop-by-hop: never forwarded (A.2 #13) */
	FIELD_FRAMING = 2, /* decides where a message ends, or whose it is */
	FIELD_OURS = 4,	   /* Pound sets it: underscore twins are dropped */
	FIELD_XSSL = 8,	   /* the seven X-SSL-* names */
};

struct field {
	struct str line;  /* name to end of value, as received */
	struct str name;  /* as received */
	struct str value; /* trimmed; for answers unfolded */
	uint16_t id;	  /* enum field_id */
	bool skip;	  /* not forwarded */
};

enum field_id field_id(struct str name);
struct str field_name(enum field_id id);
unsigned field_flags(enum field_id id);

/*
 * The known name that this one becomes when each '_' is a '-', if it has
 * an underscore and that name is FIELD_FRAMING, FIELD_OURS or FIELD_XSSL;
 * else FIELD_OTHER.
 */
enum field_id field_twin(struct str name);

/*
 * Next element of a comma-separated list (RFC 9110 5.6.1), trimmed, empty
 * elements passed over: true and *token, with *rest moved on.
 */
bool field_next_token(struct str *rest, struct str *token);
/* Whether the list has the token, without case. */
bool field_has_token(struct str list, struct str token);

/*
 * User of "Basic" credentials (RFC 7617): decoded into memory (cap
 * bytes), up to the colon. STR_NONE when it is not Basic or not decodable.
 */
struct str field_basic_user(struct str credentials, char *memory, size_t cap);

#endif
