/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "conf/builder.h"

#include "base/check.h"
#include "base/strbuf.h"
#include "conf/mend.h"
#include "conf/notes.h"
#include "conf/read.h"

struct builder_block *
builder_innermost(struct builder *b)
{
	check(b->depth > 0);
	return &b->block[b->depth - 1];
}

/* --- Findings --- */

static void add_finding(struct builder *b, struct notes_finding *f,
    const char *fmt, va_list args) PRINTF_LIKE(3, 0);

static void
add_finding(struct builder *b, struct notes_finding *f, const char *fmt,
    va_list args)
{
	struct strbuf message;

	strbuf_init(&message, BUILDER_TEXT_MAX);
	strbuf_addv(&message, fmt, args);
	f->place = b->at.place;
	f->line = b->at.text;
	notes_add(b->notes, f, "%s", strbuf_text(&message));
	strbuf_release(&message);
}

void
builder_error(struct builder *b, struct str word, const char *fmt, ...)
{
	struct notes_finding f = { .severity = CONF_ERROR, .word = word };
	struct strbuf form;
	va_list args;

	strbuf_init(&form, BUILDER_TEXT_MAX);
	if (b->row != NULL) {
		directive_add_form(&form, b->row);
		f.expected = strbuf_text(&form);
	}
	va_start(args, fmt);
	add_finding(b, &f, fmt, args);
	va_end(args);
	strbuf_release(&form);
}

void
builder_error_hint(struct builder *b, struct str word, struct builder_hint hint,
    const char *fmt, ...)
{
	struct notes_finding f = { .severity = CONF_ERROR,
		.word = word,
		.meant = hint.meant,
		.expected = hint.expected };
	va_list args;

	va_start(args, fmt);
	add_finding(b, &f, fmt, args);
	va_end(args);
}

void
builder_warn(struct builder *b, struct str word, const char *fmt, ...)
{
	struct notes_finding f = { .severity = CONF_WARNING, .word = word };
	va_list args;

	va_start(args, fmt);
	add_finding(b, &f, fmt, args);
	va_end(args);
}

/* --- Blocks --- */

static struct builder_seen *
seen_of(struct builder *b, const char *name)
{
	struct builder_block *block = builder_innermost(b);
	const struct directive *row;

	row = directive_find(str_from(name), block->context);
	check(row != NULL);
	return &block->seen[directive_index(row)];
}

bool
builder_has(struct builder *b, const char *name)
{
	return seen_of(b, name)->place.file != NULL;
}

struct str
builder_blame(struct builder *b, const char *name)
{
	const struct builder_block *block = builder_innermost(b);

	b->row = NULL;
	if (name == NULL || !builder_has(b, name)) {
		b->at.place = block->place;
		lexer_split(block->text, &b->at);
		return b->at.name;
	}
	b->row = directive_find(str_from(name), block->context);
	return builder_blame_seen(b, seen_of(b, name));
}

struct str
builder_blame_seen(struct builder *b, const struct builder_seen *seen)
{
	b->at.place = seen->place;
	lexer_split(seen->text, &b->at);
	return b->at.count > 0 ? b->at.arg[0].whole : b->at.name;
}

void
builder_note_line(struct builder *b, struct builder_lines *lines)
{
	lines->line = tree_grow(b->tree, lines->line, lines->count,
	    sizeof(lines->line[0]));
	lines->line[lines->count++] = (struct builder_seen){ b->at.place,
		b->at.text, b->serial };
}

void
builder_open(struct builder *b, unsigned context)
{
	struct builder_block *block;

	check(b->depth < BUILDER_DEPTH);
	block = &b->block[b->depth++];
	*block = (struct builder_block){ .context = context,
		.place = b->at.place,
		.text = b->at.text };
	b->serial++;
}

static void
close_kind(struct builder *b, unsigned context)
{
	if ((context & IN_LISTENER) != 0) {
		read_listener_close(b);
		b->listener = NULL;
	} else if ((context & IN_SERVER) != 0) {
		read_backend_close(b);
		b->backend = NULL;
	} else if (context == IN_SERVICE) {
		b->service = NULL; /* all of it may be missing */
	} else {
		check(context == IN_SESSION);
		read_session_close(b);
	}
}

void
builder_close(struct builder *b)
{
	struct lexer_line at = b->at;

	check(b->depth > 1);
	close_kind(b, builder_innermost(b)->context);
	b->depth--;
	b->serial++;
	b->at = at;
	b->row = NULL;
}

/* --- What handlers store --- */

struct str
builder_copy(struct builder *b, struct str s)
{
	return arena_copy(b->arena, s);
}

struct pattern *
builder_pattern(struct builder *b, const struct directive_value *v, int flags)
{
	char why[160];
	size_t offset;
	struct pattern *p;

	p = pattern_new(v->text, flags, why, sizeof(why), &offset);
	if (p == NULL) {
		p = mend_pattern(v->text, flags);
		if (p != NULL)
			builder_warn(b, v->word,
			    "%s: %s; read as the old library did", v->row->name,
			    why);
	}
	if (p == NULL) {
		/* the end of the pattern: that is its closing quote */
		builder_error(b, str_make(v->text.p + offset, 1),
		    "%s: not a pattern: %s", v->row->name, why);
		return NULL;
	}
	tree_keep_pattern(b->tree, p);
	return p;
}

void
builder_add_pattern(struct builder *b, struct conf_patterns *list,
    const struct directive_value *v, int flags)
{
	struct pattern *p = builder_pattern(b, v, flags);
	size_t n = list->count;

	list->pattern = tree_grow(b->tree, list->pattern, n, sizeof(p));
	list->text = tree_grow(b->tree, list->text, n, sizeof(struct str));
	list->place = tree_grow(b->tree, list->place, n,
	    sizeof(struct conf_place));
	list->nocase = tree_grow(b->tree, list->nocase, n, sizeof(bool));
	list->pattern[n] = p;
	list->text[n] = builder_copy(b, v->text);
	list->place[n] = b->at.place;
	list->nocase[n] = (flags & PATTERN_NOCASE) != 0;
	list->count++;
}
