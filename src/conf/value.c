/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "conf/value.h"

#include "conf/argument.h"
#include "conf/notes.h"
#include "conf/source.h"

static bool
fail_trouble(struct builder *b, const struct directive_value *v)
{
	const struct lexer_line *line = v->line;

	if (line->trouble == LEXER_LONG)
		builder_error(b, line->name, "a line of more than %zu bytes",
		    SOURCE_LINE_MAX);
	else if (line->trouble == LEXER_UNCLOSED)
		builder_error(b, line->where, "the quote is not closed");
	else if (line->where.p[0] == '#')
		builder_error(b, str_head(line->where, 1),
		    "a blank is missing before the comment");
	else
		builder_error(b, line->where,
		    "text right after the closing quote");
	return false;
}

static bool
count_fits(struct builder *b, const struct directive_value *v)
{
	enum directive_kind kind = v->row->form.kind;
	const struct lexer_line *line = v->line;
	size_t max = kind == DIRECTIVE_ALONE ? 0 : 1;
	size_t min = kind == DIRECTIVE_MAYBE_TEXT ? 0 : max;

	if (kind == DIRECTIVE_OWN)
		return true;
	if (line->count > max) {
		builder_error(b, line->arg[max].whole,
		    max == 0 ? "%s takes no argument" : "%s takes one argument",
		    v->row->name);
		return false;
	}
	if (line->count < min) {
		builder_error(b, line->name, "%s lacks its argument",
		    v->row->name);
		return false;
	}
	return true;
}

static bool
read_text(struct builder *b, struct directive_value *v)
{
	const struct lexer_arg *arg = &v->line->arg[0];

	if (!arg->quoted) {
		builder_error(b, arg->whole,
		    "the argument of %s must stand in quotes", v->row->name);
		return false;
	}
	if (str_empty(v->text) &&
	    v->row->form.kind != DIRECTIVE_TEXT_OR_EMPTY) {
		builder_error(b, arg->whole, "the argument of %s is empty",
		    v->row->name);
		return false;
	}
	if (v->line->comment_is_new)
		builder_warn(b, arg->whole,
		    "%s: a comment begins after this text; in Pound 2 the "
		    "text went on up to the last quote",
		    v->row->name);
	return true;
}

static bool
read_word(struct builder *b, struct directive_value *v)
{
	if (!str_empty(v->text))
		return true;
	builder_error(b, v->word, "the argument of %s is empty", v->row->name);
	return false;
}

static bool
read_switch(struct builder *b, struct directive_value *v)
{
	bool on;

	if (argument_switch(v->word, &on) != ARGUMENT_OK) {
		builder_error(b, v->word, "%s: %.*s is neither yes nor no",
		    v->row->name, NOTES_WORD(v->word));
		return false;
	}
	v->number = on;
	return true;
}

static enum argument_unit
unit_of(enum directive_kind kind)
{
	return kind == DIRECTIVE_SECONDS ? ARGUMENT_SECONDS
	    : kind == DIRECTIVE_BYTES	 ? ARGUMENT_BYTES
					 : ARGUMENT_PLAIN;
}

static const char *
noun_of(enum directive_kind kind)
{
	return kind == DIRECTIVE_SECONDS ? "a time"
	    : kind == DIRECTIVE_BYTES	 ? "a size"
					 : "a number";
}

bool
value_number(struct builder *b, struct str word,
    const struct directive_form *form, uint64_t *number)
{
	const char *name = b->row->name;
	enum argument_result got;

	got = argument_number(word, unit_of(form->kind), number);
	if (got == ARGUMENT_BAD) {
		builder_error(b, word, "%s: %.*s is not %s", name,
		    NOTES_WORD(word), noun_of(form->kind));
		return false;
	}
	if (got == ARGUMENT_OK && *number >= form->min && *number <= form->max)
		return true;
	if (form->clamp && (got == ARGUMENT_HIGH || *number > form->max)) {
		builder_warn(b, word, "%s: %.*s is too large, %ju is used",
		    name, NOTES_WORD(word), (uintmax_t)form->max);
		*number = form->max;
		return true;
	}
	builder_error(b, word, "%s: %.*s is too %s", name, NOTES_WORD(word),
	    got == ARGUMENT_OK && *number < form->min ? "small" : "large");
	return false;
}

bool
value_read(struct builder *b, struct directive_value *v)
{
	const struct lexer_line *line = v->line;

	if (line->trouble != LEXER_FINE)
		return fail_trouble(b, v);
	if (line->count > 0) {
		v->text = line->arg[0].text;
		v->word = line->arg[0].whole;
	}
	if (!count_fits(b, v))
		return false;
	switch (v->row->form.kind) {
	case DIRECTIVE_TEXT:
	case DIRECTIVE_TEXT_OR_EMPTY:
		return read_text(b, v);
	case DIRECTIVE_MAYBE_TEXT:
		return line->count == 0 || read_text(b, v);
	case DIRECTIVE_WORD:
		return read_word(b, v);
	case DIRECTIVE_SWITCH:
		return read_switch(b, v);
	case DIRECTIVE_NUMBER:
	case DIRECTIVE_SECONDS:
	case DIRECTIVE_BYTES:
		return value_number(b, v->word, &v->row->form, &v->number);
	case DIRECTIVE_ALONE:
	case DIRECTIVE_OWN:
		break;
	}
	return true;
}
