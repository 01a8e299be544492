/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "route/sticky.h"

#include "base/pattern.h"
#include "http/cookie.h"
#include "http/octet.h"

static enum pattern_result
sticky_match(const struct conf_session *session, struct str name)
{
	if (session->id_pattern != NULL)
		return pattern_match(session->id_pattern, name, NULL);
	return str_eq_nocase(name, session->id) ? PATTERN_MATCH
						: PATTERN_NO_MATCH;
}

enum sticky_class {
	STICKY_BEGINS = 1, /* a parameter may begin behind it */
	STICKY_ENDS_NAME = 2,
	STICKY_ENDS_VALUE = 4,
	STICKY_BLANK = 8,
};

static unsigned
sticky_class_of(char c)
{
	switch (c) {
	case '?':
		return STICKY_BEGINS | STICKY_ENDS_NAME;
	case '&':
		return STICKY_BEGINS | STICKY_ENDS_NAME | STICKY_ENDS_VALUE;
	case ';':
	case '#':
		return STICKY_ENDS_NAME | STICKY_ENDS_VALUE;
	case '=':
		return STICKY_ENDS_NAME;
	case ' ':
	case '\t':
		return STICKY_BLANK;
	default:
		return 0;
	}
}

/* Where the first byte of a class stands, or the end. */
static size_t
sticky_until(struct str s, unsigned classes)
{
	size_t i = 0;

	while (i < s.len && (sticky_class_of(s.p[i]) & classes) == 0)
		i++;
	return i;
}

/* The first word of what follows outer blanks. */
static struct str
sticky_word(struct str s)
{
	s = str_trim(s);
	return str_head(s, sticky_until(s, STICKY_BLANK));
}

static struct str
sticky_basic(const struct sticky_message *m)
{
	struct str key = STR_NONE;

	for (unsigned i = 0; i < m->field_count; i++) {
		const struct field *f = &m->field[i];
		const struct str scheme = STR("Basic");

		if (f->id == FIELD_AUTHORIZATION &&
		    str_starts_nocase(f->value, scheme) &&
		    f->value.len > scheme.len &&
		    octet_blank(f->value.p[scheme.len]))
			key = sticky_word(str_skip(f->value, scheme.len));
	}
	return key;
}

/* A '?' or '&' may begin a parameter wherever it stands, also within the
 * value of another one. */
static enum sticky_result
sticky_url(const struct conf_session *session, struct str url, struct str *key)
{
	for (size_t i = sticky_until(url, STICKY_BEGINS); i < url.len;
	     i += 1 + sticky_until(str_skip(url, i + 1), STICKY_BEGINS)) {
		const struct str rest = str_skip(url, i + 1);
		const struct str name = str_head(rest,
		    sticky_until(rest, STICKY_ENDS_NAME));

		if (name.len == rest.len || rest.p[name.len] != '=')
			continue;
		switch (sticky_match(session, name)) {
		case PATTERN_MATCH:
			*key = str_skip(rest, name.len + 1);
			*key = str_head(*key,
			    sticky_until(*key, STICKY_ENDS_VALUE));
			return STICKY_KEY;
		case PATTERN_NO_MATCH:
			break;
		default:
			return STICKY_ERROR;
		}
	}
	return STICKY_NONE;
}

static struct str
sticky_parm(struct str url)
{
	const struct str rest = str_skip(url, str_find(url, ';') + 1);

	return str_head(rest, str_find(rest, '?'));
}

/* What has been found so far. Of several the last one wins, even if it is
 * empty. */
struct sticky_search {
	const struct conf_session *session;
	enum field_id cookies;
	struct str key;
	bool failed;
};

static bool
sticky_is(struct sticky_search *s, struct str name)
{
	const enum pattern_result r = sticky_match(s->session, name);

	s->failed |= r == PATTERN_ERROR;
	return r == PATTERN_MATCH;
}

static void
sticky_look_at_cookies(struct sticky_search *s, const struct field *f)
{
	struct str list = f->value;
	struct cookie c;

	if (f->id == FIELD_SET_COOKIE) {
		if (cookie_of_answer(list, &c) && sticky_is(s, c.name))
			s->key = c.value;
		return;
	}
	while (cookie_next(&list, &c))
		if (sticky_is(s, c.name))
			s->key = c.value;
}

static enum sticky_result
sticky_fields(struct sticky_search *s, const struct field *field,
    unsigned field_count)
{
	for (unsigned i = 0; i < field_count && !s->failed; i++) {
		const struct field *f = &field[i];

		if (s->session->type == CONF_SESSION_COOKIE) {
			if (f->id == s->cookies)
				sticky_look_at_cookies(s, f);
		} else if (sticky_is(s, f->name)) {
			s->key = sticky_word(f->value);
		}
	}
	return s->failed ? STICKY_ERROR : STICKY_KEY;
}

static enum sticky_result
sticky_judge(enum sticky_result r, struct str key)
{
	if (r == STICKY_KEY && (str_empty(key) || key.len > STICKY_MAX))
		return STICKY_NONE;
	return r;
}

enum sticky_result
sticky_of_request(const struct conf_session *session,
    const struct sticky_message *m, struct str *key)
{
	struct sticky_search s = { session, FIELD_COOKIE, STR_NONE, false };
	enum sticky_result r = STICKY_KEY;

	switch (session->type) {
	case CONF_SESSION_IP:
		*key = m->peer;
		break;
	case CONF_SESSION_BASIC:
		*key = sticky_basic(m);
		break;
	case CONF_SESSION_URL:
		r = sticky_url(session, m->url, key);
		break;
	case CONF_SESSION_PARM:
		*key = sticky_parm(m->url);
		break;
	case CONF_SESSION_COOKIE:
	case CONF_SESSION_HEADER:
		r = sticky_fields(&s, m->field, m->field_count);
		*key = s.key;
		break;
	default:
		return STICKY_NONE;
	}
	return sticky_judge(r, *key);
}

enum sticky_result
sticky_of_answer(const struct conf_session *session, const struct field *field,
    unsigned field_count, struct str *key)
{
	struct sticky_search s = { session, FIELD_SET_COOKIE, STR_NONE, false };
	enum sticky_result r;

	if (session->type != CONF_SESSION_COOKIE &&
	    session->type != CONF_SESSION_HEADER)
		return STICKY_NONE;
	r = sticky_fields(&s, field, field_count);
	*key = s.key;
	return sticky_judge(r, s.key);
}
