/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "conf/directive.h"

#include "base/check.h"
#include "conf/argument.h"

/* Words of directive.def. */
enum {
	ALL = IN_ALL,
	BLOCK = IN_BLOCK,
	GLOBAL = IN_GLOBAL,
	LISTENER = IN_LISTENER,
	HTTP = IN_HTTP,
	HTTPS = IN_HTTPS,
	SERVICE = IN_SERVICE,
	SERVER = IN_SERVER,
	BACKEND = IN_BACKEND,
	SESSION = IN_SESSION,
	ONCE = DIRECTIVE_ONCE,
	LATER = DIRECTIVE_LATER,
	MANY = DIRECTIVE_MANY,
	SINGLE = DIRECTIVE_SINGLE,
};

/* The int of the old program. */
#define OLD_MAX 2147483647

#define SAYS(kind, words) \
	{ \
		kind, 0, 0, false, words \
	}
#define COUNTS(kind, min, max, clamp) \
	{ \
		kind, min, max, clamp, NULL \
	}
#define ALONE SAYS(DIRECTIVE_ALONE, NULL)
#define ALONE_BUT(words) SAYS(DIRECTIVE_ALONE, words)
#define TEXT(words) SAYS(DIRECTIVE_TEXT, words)
#define TEXT_OR_EMPTY(words) SAYS(DIRECTIVE_TEXT_OR_EMPTY, words)
#define MAYBE_TEXT(words) SAYS(DIRECTIVE_MAYBE_TEXT, words)
#define WORD(words) SAYS(DIRECTIVE_WORD, words)
#define OWN(words) SAYS(DIRECTIVE_OWN, words)
#define SWITCH COUNTS(DIRECTIVE_SWITCH, 0, 1, false)
#define NUMBER(min, max) COUNTS(DIRECTIVE_NUMBER, min, max, false)
#define OLD_NUMBER(min, max) COUNTS(DIRECTIVE_NUMBER, min, max, true)
#define SECONDS(min, max) COUNTS(DIRECTIVE_SECONDS, min, max, false)
#define OLD_SECONDS(min) COUNTS(DIRECTIVE_SECONDS, min, OLD_MAX, true)
#define BYTES(min, max) COUNTS(DIRECTIVE_BYTES, min, max, false)
#define OLD_BYTES(min) COUNTS(DIRECTIVE_BYTES, min, INT64_MAX, true)

#define DIRECTIVE(name, contexts, form, repeat, handler) \
	directive_handler read_##handler;
#include "conf/directive.def"
#undef DIRECTIVE

static const struct directive rows[] = {
#define DIRECTIVE(name, contexts, form, repeat, handler) \
	{ name, (unsigned)(contexts), form, (enum directive_repeat)(repeat), \
		read_##handler },
#include "conf/directive.def"
#undef DIRECTIVE
};
_Static_assert(ARRAY_LEN(rows) <= DIRECTIVE_ROWS, "raise DIRECTIVE_ROWS");

static const struct context {
	unsigned bit;
	const char *name;
} contexts[] = {
	{ IN_GLOBAL, "the global part" },
	{ IN_HTTP, "ListenHTTP" },
	{ IN_HTTPS, "ListenHTTPS" },
	{ IN_SERVICE, "Service" },
	{ IN_BACKEND, "BackEnd" },
	{ IN_EMERGENCY, "Emergency" },
	{ IN_SESSION, "Session" },
};

static const char *const openers[] = { "ListenHTTP", "ListenHTTPS", "Service",
	"BackEnd", "Emergency", "Session", NULL };

size_t
directive_index(const struct directive *row)
{
	check(row >= rows && row < rows + ARRAY_LEN(rows));
	return (size_t)(row - rows);
}

const struct directive *
directive_find(struct str name, unsigned where)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if ((rows[i].contexts & where) != 0 &&
		    str_eq_nocase(name, str_from(rows[i].name)))
			return &rows[i];
	return NULL;
}

const struct directive *
directive_meant(struct str name, unsigned where)
{
	size_t best = argument_slips(name.len) + 1;
	const struct directive *meant = NULL;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t distance;

		if ((rows[i].contexts & where) == 0)
			continue;
		distance = str_distance(name, str_from(rows[i].name));
		if (distance < best && distance < name.len) {
			best = distance;
			meant = &rows[i];
		}
	}
	return meant;
}

bool
directive_opens(const struct directive *row)
{
	return argument_choice(str_from(row->name), openers) >= 0;
}

static void
add_range(struct strbuf *out, const struct directive_form *f)
{
	if (f->max >= OLD_MAX)
		strbuf_addf(out, ", at least %ju", (uintmax_t)f->min);
	else
		strbuf_addf(out, ", from %ju to %ju", (uintmax_t)f->min,
		    (uintmax_t)f->max);
}

static void
add_argument(struct strbuf *out, const struct directive_form *f)
{
	switch (f->kind) {
	case DIRECTIVE_ALONE:
		strbuf_addf(out, " alone on its line");
		if (f->what != NULL)
			strbuf_addf(out, "; %s: on lines of their own",
			    f->what);
		break;
	case DIRECTIVE_TEXT:
	case DIRECTIVE_TEXT_OR_EMPTY:
		strbuf_addf(out, " \"%s\", in quotes", f->what);
		break;
	case DIRECTIVE_MAYBE_TEXT:
		strbuf_addf(out, " alone, or \"%s\" in quotes", f->what);
		break;
	case DIRECTIVE_WORD:
	case DIRECTIVE_OWN:
		strbuf_addf(out, " %s", f->what);
		break;
	case DIRECTIVE_SWITCH:
		strbuf_addf(out,
		    " 0 or 1 (also no and yes, off and on, "
		    "false and true)");
		break;
	case DIRECTIVE_NUMBER:
		strbuf_addf(out, " NUMBER");
		add_range(out, f);
		break;
	case DIRECTIVE_SECONDS:
		strbuf_addf(out, " SECONDS");
		add_range(out, f);
		strbuf_addf(out, " (also 30s, 5m, 1h)");
		break;
	case DIRECTIVE_BYTES:
		strbuf_addf(out, " BYTES");
		add_range(out, f);
		strbuf_addf(out, " (also 64k, 10m)");
		break;
	}
}

void
directive_add_form(struct strbuf *out, const struct directive *row)
{
	strbuf_addf(out, "%s", row->name);
	add_argument(out, &row->form);
}

void
directive_add_names(struct strbuf *out, unsigned where)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if ((rows[i].contexts & where) != 0)
			strbuf_addf(out, "%s%s", out->len > 0 ? ", " : "",
			    rows[i].name);
}

const char *
directive_context_name(unsigned context)
{
	size_t i = 0;

	while (i < ARRAY_LEN(contexts) && contexts[i].bit != context)
		i++;
	check(i < ARRAY_LEN(contexts));
	return contexts[i].name;
}

void
directive_add_contexts(struct strbuf *out, struct str name)
{
	unsigned bits = 0;
	const char *between = "";

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (str_eq_nocase(name, str_from(rows[i].name)))
			bits |= rows[i].contexts;
	for (size_t i = 0; i < ARRAY_LEN(contexts); i++)
		if ((contexts[i].bit & bits) != 0) {
			strbuf_addf(out, "%s%s", between, contexts[i].name);
			between = " or ";
		}
}
