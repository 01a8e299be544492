/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 *   raw ----- "*" -----------------------------------------> OPTIONS only
 *    |
 *    +------ "/..." --------------------------+
 *    |                                        v
 *    +------ "http(s)://" authority [path] -> scan -> forward, decoded
 *
 * scan looks at each byte once and counts what has to be rewritten; most
 * targets need nothing and stay slices of raw.
 */
#include "http/target.h"

#include "http/host.h"
#include "http/octet.h"

/* Which bytes are sent on as %XY. */
static bool
encode_all(char c)
{
	return octet_is(c, OCTET_ENCODE);
}

static bool
encode_high(char c)
{
	return octet_is(c, OCTET_ENCODE) && !octet_is(c, OCTET_ASCII_ODD);
}

static bool
encode_for_location(char c)
{
	return !octet_is(c, OCTET_VALUE) || octet_blank(c) || encode_high(c) ||
	    c == '"' || c == '\\' || c == '<' || c == '>';
}

/* What the one look at the bytes has found. */
struct scan {
	struct str text; /* origin form */
	bool keep_odd;
	bool (*encoded)(char c);
	size_t encoded_count;
	size_t percent_count;
};

/* The query begins at the first '?'; a stray percent passes there. */
static enum outcome
scan_percent(const struct scan *s, size_t i, bool in_query)
{
	struct str at = str_skip(s->text, i);

	if (at.len < 3 || octet_hex_value(at.p[1]) < 0 ||
	    octet_hex_value(at.p[2]) < 0)
		return in_query || s->keep_odd ? OUTCOME_OK
					       : OUTCOME_TARGET_PERCENT;
	if (at.p[1] == '0' && at.p[2] == '0')
		return OUTCOME_TARGET_NUL;
	return OUTCOME_OK;
}

static enum outcome
scan_bytes(struct scan *s)
{
	enum outcome why;
	bool in_query = false;
	size_t i;
	char c;

	for (i = 0; i < s->text.len; i++) {
		c = s->text.p[i];
		if (!octet_is(c, OCTET_TARGET)) {
			if (!octet_is(c, OCTET_ENCODE))
				return OUTCOME_TARGET_BAD;
			s->encoded_count += s->encoded(c);
		} else if (c == '?') {
			in_query = true;
		} else if (c == '%') {
			s->percent_count++;
			why = scan_percent(s, i, in_query);
			if (why != OUTCOME_OK)
				return why;
		}
	}
	return OUTCOME_OK;
}

/* text with count such bytes as "%XY"; STR_NONE: the arena is full. */
static struct str
encode(struct str text, bool (*encoded)(char c), size_t count,
    struct arena *arena)
{
	static const char digit[] = "0123456789ABCDEF";
	unsigned char c;
	char *out, *p;
	size_t i;

	out = p = arena_alloc(arena, text.len + 2 * count);
	if (out == NULL)
		return STR_NONE;
	for (i = 0; i < text.len; i++) {
		c = (unsigned char)text.p[i];
		if (encoded(text.p[i])) {
			*p++ = '%';
			*p++ = digit[c >> 4];
			*p++ = digit[c & 15];
		} else {
			*p++ = text.p[i];
		}
	}
	return str_make(out, (size_t)(p - out));
}

/*
 * One sequence at the begin of s, which is a percent. What turns out to be
 * none is literal as far as it was looked at, with the byte that was no
 * digit (B.4.7): *used bytes of s became the returned number of bytes.
 */
static size_t
decode_percent(struct str s, char *out, size_t *used)
{
	int high, low;

	high = s.len > 1 ? octet_hex_value(s.p[1]) : -1;
	low = high >= 0 && s.len > 2 ? octet_hex_value(s.p[2]) : -1;
	if (low >= 0) {
		*used = 3;
		*out = (char)(high << 4 | low);
		return 1;
	}
	*used = high >= 0 ? 3 : 2;
	if (*used > s.len)
		*used = s.len;
	memcpy(out, s.p, *used);
	return *used;
}

static struct str
decode(struct str text, struct arena *arena)
{
	size_t i, used, n = 0;
	char *out = arena_alloc(arena, text.len);

	if (out == NULL)
		return STR_NONE;
	for (i = 0; i < text.len; i += used) {
		if (text.p[i] == '%') {
			n += decode_percent(str_skip(text, i), out + n, &used);
		} else {
			out[n++] = text.p[i];
			used = 1;
		}
	}
	return str_make(out, n);
}

static enum outcome
take_origin(struct scan *s, struct arena *arena, struct target *t)
{
	enum outcome why = scan_bytes(s);

	if (why != OUTCOME_OK)
		return why;
	t->forward = s->text;
	t->decoded = s->text;
	if (s->encoded_count > 0)
		t->forward = encode(s->text, s->encoded, s->encoded_count,
		    arena);
	if (s->percent_count > 0)
		t->decoded = decode(s->text, arena);
	if (t->forward.p == NULL || t->decoded.p == NULL)
		return OUTCOME_INTERNAL;
	return OUTCOME_OK;
}

/* Bytes of "http://" or "https://" in any case, or 0. */
static size_t
scheme_length(struct str raw)
{
	if (str_starts_nocase(raw, STR("http://")))
		return 7;
	return str_starts_nocase(raw, STR("https://")) ? 8 : 0;
}

/* An empty path becomes "/", also before a query. */
static enum outcome
complete_path(struct str *path, struct arena *arena)
{
	char *p;

	if (str_empty(*path)) {
		*path = STR("/");
		return OUTCOME_OK;
	}
	if (path->p[0] == '/')
		return OUTCOME_OK;
	p = arena_alloc(arena, path->len + 1);
	if (p == NULL)
		return OUTCOME_INTERNAL;
	p[0] = '/';
	memcpy(p + 1, path->p, path->len);
	*path = str_make(p, path->len + 1);
	return OUTCOME_OK;
}

static enum outcome
take_absolute(struct scan *s, size_t scheme, struct arena *arena,
    struct target *t)
{
	struct str rest = str_skip(s->text, scheme);
	size_t n = 0;
	enum outcome why;

	while (n < rest.len && rest.p[n] != '/' && rest.p[n] != '?')
		n++;
	t->authority = str_head(rest, n);
	if (!host_valid(t->authority))
		return OUTCOME_HOST_BAD;
	t->https = scheme == sizeof("https://") - 1;
	t->authority = host_without_default_port(t->authority, t->https);
	s->text = str_skip(rest, n);
	why = complete_path(&s->text, arena);
	return why != OUTCOME_OK ? why : take_origin(s, arena, t);
}

enum outcome
target_parse(struct str raw, enum method method, bool keep_odd,
    struct arena *arena, struct target *t)
{
	struct scan s = { raw, keep_odd, keep_odd ? encode_high : encode_all, 0,
		0 };
	size_t scheme;

	*t = (struct target){ .asterisk = false };
	if (!str_empty(raw) && raw.p[0] == '/')
		return take_origin(&s, arena, t);
	if (str_eq(raw, STR("*"))) {
		t->forward = t->decoded = raw;
		t->asterisk = true;
		return method == METHOD_OPTIONS ? OUTCOME_OK
						: OUTCOME_TARGET_FORM;
	}
	scheme = scheme_length(raw);
	if (scheme == 0)
		return OUTCOME_TARGET_FORM;
	return take_absolute(&s, scheme, arena, t);
}

struct str
target_encode_location(struct str raw, struct arena *arena)
{
	size_t i, count = 0;

	for (i = 0; i < raw.len; i++)
		count += encode_for_location(raw.p[i]);
	return count == 0 ? raw
			  : encode(raw, encode_for_location, count, arena);
}
