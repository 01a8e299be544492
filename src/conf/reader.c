/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "conf/reader.h"

#include "base/mem.h"
#include "base/strbuf.h"
#include "conf/builder.h"
#include "conf/difference.h"
#include "conf/notes.h"
#include "conf/old.h"
#include "conf/read.h"
#include "conf/service_index.h"
#include "conf/value.h"
#include "conf/verify.h"

/* Also for one with a mistake: it is not missing then. */
static void
remember(struct builder *b, const struct directive *row)
{
	builder_innermost(b)->seen[directive_index(row)] =
	    (struct builder_seen){ b->at.place, b->at.text, b->serial };
}

/* What a second one of the same block means. */
static void
check_repeat(struct builder *b, const struct directive *row)
{
	const struct builder_seen *seen;

	seen = &builder_innermost(b)->seen[directive_index(row)];
	if (seen->place.file == NULL) {
		/* the first one */
	} else if (row->repeat == DIRECTIVE_SINGLE) {
		builder_error_hint(b, b->at.name, (struct builder_hint){ 0 },
		    "%s a second time: line %u has one", row->name,
		    seen->place.line);
	} else if (row->repeat == DIRECTIVE_ONCE ||
	    (row->repeat == DIRECTIVE_LATER && seen->serial == b->serial)) {
		builder_warn(b, b->at.name,
		    "%s again: line %u does not count any more", row->name,
		    seen->place.line);
	}
	remember(b, row);
}

/*
 * Mistakes in the first or last line of a block should not make mistakes
 * of all the others. The one-line blocks of Pound 1 have no End.
 */
static bool
goes_on(const struct builder *b, const struct directive *row)
{
	const struct lexer_line *line = &b->at;

	if (str_eq(str_from(row->name), STR("End")))
		return true;
	if (!directive_opens(row))
		return false;
	return line->count == 0 ||
	    (line->arg[0].text.len > 0 &&
		str_find(line->arg[0].text, ',') == line->arg[0].text.len &&
		!str_eq(str_from(row->name), STR("Session")));
}

static void
take_directive(struct builder *b, const struct directive *row)
{
	struct directive_value v = { .row = row, .line = &b->at };

	bool good;

	b->row = row;
	good = value_read(b, &v);
	check_repeat(b, row);
	if (good)
		difference_tell(b, &v);
	if (good || goes_on(b, row))
		row->handler(b, &v);
	b->row = NULL;
}

/* A block begins that belongs into one further out: an End was forgotten.
 * The row for it after closing what is open, else NULL. */
static const struct directive *
close_forgotten(struct builder *b, const struct directive *row)
{
	unsigned keep = b->depth - 1;
	struct str name = str_from(row->name);

	while (keep > 0 &&
	    (row = directive_find(name, b->block[keep - 1].context)) == NULL)
		keep--;
	if (keep == 0)
		return NULL;
	builder_error_hint(b, b->at.name,
	    (struct builder_hint){ .expected = "End before this line" },
	    "%s inside of %s: the block of line %u has no End", row->name,
	    directive_context_name(builder_innermost(b)->context),
	    builder_innermost(b)->place.line);
	while (b->depth > keep)
		builder_close(b);
	return row;
}

/* Nothing is said about the lines of a block that we cannot place. */
static void
skip_block(struct builder *b, const char *end)
{
	b->skip_end = end;
	b->skip_depth = 1;
}

static const struct directive *
misplaced(struct builder *b, const struct directive *row)
{
	const struct directive *here = NULL;
	struct strbuf places;

	if (b->depth > 1 && directive_opens(row))
		here = close_forgotten(b, row);
	if (here != NULL)
		return here;
	strbuf_init(&places, BUILDER_TEXT_MAX);
	strbuf_addf(&places, "%s in ", row->name);
	directive_add_contexts(&places, b->at.name);
	if (str_eq(str_from(row->name), STR("End")))
		builder_error_hint(b, b->at.name, (struct builder_hint){ 0 },
		    "End without a block that it could end");
	else
		builder_error_hint(b, b->at.name,
		    (struct builder_hint){ .expected = strbuf_text(&places) },
		    "%s does not belong in %s", row->name,
		    directive_context_name(builder_innermost(b)->context));
	strbuf_release(&places);
	if (directive_opens(row) && goes_on(b, row))
		skip_block(b, "End");
	return NULL;
}

static void
refuse_old(struct builder *b, const struct old_directive *old)
{
	builder_error_hint(b, b->at.name, (struct builder_hint){ 0 },
	    "%s is %s", old->name, old->words);
	if (old->end != NULL)
		skip_block(b, old->end);
}

/* URL"x": the name is fine, only the blank is missing. */
static bool
lacks_blank(struct builder *b, unsigned context)
{
	struct str name = str_head(b->at.name, str_find(b->at.name, '"'));
	const struct directive *row;

	if (name.len == b->at.name.len ||
	    (row = directive_find(name, context)) == NULL)
		return false;
	b->row = row;
	builder_error(b, str_head(str_skip(b->at.name, name.len), 1),
	    "a blank is missing after %s", row->name);
	b->row = NULL;
	return true;
}

/* NULL, or the row to go on with: of a block whose name is nearly right. */
static const struct directive *
unknown(struct builder *b, unsigned context)
{
	const struct directive *meant = directive_meant(b->at.name, context);
	struct builder_hint hint = { 0 };
	struct strbuf names;

	if (lacks_blank(b, context))
		return NULL;
	strbuf_init(&names, BUILDER_TEXT_MAX);
	directive_add_names(&names, context);
	hint.expected = strbuf_text(&names);
	if (meant != NULL)
		hint.meant = meant->name;
	builder_error_hint(b, b->at.name, hint, "unknown directive %.*s in %s",
	    NOTES_WORD(b->at.name), directive_context_name(context));
	strbuf_release(&names);
	if (meant == NULL)
		return NULL;
	if (directive_opens(meant) && (b->at.count == 0 || b->at.arg[0].quoted))
		return meant;
	remember(b, meant);
	return NULL;
}

static const struct directive *
find_row(struct builder *b)
{
	unsigned context = builder_innermost(b)->context;
	const struct directive *row = directive_find(b->at.name, context);
	const struct old_directive *old;

	if (row != NULL)
		return row;
	row = directive_find(b->at.name, IN_ALL);
	if (row != NULL)
		return misplaced(b, row);
	old = old_find(b->at.name);
	if (old == NULL)
		return unknown(b, context);
	refuse_old(b, old);
	return NULL;
}

/* A line of a block that we do not know. */
static void
skip_line(struct builder *b)
{
	const struct directive *row = directive_find(b->at.name, IN_ALL);
	const struct old_directive *old = old_find(b->at.name);

	if (str_eq_nocase(b->at.name, str_from(b->skip_end)))
		b->skip_depth--;
	else if ((row != NULL && directive_opens(row)) ||
	    (old != NULL && old->end != NULL))
		b->skip_depth += str_eq(str_from(b->skip_end), STR("End"));
	if (b->skip_depth == 0)
		b->skip_end = NULL;
}

static void
take_line(struct builder *b)
{
	const struct directive *row;

	if (b->skip_end != NULL) {
		skip_line(b);
	} else if (!str_empty(b->at.name)) {
		row = find_row(b);
		if (row != NULL)
			take_directive(b, row);
	}
}

static bool
next_line(struct builder *b)
{
	struct str text;
	bool cut;

	if (!source_next(&b->source, &b->at.place, &text, &cut))
		return false;
	lexer_split(text, &b->at);
	if (cut)
		b->at.trouble = LEXER_LONG;
	return true;
}

static void
read_lines(struct builder *b)
{
	size_t limit = b->notes->errors + NOTES_ERRORS_MAX;

	while (b->notes->errors < limit && next_line(b))
		take_line(b);
	if (b->notes->errors >= limit) {
		builder_error_hint(b, STR_NONE, (struct builder_hint){ 0 },
		    "too many mistakes: the rest is not read");
	} else if (b->depth > 1 && b->skip_end == NULL) {
		struct str word = builder_blame(b, NULL);

		builder_error_hint(b, word, (struct builder_hint){ 0 },
		    "%s has no End: the file ends inside of it",
		    directive_context_name(builder_innermost(b)->context));
	}
}

static bool
open_source(struct builder *b, const struct reader_input *in)
{
	struct notes_finding f = { .severity = CONF_ERROR,
		.place = { b->conf->file.p, 0 } };
	const char *why;

	source_init(&b->source, b->arena);
	if (in->from_text) {
		source_push_text(&b->source, in->file, in->text);
		return true;
	}
	if (source_push_file(&b->source, in->file, &why) == 0)
		return true;
	notes_add(b->notes, &f, "cannot be read: %s", why);
	return false;
}

static void
read_tree(struct builder *b, const struct reader_input *in)
{
	size_t errors = b->notes->errors;

	lookup_init(&b->lookup, b->arena, in->offline);
	read_global_init(b);
	builder_open(b, IN_GLOBAL);
	if (!open_source(b, in))
		return;
	read_lines(b);
	if (b->notes->errors == errors)
		verify_tree(b);
	source_release(&b->source);
}

/* Each list that a request may be looked up in. */
static void
index_services(struct tree *t)
{
	struct conf *c = &t->conf;

	c->service_index = service_index_new(&t->arena, c->services,
	    c->service_count);
	for (size_t i = 0; i < c->listener_count; i++) {
		struct conf_listener *l = c->listeners[i];

		l->service_index = service_index_new(&t->arena, l->services,
		    l->service_count);
	}
}

struct conf *
reader_run(const struct reader_input *in, struct conf_notes *notes)
{
	struct builder *b = mem_alloc(sizeof(*b));
	struct tree *tree = tree_new(in->file);
	size_t errors = notes->errors;

	*b = (struct builder){ .tree = tree,
		.conf = &tree->conf,
		.arena = &tree->arena,
		.notes = notes,
		.offline = in->offline };
	read_tree(b, in);
	mem_free(b);
	if (notes->errors == errors) {
		index_services(tree);
		return &tree->conf;
	}
	tree_free(tree);
	return NULL;
}
