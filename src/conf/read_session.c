/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Session. */
#include "conf/read.h"

#include "conf/argument.h"
#include "conf/notes.h"
#include "conf/value.h"
#include "conf/verify.h"

/* In the order of enum conf_session_type, from CONF_SESSION_IP on. */
static const char *const type_names[] = { "IP", "BASIC", "URL", "PARM",
	"COOKIE", "HEADER", NULL };

static const struct directive_form ttl_form = { .kind = DIRECTIVE_SECONDS,
	.min = 1,
	.max = 2147483647,
	.clamp = true };

void
read_session_open(struct builder *b, const struct directive_value *v)
{
	(void)v;
	builder_open(b, IN_SESSION);
}

void
read_session_type(struct builder *b, const struct directive_value *v)
{
	int i = argument_choice(v->text, type_names);
	struct builder_hint hint = { argument_meant(v->text, type_names),
		"Type IP, BASIC, URL, PARM, COOKIE or HEADER" };

	if (i < 0)
		builder_error_hint(b, v->word, hint,
		    "Type: %.*s is not a kind of session", NOTES_WORD(v->text));
	else
		b->service->session.type = (enum conf_session_type)(
		    CONF_SESSION_IP + i);
}

/* Negative: stateless, whatever the number is. */
void
read_session_ttl(struct builder *b, const struct directive_value *v)
{
	bool negative = v->text.len > 1 && v->text.p[0] == '-';
	struct str digits = str_skip(v->text, negative);
	uint64_t seconds;

	if (value_number(b, digits, &ttl_form, &seconds))
		b->service->session.ttl_ms = (int64_t)seconds *
		    (negative ? -1000 : 1000);
}

static bool
is_plain(struct str id)
{
	for (size_t i = 0; i < id.len; i++) {
		unsigned char c = str_lower((unsigned char)id.p[i]);

		if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' &&
		    c != '_')
			return false;
	}
	return true;
}

void
read_session_id(struct builder *b, const struct directive_value *v)
{
	struct conf_session *s = &b->service->session;

	s->id = builder_copy(b, v->text);
	s->id_place = b->at.place;
	s->id_pattern = NULL;
	if (!is_plain(v->text))
		s->id_pattern = builder_pattern(b, v,
		    PATTERN_NOCASE | PATTERN_WHOLE);
}

void
read_session_close(struct builder *b)
{
	verify_session(b);
}
