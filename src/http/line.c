/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 *   line_split():
 *
 *     begin --token--> name --':'--> blanks --> value --> blanks
 *       |               |                         |
 *     blank            else                    control
 *       v               v                         v
 *     folded       blank, bad,                   bad
 *                  no colon
 */
#include "http/line.h"

#include "http/octet.h"

/* No line end has come from byte h->seen on. A CR as the last byte may
 * still be a half of one, the one before h->seen was. */
static enum line_status
note_part(struct head *h, struct str in)
{
	size_t from = h->seen > h->done ? h->seen - 1 : h->done;

	h->seen = in.len;
	return memchr(in.p + from, '\r', in.len - 1 - from) != NULL
	    ? LINE_BARE_CR
	    : LINE_PART;
}

enum line_status
line_next(struct head *h, struct str in, struct line *line)
{
	const char *begin, *lf;

	if (h->seen >= in.len)
		return LINE_PART;
	begin = in.p + h->done;
	lf = memchr(in.p + h->seen, '\n', in.len - h->seen);
	if (lf == NULL)
		return note_part(h, in);
	h->seen = (size_t)(lf - in.p) + 1;
	line->bare_lf = lf == begin || lf[-1] != '\r';
	line->text = str_make(begin, (size_t)(lf - begin) - !line->bare_lf);
	return LINE_WHOLE;
}

struct str
line_part(const struct head *h, struct str in)
{
	struct str part = str_skip(in, h->done);

	if (part.len > 0 && part.p[part.len - 1] == '\r')
		part.len--;
	return part;
}

bool
line_has_cr(struct str text)
{
	return str_find(text, '\r') < text.len;
}

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
set_value(struct field *f, struct str text, size_t n)
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

enum outcome
line_split(struct str text, struct field *f)
{
	size_t n = octet_run(text, OCTET_TOKEN);

	if (n == 0 || n == text.len || text.p[n] != ':')
		return name_fault(text, n);
	f->name = str_make(text.p, n);
	f->id = (uint16_t)field_id(f->name);
	return set_value(f, text, n + 1);
}

enum outcome
line_split_blank(struct str text, struct field *f)
{
	f->name = str_head(text, octet_run(text, OCTET_TOKEN));
	f->id = (uint16_t)field_id(f->name);
	return set_value(f, text, str_find(text, ':') + 1);
}

int
line_version(struct str text)
{
	if (text.len != 8 || !str_starts(text, STR("HTTP/")) ||
	    !octet_is(text.p[5], OCTET_DIGIT) || text.p[6] != '.' ||
	    !octet_is(text.p[7], OCTET_DIGIT))
		return -1;
	return (text.p[5] - '0') * 10 + (text.p[7] - '0');
}
