/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 *    status line
 *         |
 *         v
 *     +-> field, or a line that is folded or left out --+
 *     |   |                                             |
 *     +---+                                        empty line
 *         |                                             |
 *         v                                             v
 *      refused                                  done: lines unfolded
 */
#include <string.h>

#include "http/head.h"
#include "http/line.h"
#include "http/octet.h"

/* "HTTP/1." DIGIT SP 3DIGIT [ SP reason ] */
static enum outcome
take_status_line(struct response *resp, struct str text)
{
	int version = line_version(str_head(text, 8));
	struct str code = str_head(str_skip(text, 9), 3);
	uint64_t status;

	resp->line = text;
	if (version < 10 || version > 19 || text.len < 12 || text.p[8] != ' ' ||
	    (text.len > 12 && text.p[12] != ' ') ||
	    str_to_u64(code, 599, &status) != 0 || status < 100 ||
	    !octet_all_value(text))
		return OUTCOME_RESPONSE_LINE_BAD;
	resp->status = (int)status;
	/* a higher minor version reads as 1.1, RFC 9110 2.5 */
	resp->minor = version > 10;
	resp->reason = str_skip(text, 13);
	return OUTCOME_OK;
}

/* A name, blanks, a colon: the blanks go (RFC 9112 5.1). */
static enum outcome
take_blank_name(struct response *resp, struct field *f, struct str text)
{
	if (line_split_blank(text, f) != OUTCOME_OK)
		return OUTCOME_RESPONSE_FIELD_BAD;
	resp->gentle |= RESPONSE_BLANK_NAME;
	resp->field_count++;
	return OUTCOME_OK;
}

/* A line that is no field: folded, or left out. */
static enum outcome
take_odd_line(struct response *resp, struct str text, enum outcome fault)
{
	if (!octet_all_value(text))
		return OUTCOME_RESPONSE_FIELD_BAD;
	if (fault == OUTCOME_FIELD_FOLDED && resp->field_count > 0)
		resp->gentle |= RESPONSE_FOLDED;
	else
		resp->gentle |= RESPONSE_LINE_DROPPED;
	return OUTCOME_OK;
}

static enum outcome
take_response_field(const struct line *line, const struct head_limits *limits,
    struct response *resp)
{
	struct field *f = &resp->field[resp->field_count];
	enum outcome fault;

	if (octet_blank(line->text.p[0]))
		return take_odd_line(resp, line->text, OUTCOME_FIELD_FOLDED);
	if (resp->field_count >= limits->max_fields ||
	    resp->field_count >= resp->field_room)
		return line_has_cr(line->text) ? OUTCOME_RESPONSE_FIELD_BAD
					       : OUTCOME_RESPONSE_HEAD_LONG;
	fault = line_split(line->text, f);
	if (LIKELY(fault == OUTCOME_OK)) {
		resp->field_count++;
		return OUTCOME_OK;
	}
	if (fault == OUTCOME_FIELD_VALUE_BAD)
		return OUTCOME_RESPONSE_FIELD_BAD;
	if (fault == OUTCOME_FIELD_BLANK)
		return take_blank_name(resp, f, line->text);
	return take_odd_line(resp, line->text, fault);
}

/*
 * Joins the continuations behind the field's line to its value with one
 * blank each. Only when the head is complete: before, the bytes stay as
 * they came, so that it can be parsed again elsewhere.
 */
static void
unfold(struct field *f, char *value, const char *end)
{
	const char *lf, *line;
	char *to = value + f->value.len;
	struct str more;

	line = (const char *)memchr(to, '\n', (size_t)(end - to)) + 1;
	while (line < end && octet_blank(*line)) {
		lf = memchr(line, '\n', (size_t)(end - line));
		more = str_make(line, (size_t)(lf - line) - (lf[-1] == '\r'));
		more = str_trim(more);
		if (more.len > 0 && to > value)
			*to++ = ' ';
		memmove(to, more.p, more.len);
		to += more.len;
		line = lf + 1;
	}
	f->value.len = (size_t)(to - value);
	f->line.len = (size_t)(to - f->line.p);
}

static void
end_response(struct response *resp, char *in, size_t len)
{
	struct field *f, *end = resp->field + resp->field_count;

	if ((resp->gentle & RESPONSE_FOLDED) == 0)
		return;
	for (f = resp->field; f < end; f++)
		unfold(f, in + (f->value.p - in), in + len);
}

static void
begin_response(struct response *resp)
{
	struct field *field = resp->field;
	unsigned room = resp->field_room;

	*resp = (struct response){ .field = field, .field_room = room };
}

/* Something that does not even begin like an answer is not waited for. */
static enum outcome
judge_response_part(const struct head *h, struct str in, size_t max_head,
    enum line_status last)
{
	const struct str begin = STR("HTTP/1.");

	if (h->lines == 0 && !str_starts(in, str_head(begin, in.len)))
		return OUTCOME_RESPONSE_LINE_BAD;
	if (last == LINE_BARE_CR)
		return h->lines == 0 ? OUTCOME_RESPONSE_LINE_BAD
				     : OUTCOME_RESPONSE_FIELD_BAD;
	return in.len > max_head ? OUTCOME_RESPONSE_HEAD_LONG : OUTCOME_OK;
}

static enum outcome
take_response_line(struct head *h, const struct line *line,
    const struct head_limits *limits, struct response *resp)
{
	if (line->bare_lf)
		resp->gentle |= RESPONSE_BARE_LF;
	return h->lines++ == 0 ? take_status_line(resp, line->text)
			       : take_response_field(line, limits, resp);
}

enum head_status
head_parse_response(struct head *h, char *in, size_t len,
    const struct head_limits *limits, struct response *resp, enum outcome *why,
    size_t *used)
{
	struct str head = str_head(str_make(in, len), limits->max_head);
	enum line_status got = LINE_PART;
	struct line line;
	bool end = false;

	if (h->seen == 0)
		begin_response(resp);
	*why = OUTCOME_OK;
	while (*why == OUTCOME_OK && !end &&
	    (got = line_next(h, head, &line)) == LINE_WHOLE) {
		end = h->lines > 0 && str_empty(line.text);
		if (!end)
			*why = take_response_line(h, &line, limits, resp);
		else if (line.bare_lf)
			resp->gentle |= RESPONSE_BARE_LF;
		h->done = h->seen;
	}
	if (*why == OUTCOME_OK && !end)
		*why = judge_response_part(h, str_make(in, len),
		    limits->max_head, got);
	*used = h->done;
	if (*why != OUTCOME_OK)
		return HEAD_BAD;
	if (end)
		end_response(resp, in, h->done);
	return end ? HEAD_DONE : HEAD_MORE;
}
