/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Words for what was found in the files: one struct conf_note a finding,
 * in the order of the files.
 *
 * First line: "FILE line N: what is wrong (column C; did you mean X?)".
 * An error goes on with the source line (a window of it when it is long),
 * a mark under the word and what was expected. Columns count characters
 * from 1. Control bytes never get into a note.
 */
#ifndef CONF_NOTES_H
#define CONF_NOTES_H

#include "base/attrs.h"
#include "conf/conf.h"

/* Errors after which reading ends: nobody reads more. */
#define NOTES_ERRORS_MAX 1000
/* So much of a word is repeated in a message: "%.*s", NOTES_WORD(word) */
#define NOTES_WORD_MAX ((size_t)64)
#define NOTES_WORD(s) STR_ARG(str_head(s, NOTES_WORD_MAX))

struct notes_finding {
	enum conf_severity severity;
	struct conf_place place;
	struct str line;      /* the source line; p NULL: none to show */
	struct str word;      /* the wrong part of line; p NULL: all of it */
	const char *meant;    /* did you mean, or NULL */
	const char *expected; /* or NULL */
};

void notes_add(struct conf_notes *notes, const struct notes_finding *f,
    const char *fmt, ...) PRINTF_LIKE(3, 4);

#endif
