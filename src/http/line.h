/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lines of a head, what heads of requests and of answers have in common.
 * Of use to head.c and head_response.c only.
 */
#ifndef HTTP_LINE_H
#define HTTP_LINE_H

#include <stdbool.h>

#include "base/attrs.h"
#include "base/outcome.h"
#include "base/str.h"
#include "http/head.h"

struct line {
	struct str text; /* without its end */
	bool bare_lf;
};

enum line_status {
	LINE_WHOLE,
	LINE_PART,
	LINE_BARE_CR, /* a part that can become no good line any more */
};

/*
 * The next complete line of in, not yet judged: it begins at h->done, and
 * h->seen is moved behind it. No byte is looked at twice.
 */
enum line_status line_next(struct head *h, struct str in, struct line *line);

/* What has come of a line, without what may be a half of its end. */
struct str line_part(const struct head *h, struct str in);

bool line_has_cr(struct str text);

/*
 * Split a field line: name, value, line, id. text is not empty. OUTCOME_OK
 * or FIELD_FOLDED, FIELD_COLON, FIELD_BLANK (n token bytes, blanks and the
 * colon), FIELD_NAME_BAD, FIELD_VALUE_BAD.
 */
MUST_USE enum outcome line_split(struct str text, struct field *f);

/* The same for a line that line_split() calls FIELD_BLANK: the blanks go,
 * and only the value can be bad. */
MUST_USE enum outcome line_split_blank(struct str text, struct field *f);

/* "HTTP/" DIGIT "." DIGIT in upper case, or -1; else ten times the major
 * number and the minor one. */
int line_version(struct str text);

#endif
