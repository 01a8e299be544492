/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The work bench of reading: where we are in the files, which blocks are
 * open, what is in force, the tree that is being made. The read_*()
 * functions store directives in the tree by means of what stands here.
 * Everything of the tree lives in its arena. One thread, at start only.
 */
#ifndef CONF_BUILDER_H
#define CONF_BUILDER_H

#include "base/arena.h"
#include "conf/conf.h"
#include "conf/directive.h"
#include "conf/lexer.h"
#include "conf/lookup.h"
#include "conf/source.h"
#include "conf/tree.h"

#define BUILDER_DEPTH 4	      /* global, listener, service, back-end */
#define BUILDER_TEXT_MAX 2048 /* of a message, of an expectation */
#define DIFFERENCE_ROWS 64    /* more than difference.def has */

/* Where in this block a directive was seen last. */
struct builder_seen {
	struct conf_place place;
	struct str text; /* the line */
	unsigned serial; /* of the block opened last before it */
};

struct builder_block {
	unsigned context;
	struct conf_place place; /* where it was opened */
	struct str text;
	struct builder_seen seen[DIRECTIVE_ROWS];
};

/* The lines of a directive that may stand several times, in file order. */
struct builder_lines {
	struct builder_seen *line;
	size_t count;
};

/* Globals in force for the blocks that follow. */
struct builder_defaults {
	int log_level;
	bool ignore_case;
	int64_t client_ms, timeout_ms, connect_ms, websocket_ms;
	struct str curves;
	size_t max_uri, max_field, max_head;
	unsigned max_fields;
	uint64_t min_rate;
};

struct builder {
	struct tree *tree;
	struct conf *conf;
	struct arena *arena;
	struct conf_notes *notes;
	struct source source;
	struct lookup lookup;
	struct builder_defaults defaults;
	bool offline;

	/* what findings are about */
	struct lexer_line at;
	const struct directive *row; /* tells what was expected, or NULL */

	struct builder_block block[BUILDER_DEPTH];
	unsigned depth;			/* block[depth - 1] is the innermost */
	unsigned serial;		/* counts blocks opened */
	struct conf_listener *listener; /* the open ones, or NULL */
	struct conf_service *service;
	struct conf_backend *backend;
	bool ignore_case;		  /* in force in the service */
	struct builder_lines certs, crls; /* Cert, CRLlist of the listener */

	bool told[DIFFERENCE_ROWS]; /* differences from 2.8, once each */
	const char *skip_end; /* in a block that we do not know: its end */
	unsigned skip_depth;
};

/* Findings about the line in b->at; word is a slice of it. The ones of
 * builder_error() say what b->row expects. */
void builder_error(struct builder *b, struct str word, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
void builder_warn(struct builder *b, struct str word, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* With what was probably meant and what was expected, or NULL each. */
struct builder_hint {
	const char *meant, *expected;
};
void builder_error_hint(struct builder *b, struct str word,
    struct builder_hint hint, const char *fmt, ...) PRINTF_LIKE(4, 5);

/* Whether a directive stands in the innermost block so far. */
bool builder_has(struct builder *b, const char *name);
/* Makes the line of that directive (NULL: the first line of the block) the
 * one that findings are about. Returns the word to mark in it: the first
 * argument if there is one. */
struct str builder_blame(struct builder *b, const char *name);

/* The same with a line that was noted. */
struct str builder_blame_seen(struct builder *b,
    const struct builder_seen *seen);
void builder_note_line(struct builder *b, struct builder_lines *lines);

struct builder_block *builder_innermost(struct builder *b);
/* Opens a block whose first line is b->at; End closes the innermost. */
void builder_open(struct builder *b, unsigned context);
void builder_close(struct builder *b);

/* A copy in the arena. */
struct str builder_copy(struct builder *b, struct str s);
/* Compiles the directive's pattern: NULL after an error. */
struct pattern *builder_pattern(struct builder *b,
    const struct directive_value *v, int flags);
void builder_add_pattern(struct builder *b, struct conf_patterns *list,
    const struct directive_value *v, int flags);

#endif
