/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "conf/difference.h"

#include "base/attrs.h"
#include "base/check.h"
#include "conf/notes.h"

static bool
when_always(const struct directive_value *v)
{
	(void)v;
	return true;
}

/* Of a switch, or of a number that is one: RewriteLocation 2. */
static bool
when_on(const struct directive_value *v)
{
	return v->number != 0;
}

static bool
when_not_zero(const struct directive_value *v)
{
	return !str_eq(v->word, STR("0"));
}

static bool
when_three(const struct directive_value *v)
{
	return v->number >= 3;
}

static bool
when_negative(const struct directive_value *v)
{
	return !str_empty(v->word) && v->word.p[0] == '-';
}

static bool
when_positive(const struct directive_value *v)
{
	return !when_negative(v);
}

static bool
when_host(const struct directive_value *v)
{
	return str_eq_nocase(str_head(v->text, 5), STR("Host:"));
}

static bool
when_anchors(const struct directive_value *v)
{
	return str_find(v->text, '^') < v->text.len ||
	    str_find(v->text, '$') < v->text.len;
}

static const struct difference {
	const char *name;
	unsigned contexts;
	bool (*when)(const struct directive_value *v);
	const char *words;
} differences[] = {
#define GLOBAL IN_GLOBAL
#define LISTENER IN_LISTENER
#define HTTPS IN_HTTPS
#define SERVICE IN_SERVICE
#define SERVER IN_SERVER
#define BACKEND IN_BACKEND
#define SESSION IN_SESSION
#define DIFFERENCE(name, contexts, when, words) \
	{ name, contexts, when_##when, words },
#include "conf/difference.def"
#undef DIFFERENCE
};
_Static_assert(ARRAY_LEN(differences) <= DIFFERENCE_ROWS,
    "a row without a place for its mark");

static void
tell(struct builder *b, const struct difference *d)
{
	struct notes_finding f = { .severity = CONF_DIFFERENCE,
		.place = b->at.place };

	notes_add(b->notes, &f, "differs from 2.8: %s: %s", d->name, d->words);
}

void
difference_tell(struct builder *b, const struct directive_value *v)
{
	const unsigned context = builder_innermost(b)->context;

	if (!b->notes->want_differences)
		return;
	for (size_t i = 0; i < ARRAY_LEN(differences); i++) {
		const struct difference *d = &differences[i];

		if (!b->told[i] && (d->contexts & context) != 0 &&
		    str_eq(str_from(d->name), str_from(v->row->name)) &&
		    d->when(v)) {
			b->told[i] = true;
			tell(b, d);
		}
	}
}
