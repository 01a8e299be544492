/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SUPPORT_HEAD_TEXT_H
#define SUPPORT_HEAD_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "http/head.h"

/*
 * A parsed head as one line of text, so that a test can say in one string
 * what it expects and compare two ways of parsing.
 *
 *	GET / 1.1 |Host=h.test|Accept=|          a request
 *	GET / 1.0 lf |X=1| -2                    bare LF, two lines dropped
 *	200 1.1 OK |Length=5| gentle 6           an answer
 *	field_folded                             refused: the outcome
 *	more                                     incomplete
 */
#define HEAD_TEXT_MAX 4096
#define HEAD_TEXT_FIELDS 200

struct head_text {
	char text[HEAD_TEXT_MAX];
	enum head_status status;
	size_t used;
};

void head_text_request(struct head_text *t, const struct request *req);
void head_text_response(struct head_text *t, const struct response *resp);

/*
 * Parse a request whole, in a block of its own that ends where the memory
 * ends; or as one that grows: first cut bytes of it, then all, or one byte
 * more each time.
 */
#define HEAD_TEXT_BYTEWISE ((size_t)-1)
void head_text_parse(struct head_text *t, const char *in, size_t len,
    const struct head_limits *limits);
void head_text_parse_cut(struct head_text *t, const char *in, size_t len,
    size_t cut, const struct head_limits *limits);

/* The same for answers; in is copied, since the parser may write. */
void head_text_parse_answer(struct head_text *t, const char *in, size_t len,
    const struct head_limits *limits);
void head_text_parse_answer_cut(struct head_text *t, const char *in, size_t len,
    size_t cut, const struct head_limits *limits);

/*
 * Whether the request (answer) reads the same however it is cut, and each
 * part of it alone is incomplete or has the verdict of the whole. The cut
 * at which not is in *at.
 */
bool head_text_same_cut(const char *in, size_t len,
    const struct head_limits *limits, size_t *at);
bool head_text_same_cut_answer(const char *in, size_t len,
    const struct head_limits *limits, size_t *at);

#endif
