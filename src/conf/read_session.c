/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Session. */
#include "conf/read.h"

#include "conf/argument.h"
#include "conf/notes.h"
#include "conf/value.h"

static const struct session_type {
	enum conf_session_type type;
	bool wants_id;
} types[] = {
	{ CONF_SESSION_IP, false },
	{ CONF_SESSION_BASIC, false },
	{ CONF_SESSION_URL, true },
	{ CONF_SESSION_PARM, false },
	{ CONF_SESSION_COOKIE, true },
	{ CONF_SESSION_HEADER, true },
};
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
		b->service->session.type = types[i].type;
}

/* Negative: stateless, whatever the number is. */
void
read_session_ttl(struct builder *b, const struct directive_value *v)
{
	bool negative = v->text.p[0] == '-';
	uint64_t seconds;

	if (!value_number(b,
		str_make(v->text.p + negative, v->text.len - negative),
		&ttl_form, &seconds))
		return;
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
	s->id_pattern = NULL;
	if (!is_plain(v->text))
		s->id_pattern = builder_pattern(b, v,
		    PATTERN_NOCASE | PATTERN_WHOLE);
}

static void
need(struct builder *b, const char *name, const char *expected)
{
	struct str word;

	if (builder_has(b, name))
		return;
	word = builder_blame(b, NULL);
	builder_error_hint(b, word, (struct builder_hint){ NULL, expected },
	    "Session has no %s", name);
}

void
read_session_close(struct builder *b)
{
	int i = (int)b->service->session.type - (int)types[0].type;
	struct str word;

	need(b, "Type",
	    "Type IP, BASIC, URL, PARM, COOKIE or HEADER in the "
	    "block");
	need(b, "TTL", "TTL SECONDS in the block");
	if (i < 0)
		return;
	if (types[i].wants_id) {
		need(b, "ID", "ID \"NAME\" in the block");
	} else if (builder_has(b, "ID")) {
		builder_blame(b, "ID");
		word = b->at.name;
		builder_error_hint(b, word, (struct builder_hint){ 0 },
		    "a Session of Type %s has no ID", type_names[i]);
	}
}
