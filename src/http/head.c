/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 *      empty, twice
 *        +--+
 *        v  |
 *    request line
 *         |
 *         v
 *     +-> field --+
 *     |   |       |
 *     +---+  empty line
 *         |       |
 *         v       v
 *      refused   done
 *
 * A line is judged when it is complete, or when what has come of it is too
 * long already. What is behind max_head bytes is not looked at: so the
 * verdict does not depend on the pieces in which a head arrives.
 */
#include "http/head.h"

#include "http/line.h"
#include "http/octet.h"

#define TLS_HANDSHAKE 0x16
#define BLANK_LINES_MAX 2
#define METHOD_MAX_LEN 64

/* text is over max bytes, unless a bare CR was seen before that was. */
static enum outcome
long_fault(struct str text, size_t max, enum outcome fault)
{
	return line_has_cr(str_head(text, max + 1)) ? OUTCOME_LINE_END_BAD
						    : fault;
}

/* --- Request line ------------------------------------------------------- */

/* Also for a part of it: what is too long now stays it. */
static enum outcome
request_line_long(struct str text, const struct head_limits *limits)
{
	size_t blank;
	struct str rest;

	if (text.len <= METHOD_MAX_LEN && text.len <= limits->max_uri)
		return OUTCOME_OK;
	blank = str_find(str_head(text, METHOD_MAX_LEN + 1), ' ');
	if (blank > METHOD_MAX_LEN)
		return long_fault(text, METHOD_MAX_LEN,
		    OUTCOME_REQUEST_LINE_BAD);
	rest = str_head(str_skip(text, blank + 1), limits->max_uri + 1);
	if (rest.len <= limits->max_uri || str_find(rest, ' ') < rest.len)
		return OUTCOME_OK;
	return long_fault(text, blank + 1 + limits->max_uri,
	    OUTCOME_TARGET_LONG);
}

static enum outcome
take_version(struct request *req, struct str text)
{
	int version = line_version(text);

	if (version >= 20)
		return OUTCOME_VERSION_UNSUPPORTED;
	if (version != 10 && version != 11)
		return str_starts_nocase(text, STR("HTTP/"))
		    ? OUTCOME_VERSION_BAD
		    : OUTCOME_REQUEST_LINE_BAD;
	req->minor = version - 10;
	return OUTCOME_OK;
}

/* method SP target SP version */
static enum outcome
split_request_line(struct request *req, struct str text)
{
	size_t n = octet_run(text, OCTET_TOKEN);
	struct str rest;

	if (n == 0 || n == text.len || text.p[n] != ' ')
		return OUTCOME_REQUEST_LINE_BAD;
	req->method_text = str_head(text, n);
	req->method = method_from(req->method_text);
	rest = str_skip(text, n + 1);
	n = str_find(rest, ' ');
	if (n == 0 || n == rest.len)
		return OUTCOME_REQUEST_LINE_BAD;
	req->target = str_head(rest, n);
	return take_version(req, str_skip(rest, n + 1));
}

/* --- Requests ----------------------------------------------------------- */

/* All lines end alike; the first one, even an empty one, says how. */
static bool
line_end_fits(const struct head *h, struct request *req, bool bare_lf)
{
	if (h->lines + h->blank_lines == 0)
		req->bare_lf = bare_lf;
	return req->bare_lf == bare_lf;
}

static enum outcome
take_request_line(struct head *h, const struct line *line,
    const struct head_limits *limits, struct request *req)
{
	enum outcome why = request_line_long(line->text, limits);

	if (why != OUTCOME_OK)
		return why;
	if (!line_end_fits(h, req, line->bare_lf))
		return OUTCOME_LINE_END_BAD;
	if (str_empty(line->text))
		return ++h->blank_lines > BLANK_LINES_MAX
		    ? OUTCOME_REQUEST_LINE_BAD
		    : OUTCOME_OK;
	h->lines++;
	req->line = line->text;
	if (line_has_cr(line->text))
		return OUTCOME_LINE_END_BAD;
	why = split_request_line(req, line->text);
	req->line_taken = why == OUTCOME_OK;
	return why;
}

#define SQUEEZED_MAX 18 /* one more than the longest name below */

static bool
letter_or_digit(char c)
{
	return octet_is(c, OCTET_DIGIT) ||
	    (unsigned char)(str_lower((unsigned char)c) - 'a') < 26;
}

/* Letters and digits of text up to a colon, in lower case. */
static struct str
squeeze(struct str text, char *to)
{
	size_t i, n = 0;

	for (i = 0; i < text.len && text.p[i] != ':' && n < SQUEEZED_MAX; i++)
		if (letter_or_digit(text.p[i]))
			to[n++] = (char)str_lower((unsigned char)text.p[i]);
	return str_make(to, n);
}

/*
 * Whether a malformed line, whatever is odd about it, may be meant as one
 * of the fields that frame a message or name its host. Without a colon the
 * begin is enough.
 */
static bool
resembles_framing(struct str text)
{
	static const struct str name[] = {
		{ "host", 4 },
		{ "connection", 10 },
		{ "contentlength", 13 },
		{ "transferencoding", 16 },
	};
	char memory[SQUEEZED_MAX];
	struct str squeezed = squeeze(text, memory);
	bool colon = str_find(text, ':') < text.len;
	size_t i;

	for (i = 0; i < ARRAY_LEN(name); i++)
		if (colon ? str_eq(squeezed, name[i])
			  : str_starts(squeezed, name[i]))
			return true;
	return false;
}

/* Whether a continuation may belong to such a field. */
static bool
last_field_frames(const struct request *req)
{
	const struct field *field = req->field;
	unsigned n = req->field_count;

	return n > 0 && (field_flags(field[n - 1].id) & FIELD_FRAMING) != 0;
}

/* Strict 0: leave the line out, unless it bears on the framing. */
static enum outcome
drop_line(struct request *req, struct str text, enum outcome why)
{
	if (resembles_framing(text))
		return why;
	if (why == OUTCOME_FIELD_FOLDED && last_field_frames(req))
		return why;
	req->dropped++;
	req->dropped_line = text;
	return OUTCOME_OK;
}

static enum outcome
take_request_field(struct head *h, const struct line *line,
    const struct head_limits *limits, struct request *req)
{
	enum outcome why;

	if (line->text.len > limits->max_field)
		return long_fault(line->text, limits->max_field,
		    OUTCOME_FIELD_LONG);
	if (!line_end_fits(h, req, line->bare_lf))
		return OUTCOME_LINE_END_BAD;
	h->lines++;
	if (req->field_count >= limits->max_fields ||
	    req->field_count >= req->field_room)
		return line_has_cr(line->text) ? OUTCOME_LINE_END_BAD
					       : OUTCOME_FIELDS_MANY;
	why = line_split(line->text, &req->field[req->field_count]);
	if (LIKELY(why == OUTCOME_OK)) {
		req->field_count++;
		return OUTCOME_OK;
	}
	if (line_has_cr(line->text))
		return OUTCOME_LINE_END_BAD;
	return limits->lenient ? drop_line(req, line->text, why) : why;
}

/* The empty line. A head in bare LF has no body. */
static enum outcome
end_request(const struct line *line, struct request *req)
{
	unsigned i;

	if (line->bare_lf != req->bare_lf)
		return OUTCOME_LINE_END_BAD;
	for (i = 0; req->bare_lf && i < req->field_count; i++)
		if (req->field[i].id == FIELD_CONTENT_LENGTH ||
		    req->field[i].id == FIELD_TRANSFER_ENCODING)
			return OUTCOME_LINE_END_BAD;
	return OUTCOME_OK;
}

static void
begin_request(struct request *req)
{
	struct field *field = req->field;
	unsigned room = req->field_room;

	*req = (struct request){ .field = field, .field_room = room };
}

/* No further line is complete. */
static enum outcome
judge_request_part(const struct head *h, struct str in,
    const struct head_limits *limits, enum line_status last)
{
	struct str part = line_part(h, str_head(in, limits->max_head));
	enum outcome why = OUTCOME_OK;

	if (h->lines == 0)
		why = request_line_long(part, limits);
	else if (part.len > limits->max_field)
		why = long_fault(part, limits->max_field, OUTCOME_FIELD_LONG);
	if (why == OUTCOME_OK && last == LINE_BARE_CR)
		why = OUTCOME_LINE_END_BAD;
	if (why == OUTCOME_OK && in.len > limits->max_head)
		why = OUTCOME_HEAD_LONG;
	return why;
}

enum head_status
head_parse_request(struct head *h, struct str in,
    const struct head_limits *limits, struct request *req, enum outcome *why,
    size_t *used)
{
	struct str head = str_head(in, limits->max_head);
	enum line_status got = LINE_PART;
	struct line line;
	bool end = false;

	if (h->seen == 0)
		begin_request(req);
	*why = OUTCOME_OK;
	if (h->done == 0 && in.len > 0 && in.p[0] == TLS_HANDSHAKE)
		*why = OUTCOME_CLIENT_TLS_HELLO;
	while (*why == OUTCOME_OK && !end &&
	    (got = line_next(h, head, &line)) == LINE_WHOLE) {
		end = h->lines > 0 && str_empty(line.text);
		if (end)
			*why = end_request(&line, req);
		else if (h->lines > 0)
			*why = take_request_field(h, &line, limits, req);
		else
			*why = take_request_line(h, &line, limits, req);
		h->done = h->seen;
	}
	if (*why == OUTCOME_OK && !end)
		*why = judge_request_part(h, in, limits, got);
	*used = h->done;
	if (*why != OUTCOME_OK)
		return HEAD_BAD;
	return end ? HEAD_DONE : HEAD_MORE;
}
