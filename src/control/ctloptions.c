/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/ctloptions.h"

#include <limits.h>
#include <string.h>

#include "base/check.h"

/*
 * No getopt(3): a listener may be -1, which ends the options and is the
 * first of the operands (B.11.1).
 */

#define OPERANDS_MAX 8

struct parser {
	struct ctloptions *o;
	char **argv;
	int argc, at;
	const struct command_row *row; /* NULL: none yet, so a list */
	bool named;		       /* some command was given */
	const char *operand[OPERANDS_MAX];
	size_t operands;
	bool ended; /* no options any more */
	char *why;
};

static const struct {
	const char *word;
	const char *command;
	enum ctloptions_form form;
} words[] = {
	{ "list", "list", CTLOPTIONS_TEXT },
	{ "json", "list", CTLOPTIONS_JSON },
	{ "metrics", "list", CTLOPTIONS_METRICS },
	{ "top", "list", CTLOPTIONS_TOP },
	{ "reload", "reload", CTLOPTIONS_TEXT },
};

void
ctloptions_usage(FILE *out)
{
	fputs("usage: poundctl [-c SOCKET | -f FILE] [-HXv] [list]\n"
	      "       poundctl [-c SOCKET | -f FILE] "
	      "json | metrics | top | reload\n"
	      "       poundctl [-c SOCKET | -f FILE] -L | -l LISTENER\n"
	      "       poundctl [-c SOCKET | -f FILE] -S | -s LISTENER SERVICE\n"
	      "       poundctl [-c SOCKET | -f FILE] -B | -b LISTENER SERVICE "
	      "BACKEND\n"
	      "       poundctl [-c SOCKET | -f FILE] -N LISTENER SERVICE KEY "
	      "BACKEND\n"
	      "       poundctl [-c SOCKET | -f FILE] -n LISTENER SERVICE KEY\n"
	      "\n"
	      "-L -S -B enable and -l -s -b disable, -N adds and -n deletes a "
	      "session.\n"
	      "Numbers are those of the list; listener -1 means the global "
	      "services.\n"
	      "-H names for addresses, -X XML, -v more, -j json, -m metrics.\n",
	    out);
}

/* ------ commands ------ */

static int
set_command(struct parser *p, const struct command_row *row,
    enum ctloptions_form form)
{
	if (p->named) {
		snprintf(p->why, CTLOPTIONS_WHY_MAX, "one command at a time");
		return -1;
	}
	p->named = true;
	p->row = row;
	if (form != CTLOPTIONS_TEXT)
		p->o->form = form;
	return 0;
}

static int
set_word(struct parser *p, const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(words[i].word, word) == 0)
			return set_command(p,
			    command_by_word(str_from(words[i].command)),
			    words[i].form);
	snprintf(p->why, CTLOPTIONS_WHY_MAX, "unknown command %s", word);
	return -1;
}

/* ------ flags ------ */

/* The text that a flag takes: the rest of its word, or the next one. */
static const char *
take_text(struct parser *p, const char *rest)
{
	if (*rest != '\0')
		return rest;
	if (p->at + 1 < p->argc)
		return p->argv[++p->at];
	return NULL;
}

static int
bad_flag(struct parser *p, char flag, const char *what)
{
	snprintf(p->why, CTLOPTIONS_WHY_MAX, "%s -%c", what, flag);
	return -1;
}

static int
set_flag(struct parser *p, char flag)
{
	const struct command_row *row = command_by_letter(flag);

	switch (flag) {
	case 'H':
		p->o->names = true;
		return 0;
	case 'X':
		if (p->o->form == CTLOPTIONS_TEXT)
			p->o->form = CTLOPTIONS_XML;
		return 0;
	case 'v':
		p->o->verbose = true;
		return 0;
	case 'j':
		return set_word(p, "json");
	case 'm':
		return set_word(p, "metrics");
	default:
		if (row == NULL)
			return bad_flag(p, flag, "bad flag");
		return set_command(p, row, CTLOPTIONS_TEXT);
	}
}

/* One word that begins with '-'. */
static int
take_flags(struct parser *p, const char *word)
{
	for (const char *flag = word + 1; *flag != '\0'; flag++) {
		const char *text;

		if (*flag != 'c' && *flag != 'f') {
			if (set_flag(p, *flag) != 0)
				return -1;
			continue;
		}
		text = take_text(p, flag + 1);
		if (text == NULL)
			return bad_flag(p, *flag, "nothing stands behind");
		if (*flag == 'c')
			p->o->socket = text;
		else
			p->o->file = text;
		break;
	}
	return 0;
}

/* ------ operands ------ */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int
take_operand(struct parser *p, const char *word)
{
	if (!p->named && p->operands == 0 && !is_digit(*word) && *word != '-')
		return set_word(p, word);
	if (p->operands == OPERANDS_MAX) {
		snprintf(p->why, CTLOPTIONS_WHY_MAX, "too many operands");
		return -1;
	}
	p->operand[p->operands++] = word;
	return 0;
}

static int
take_number(struct parser *p, const char *text, int32_t *number)
{
	const bool negative = text[0] == '-';
	uint64_t n;

	if (str_to_u64(str_from(text + negative), INT32_MAX, &n) != 0) {
		snprintf(p->why, CTLOPTIONS_WHY_MAX, "%s is not a number",
		    text);
		return -1;
	}
	*number = negative ? -(int32_t)n : (int32_t)n;
	return 0;
}

/* A key as the list shows it: \xNN is one byte. */
static int
take_key(struct parser *p, const char *text)
{
	struct ctloptions *o = p->o;
	size_t len = 0;

	for (; *text != '\0'; text++) {
		char c = *text;

		if (len == sizeof(o->key)) {
			snprintf(p->why, CTLOPTIONS_WHY_MAX,
			    "the key is longer than %zu bytes", sizeof(o->key));
			return -1;
		}
		if (c == '\\' && text[1] == 'x' && str_hex(text[2]) >= 0 &&
		    str_hex(text[3]) >= 0) {
			c = (char)(str_hex(text[2]) * 16 + str_hex(text[3]));
			text += 3;
		}
		o->key[len++] = c;
	}
	o->command.key = str_make(o->key, len);
	return 0;
}

static int
take_one(struct parser *p, char kind, const char *text)
{
	struct command *c = &p->o->command;

	check(text != NULL);
	switch (kind) {
	case 'l':
		return take_number(p, text, &c->listener);
	case 's':
		return take_number(p, text, &c->service);
	case 'b':
		return take_number(p, text, &c->backend);
	default:
		return take_key(p, text);
	}
}

static int
take_operands(struct parser *p)
{
	const char *kinds = p->row->operands;
	int result = 0;

	if (strlen(kinds) != p->operands) {
		snprintf(p->why, CTLOPTIONS_WHY_MAX,
		    "%s takes %zu operands, not %zu",
		    p->named ? p->row->word : "list", strlen(kinds),
		    p->operands);
		return -1;
	}
	for (size_t i = 0; i < p->operands && result == 0; i++)
		result = take_one(p, kinds[i], p->operand[i]);
	return result;
}

/* ------ all of it ------ */

static int
take_word(struct parser *p, const char *word)
{
	if (!p->ended && strcmp(word, "--") == 0) {
		p->ended = true;
		return 0;
	}
	if (word[0] == '-' && is_digit(word[1]))
		p->ended = true;
	if (!p->ended && word[0] == '-' && word[1] != '\0')
		return take_flags(p, word);
	return take_operand(p, word);
}

static bool
shows_sessions(const struct ctloptions *o)
{
	return o->form != CTLOPTIONS_METRICS && o->form != CTLOPTIONS_TOP;
}

void
ctloptions_list(struct ctloptions *o)
{
	o->form = CTLOPTIONS_TEXT;
	o->command.with_sessions = true;
}

int
ctloptions_parse(struct ctloptions *o, int argc, char **argv, char *why)
{
	struct parser p = { .o = o, .argv = argv, .argc = argc, .why = why };

	*o = (struct ctloptions){ .socket = NULL };
	p.row = command_by_word(STR("list"));
	for (p.at = 1; p.at < argc; p.at++)
		if (take_word(&p, argv[p.at]) != 0)
			return -1;
	if (o->socket != NULL && o->file != NULL) {
		snprintf(why, CTLOPTIONS_WHY_MAX,
		    "-c and -f both say where the socket is");
		return -1;
	}
	if (take_operands(&p) != 0)
		return -1;
	o->command.number = command_number(p.row);
	o->command.with_sessions = shows_sessions(o);
	return 0;
}
