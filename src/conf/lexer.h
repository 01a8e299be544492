/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One line of a configuration file as words. Pure: the slices point into
 * the line.
 *
 *	line     = [blanks] [name *(blanks argument)] [blanks] [comment]
 *	argument = word | quoted
 *	word     = one or more bytes that are not blank
 *	comment  = "#" and the rest, where a word could begin
 *
 * Quoted text has no escapes: a backslash belongs to it, and so does a
 * quote. It ends at the first quote that blanks and a "#" follow, or else
 * at the last quote of the line.
 */
#ifndef CONF_LEXER_H
#define CONF_LEXER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "conf/conf.h"

#define LEXER_ARGS 4

enum lexer_trouble {
	LEXER_FINE,
	LEXER_UNCLOSED, /* a quote that is not closed: where is it */
	LEXER_GLUED,	/* text right after a closing quote: where is it */
	LEXER_LONG,	/* a line over SOURCE_LINE_MAX (set by the reader) */
};

struct lexer_arg {
	struct str text;  /* without the quotes */
	struct str whole; /* as it stands in the line */
	bool quoted;
};

struct lexer_line {
	struct conf_place place;
	struct str text; /* without the line's end */
	struct str name; /* empty: nothing on this line */
	struct lexer_arg arg[LEXER_ARGS];
	size_t count; /* of arguments; those over LEXER_ARGS are counted */
	enum lexer_trouble trouble;
	struct str where;
	/* The old program took the comment for a part of the quoted text. */
	bool comment_is_new;
};

/* Fills everything but place. */
void lexer_split(struct str text, struct lexer_line *line);

#endif
