/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/head_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "support/guard.h"

static void __attribute__((format(printf, 2, 3)))
append(struct head_text *t, const char *fmt, ...)
{
	size_t n = strlen(t->text);
	va_list args;

	va_start(args, fmt);
	vsnprintf(t->text + n, sizeof(t->text) - n, fmt, args);
	va_end(args);
}

/* Bytes that a terminal would not show stand as \xNN. */
static void
append_bytes(struct head_text *t, struct str s)
{
	size_t i;
	unsigned char c;

	for (i = 0; i < s.len; i++) {
		c = (unsigned char)s.p[i];
		if (c < 0x20 || c > 0x7e)
			append(t, "\\x%02x", c);
		else
			append(t, "%c", c);
	}
}

static void
append_fields(struct head_text *t, const struct field *f, unsigned count)
{
	unsigned i;

	append(t, " |");
	for (i = 0; i < count; i++) {
		append_bytes(t, f[i].name);
		append(t, "=");
		append_bytes(t, f[i].value);
		append(t, "|");
		if (f[i].skip || f[i].id != field_id(f[i].name) ||
		    f[i].line.p != f[i].name.p ||
		    f[i].line.p + f[i].line.len !=
			f[i].value.p + f[i].value.len)
			append(t, "<inconsistent>");
	}
}

void
head_text_request(struct head_text *t, const struct request *req)
{
	t->text[0] = '\0';
	append_bytes(t, req->method_text);
	append(t, " ");
	append_bytes(t, req->target);
	append(t, " 1.%d", req->minor);
	if (req->bare_lf)
		append(t, " lf");
	append_fields(t, req->field, req->field_count);
	if (req->dropped > 0)
		append(t, " -%u", req->dropped);
}

void
head_text_response(struct head_text *t, const struct response *resp)
{
	t->text[0] = '\0';
	append(t, "%d 1.%d ", resp->status, resp->minor);
	append_bytes(t, resp->reason);
	append_fields(t, resp->field, resp->field_count);
	if (resp->gentle != 0)
		append(t, " gentle %u", resp->gentle);
}

/* How a parse ended that did not end well. */
static void
text_of_end(struct head_text *t, enum outcome why)
{
	t->text[0] = '\0';
	if (t->status == HEAD_MORE)
		append(t, "more");
	else
		append(t, "%s", outcome_name(why));
}

/* How much the parser is shown after have bytes. */
static size_t
next_size(size_t have, size_t cut, size_t len)
{
	if (cut == HEAD_TEXT_BYTEWISE)
		return have + 1;
	return have < cut && cut < len ? cut : len;
}

void
head_text_parse_cut(struct head_text *t, const char *in, size_t len, size_t cut,
    const struct head_limits *limits)
{
	struct field field[HEAD_TEXT_FIELDS];
	struct request req = { .field = field, .field_room = HEAD_TEXT_FIELDS };
	size_t size = 0;
	enum outcome why;
	struct head h;

	head_init(&h);
	do {
		size = len == 0 ? 0 : next_size(size, cut, len);
		t->status = head_parse_request(&h, str_make(in, size), limits,
		    &req, &why, &t->used);
	} while (t->status == HEAD_MORE && size < len);
	if (t->status == HEAD_DONE)
		head_text_request(t, &req);
	else
		text_of_end(t, why);
}

void
head_text_parse(struct head_text *t, const char *in, size_t len,
    const struct head_limits *limits)
{
	struct guard g;

	guard_copy(&g, in, len);
	head_text_parse_cut(t, g.bytes, len, len, limits);
	guard_release(&g);
}

void
head_text_parse_answer_cut(struct head_text *t, const char *in, size_t len,
    size_t cut, const struct head_limits *limits)
{
	struct field field[HEAD_TEXT_FIELDS];
	struct response resp = { .field = field,
		.field_room = HEAD_TEXT_FIELDS };
	size_t size = 0;
	enum outcome why;
	struct guard g;
	struct head h;

	guard_copy(&g, in, len);
	head_init(&h);
	do {
		size = len == 0 ? 0 : next_size(size, cut, len);
		t->status = head_parse_response(&h, g.bytes, size, limits,
		    &resp, &why, &t->used);
	} while (t->status == HEAD_MORE && size < len);
	if (t->status == HEAD_DONE)
		head_text_response(t, &resp);
	else
		text_of_end(t, why);
	guard_release(&g);
}

void
head_text_parse_answer(struct head_text *t, const char *in, size_t len,
    const struct head_limits *limits)
{
	head_text_parse_answer_cut(t, in, len, len, limits);
}

static bool
same_end(const struct head_text *a, const struct head_text *b)
{
	return strcmp(a->text, b->text) == 0 && a->status == b->status &&
	    (a->status != HEAD_DONE || a->used == b->used);
}

/* A part is incomplete, or it has all that the verdict needs. */
static bool
part_fits(const struct head_text *part, const struct head_text *whole)
{
	return part->status == HEAD_MORE || same_end(part, whole);
}

bool
head_text_same_cut(const char *in, size_t len, const struct head_limits *limits,
    size_t *at)
{
	struct head_text whole, part;

	head_text_parse(&whole, in, len, limits);
	head_text_parse_cut(&part, in, len, HEAD_TEXT_BYTEWISE, limits);
	*at = HEAD_TEXT_BYTEWISE;
	if (!same_end(&part, &whole))
		return false;
	for (*at = 0; *at < len; ++*at) {
		head_text_parse(&part, in, *at, limits);
		if (!part_fits(&part, &whole))
			return false;
		head_text_parse_cut(&part, in, len, *at, limits);
		if (!same_end(&part, &whole))
			return false;
	}
	return true;
}

bool
head_text_same_cut_answer(const char *in, size_t len,
    const struct head_limits *limits, size_t *at)
{
	struct head_text whole, part;

	head_text_parse_answer(&whole, in, len, limits);
	head_text_parse_answer_cut(&part, in, len, HEAD_TEXT_BYTEWISE, limits);
	*at = HEAD_TEXT_BYTEWISE;
	if (!same_end(&part, &whole))
		return false;
	for (*at = 0; *at < len; ++*at) {
		head_text_parse_answer(&part, in, *at, limits);
		if (!part_fits(&part, &whole))
			return false;
		head_text_parse_answer_cut(&part, in, len, *at, limits);
		if (!same_end(&part, &whole))
			return false;
	}
	return true;
}
