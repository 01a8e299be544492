/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of all directives (directive.def) and questions to it.
 * Constant; names are found without case.
 */
#ifndef CONF_DIRECTIVE_H
#define CONF_DIRECTIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attrs.h"
#include "base/str.h"
#include "base/strbuf.h"
#include "conf/lexer.h"

/* Where a directive stands, as bits. */
enum directive_context {
	IN_GLOBAL = 1,
	IN_HTTP = 2,  /* ListenHTTP */
	IN_HTTPS = 4, /* ListenHTTPS */
	IN_LISTENER = IN_HTTP | IN_HTTPS,
	IN_SERVICE = 8,
	IN_BACKEND = 16,
	IN_EMERGENCY = 32,
	IN_SERVER = IN_BACKEND | IN_EMERGENCY,
	IN_SESSION = 64,
	IN_BLOCK = IN_LISTENER | IN_SERVICE | IN_SERVER | IN_SESSION,
	IN_ALL = IN_GLOBAL | IN_BLOCK,
};

enum directive_kind {
	DIRECTIVE_ALONE,	 /* nothing */
	DIRECTIVE_TEXT,		 /* quoted text of at least a byte */
	DIRECTIVE_TEXT_OR_EMPTY, /* ... or "" */
	DIRECTIVE_MAYBE_TEXT,	 /* quoted text or nothing */
	DIRECTIVE_WORD,
	DIRECTIVE_SWITCH,
	DIRECTIVE_NUMBER,
	DIRECTIVE_SECONDS,
	DIRECTIVE_BYTES,
	DIRECTIVE_OWN, /* the handler looks at the arguments itself */
};

/* What another one in the same block means. */
enum directive_repeat {
	DIRECTIVE_ONCE,	  /* the last one wins, with a warning */
	DIRECTIVE_LATER,  /* it is in force for the blocks that follow */
	DIRECTIVE_MANY,	  /* one more of them */
	DIRECTIVE_SINGLE, /* an error, as it always was */
};

struct directive_form {
	enum directive_kind kind;
	uint64_t min, max;
	bool clamp; /* above max: max, with a warning */
	const char *what;
};

struct builder;
struct directive;

/* A directive as it was found, its form checked. */
struct directive_value {
	const struct directive *row;
	const struct lexer_line *line;
	struct str text; /* the argument without quotes */
	struct str word; /* the argument as it stands, for a mark */
	uint64_t number; /* NUMBER, SECONDS, BYTES; SWITCH: 0 or 1 */
};

typedef void directive_handler(struct builder *b,
    const struct directive_value *v);

struct directive {
	const char *name;
	unsigned contexts;
	struct directive_form form;
	enum directive_repeat repeat;
	directive_handler *handler;
};

/* How many rows there are, and which one this is. */
#define DIRECTIVE_ROWS 128
size_t directive_index(const struct directive *row);

/* The row for a name in one of these contexts, or NULL. */
const struct directive *directive_find(struct str name, unsigned contexts);
/* The row whose name was probably meant, or NULL. */
const struct directive *directive_meant(struct str name, unsigned contexts);
/* Does it open a block? */
bool directive_opens(const struct directive *row);

/* "Port NUMBER, from 1 to 65535" */
void directive_add_form(struct strbuf *out, const struct directive *row);
/* "Address, Port, ... or End": all names of a context. */
void directive_add_names(struct strbuf *out, unsigned contexts);

/* "ListenHTTP", "a global directive", ... for one context. */
const char *directive_context_name(unsigned context);
/* "ListenHTTP or ListenHTTPS": all contexts of all rows of that name. */
void directive_add_contexts(struct strbuf *out, struct str name);

#endif
