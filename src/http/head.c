/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 *   request             answer
 *
 *     empty, twice
 *       +--+
 *       v  |
 *   request line      status line        field_split():
 *        |                 |
 *        v                 v              begin --token--> name --':'--+
 *    +-> field --+     +-> field --+        |               |          |
 *    |   |       |     |   |       |      blank           else         v
 *    +---+       |     +---+       |        v               v        value
 *   empty line   |    empty line   |      folded       blank, bad,     |
 *        v       v         v       v                   no colon    controls
 *      done   refused    done   refused                                v
 *                                                                     bad
 *
 * next_line() finds the ends of lines and never looks at a byte twice; a
 * line is judged when it is complete, or when what has come of it is too
 * long already. What is behind max_head bytes is not looked at: so the
 * verdict does not depend on the pieces in which a head arrives.
 */
#include "http/head.h"

#include "base/attrs.h"
#include "http/octet.h"

#define TLS_HANDSHAKE 0x16
#define BLANK_LINES_MAX 2
#define METHOD_MAX_LEN 64

/* --- Lines -------------------------------------------------------------- */

struct line {
	struct str text; /* without its end */
	bool bare_lf;
};

/* The next complete line, not yet judged (h->done stays). */
static bool
next_line(struct head *h, struct str in, struct line *line)
{
	const char *begin, *lf;

	if (h->seen >= in.len)
		return false;
	begin = in.p + h->done;
	lf = memchr(in.p + h->seen, '\n', in.len - h->seen);
	if (lf == NULL) {
		h->seen = in.len;
		return false;
	}
	h->seen = (size_t)(lf - in.p) + 1;
	line->bare_lf = lf == begin || lf[-1] != '\r';
	line->text = str_make(begin, (size_t)(lf - begin) - !line->bare_lf);
	return true;
}

/* What has come of a line, without what may be a half of its end. */
static struct str
part_of_line(const struct head *h, struct str in)
{
	struct str part = str_skip(in, h->done);

	if (part.len > 0 && part.p[part.len - 1] == '\r')
		part.len--;
	return part;
}

static bool
has_cr(struct str text)
{
	return str_find(text, '\r') < text.len;
}

/* --- A field line ------------------------------------------------------- */

/* n token bytes, and then not the colon. */
static enum outcome
name_fault(struct str text, size_t n)
{
	size_t blanks = n;

	if (n == 0 && octet_blank(text.p[0]))
		return OUTCOME_FIELD_FOLDED;
	if (str_find(text, ':') == text.len)
		return OUTCOME_FIELD_COLON;
	while (octet_blank(text.p[blanks]))
		blanks++; /* stops at the colon at the latest */
	return n > 0 && text.p[blanks] == ':' ? OUTCOME_FIELD_BLANK
					      : OUTCOME_FIELD_NAME_BAD;
}

/* The value in text from byte n on. */
static enum outcome
field_set_value(struct field *f, struct str text, size_t n)
{
	const char *begin = text.p + n, *end = text.p + text.len;

	while (begin < end && octet_blank(*begin))
		begin++;
	while (end > begin && octet_blank(end[-1]))
		end--;
	f->value = str_make(begin, (size_t)(end - begin));
	f->line = str_make(text.p, (size_t)(end - text.p));
	f->skip = false;
	return octet_all_value(f->value) ? OUTCOME_OK : OUTCOME_FIELD_VALUE_BAD;
}

/* text is not empty. */
static enum outcome
field_split(struct field *f, struct str text)
{
	size_t n = octet_run(text, OCTET_TOKEN);

	if (n == 0 || n == text.len || text.p[n] != ':')
		return name_fault(text, n);
	f->name = str_make(text.p, n);
	f->id = (uint16_t)field_id(f->name);
	return field_set_value(f, text, n + 1);
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
		return OUTCOME_REQUEST_LINE_BAD;
	rest = str_skip(text, blank + 1);
	if (rest.len <= limits->max_uri)
		return OUTCOME_OK;
	rest = str_head(rest, limits->max_uri + 1);
	return str_find(rest, ' ') == rest.len ? OUTCOME_TARGET_LONG
					       : OUTCOME_OK;
}

/* "HTTP/" DIGIT "." DIGIT in upper case, or -1; else ten times the major
 * number and the minor one. */
static int
version_number(struct str text)
{
	if (text.len != 8 || !str_starts(text, STR("HTTP/")) ||
	    !octet_is(text.p[5], OCTET_DIGIT) || text.p[6] != '.' ||
	    !octet_is(text.p[7], OCTET_DIGIT))
		return -1;
	return (text.p[5] - '0') * 10 + (text.p[7] - '0');
}

static enum outcome
take_version(struct request *req, struct str text)
{
	int version = version_number(text);

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
	if (has_cr(line->text))
		return OUTCOME_LINE_END_BAD;
	return split_request_line(req, line->text);
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
		return OUTCOME_FIELD_LONG;
	if (!line_end_fits(h, req, line->bare_lf))
		return OUTCOME_LINE_END_BAD;
	h->lines++;
	if (req->field_count >= limits->max_fields ||
	    req->field_count >= req->field_room)
		return OUTCOME_FIELDS_MANY;
	why = field_split(&req->field[req->field_count], line->text);
	if (LIKELY(why == OUTCOME_OK)) {
		req->field_count++;
		return OUTCOME_OK;
	}
	if (has_cr(line->text))
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
    const struct head_limits *limits)
{
	struct str part = part_of_line(h, str_head(in, limits->max_head));
	enum outcome why = OUTCOME_OK;

	if (h->lines == 0)
		why = request_line_long(part, limits);
	else if (part.len > limits->max_field)
		why = OUTCOME_FIELD_LONG;
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
	struct line line;
	bool end = false;

	if (h->seen == 0)
		begin_request(req);
	*why = OUTCOME_OK;
	if (h->done == 0 && in.len > 0 && in.p[0] == TLS_HANDSHAKE)
		*why = OUTCOME_CLIENT_TLS_HELLO;
	while (*why == OUTCOME_OK && !end && next_line(h, head, &line)) {
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
		*why = judge_request_part(h, in, limits);
	*used = h->done;
	if (*why != OUTCOME_OK)
		return HEAD_BAD;
	return end ? HEAD_DONE : HEAD_MORE;
}

/* --- Answers ------------------------------------------------------------ */

/* "HTTP/1." DIGIT SP 3DIGIT [ SP reason ] */
static enum outcome
take_status_line(struct response *resp, struct str text)
{
	int version = version_number(str_head(text, 8));
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
	size_t n = octet_run(text, OCTET_TOKEN);

	f->name = str_head(text, n);
	f->id = (uint16_t)field_id(f->name);
	if (field_set_value(f, text, str_find(text, ':') + 1) != OUTCOME_OK)
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

	if (resp->field_count >= limits->max_fields ||
	    resp->field_count >= resp->field_room)
		return OUTCOME_RESPONSE_HEAD_LONG;
	fault = field_split(f, line->text);
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
judge_response_part(const struct head *h, struct str in, size_t max_head)
{
	const struct str begin = STR("HTTP/1.");

	if (h->lines == 0 && !str_starts(in, str_head(begin, in.len)))
		return OUTCOME_RESPONSE_LINE_BAD;
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
	struct line line;
	bool end = false;

	if (h->seen == 0)
		begin_response(resp);
	*why = OUTCOME_OK;
	while (*why == OUTCOME_OK && !end && next_line(h, head, &line)) {
		end = h->lines > 0 && str_empty(line.text);
		if (!end)
			*why = take_response_line(h, &line, limits, resp);
		else if (line.bare_lf)
			resp->gentle |= RESPONSE_BARE_LF;
		h->done = h->seen;
	}
	if (*why == OUTCOME_OK && !end)
		*why = judge_response_part(h, str_make(in, len),
		    limits->max_head);
	*used = h->done;
	if (*why != OUTCOME_OK)
		return HEAD_BAD;
	if (end)
		end_response(resp, in, h->done);
	return end ? HEAD_DONE : HEAD_MORE;
}
