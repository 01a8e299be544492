/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/need.h"

/*
 *   pattern:  ["(?i)"] ["^"] { piece }
 *   piece:    atom [quantifier]
 *   atom:     literal, or one that says nothing: dot, class, group, $,
 *             escape of a kind
 *
 * A literal that has to be there joins the run; all else ends the run.
 */

enum atom {
	ATOM_LITERAL,
	ATOM_OPAQUE,
	ATOM_UNKNOWN, /* no end to it, or a meaning that is not known here */
};

struct scan {
	struct str in; /* what is left of the pattern */
	struct need *need;
	bool open; /* the last run goes on */
};

static bool
is_letter_or_digit(char c)
{
	return (unsigned char)(str_lower((unsigned char)c) - 'a') < 26 ||
	    (unsigned char)(c - '0') < 10;
}

static bool
is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/* Escapes of a kind or a place; the others have a meaning of their own. */
static enum atom
escape(struct str *in, char *literal)
{
	const char c = in->len > 1 ? in->p[1] : '\0';

	if (in->len < 2)
		return ATOM_UNKNOWN;
	*in = str_skip(*in, 2);
	*literal = c;
	if (is_letter_or_digit(c))
		return is_one_of(c, "dDsSwWhHvVNbBAzZ") ? ATOM_OPAQUE
							: ATOM_UNKNOWN;
	return (unsigned char)c < 0x80 ? ATOM_LITERAL : ATOM_UNKNOWN;
}

/* [:name:] within a class, or one bracket that is just a byte. */
static bool
skip_bracket(struct str *in)
{
	size_t n = 2;

	if (in->len > 1 && is_one_of(in->p[1], ".="))
		return false;
	if (in->len < 2 || in->p[1] != ':') {
		*in = str_skip(*in, 1);
		return true;
	}
	while (n < in->len && (is_letter_or_digit(in->p[n]) || in->p[n] == '^'))
		n++;
	if (n + 1 >= in->len || in->p[n] != ':' || in->p[n + 1] != ']')
		return false;
	*in = str_skip(*in, n + 2);
	return true;
}

/* From "[" to the byte behind "]". */
static bool
skip_class(struct str *in)
{
	char ignored;
	bool first = true;

	*in = str_skip(*in, 1);
	if (!str_empty(*in) && in->p[0] == '^')
		*in = str_skip(*in, 1);
	for (; !str_empty(*in); first = false) {
		if (in->p[0] == ']' && !first) {
			*in = str_skip(*in, 1);
			return true;
		}
		if (in->p[0] == '\\') {
			if (escape(in, &ignored) == ATOM_UNKNOWN)
				return false;
		} else if (in->p[0] == '[') {
			if (!skip_bracket(in))
				return false;
		} else {
			*in = str_skip(*in, 1);
		}
	}
	return false;
}

/* From "(" to the byte behind its ")". Of those with a "?" only (?: . */
static bool
skip_group(struct str *in)
{
	unsigned depth = 0;
	char ignored;

	while (!str_empty(*in)) {
		const char c = in->p[0];

		if (c == '\\') {
			if (escape(in, &ignored) == ATOM_UNKNOWN)
				return false;
			continue;
		}
		if (c == '[') {
			if (!skip_class(in))
				return false;
			continue;
		}
		*in = str_skip(*in, 1);
		if (c == '(') {
			depth++;
			if (str_starts(*in, STR("*")) ||
			    (str_starts(*in, STR("?")) &&
				!str_starts(*in, STR("?:"))))
				return false;
		} else if (c == ')' && --depth == 0) {
			return true;
		}
	}
	return false;
}

static enum atom
next_atom(struct str *in, char *literal)
{
	const char c = in->p[0];

	*literal = c;
	switch (c) {
	case '\\':
		return escape(in, literal);
	case '[':
		return skip_class(in) ? ATOM_OPAQUE : ATOM_UNKNOWN;
	case '(':
		return skip_group(in) ? ATOM_OPAQUE : ATOM_UNKNOWN;
	case '|':
	case ')':
	case '*':
	case '+':
	case '?':
	case '{':
		return ATOM_UNKNOWN;
	case '.':
	case '^':
	case '$':
		*in = str_skip(*in, 1);
		return ATOM_OPAQUE;
	default:
		*in = str_skip(*in, 1);
		return (unsigned char)c < 0x80 ? ATOM_LITERAL : ATOM_OPAQUE;
	}
}

/* {n}, {n,} or {n,m}: 0 if it is none of them. */
static size_t
braces(struct str in)
{
	size_t i = 1, digits = 0;

	for (; i < in.len && (unsigned char)(in.p[i] - '0') < 10; i++)
		digits++;
	if (digits == 0)
		return 0;
	if (i < in.len && in.p[i] == ',')
		for (i++; i < in.len && (unsigned char)(in.p[i] - '0') < 10;)
			i++;
	return i < in.len && in.p[i] == '}' ? i + 1 : 0;
}

enum often {
	OFTEN_ONCE,
	OFTEN_MORE,  /* once at least */
	OFTEN_MAYBE, /* perhaps never */
	OFTEN_UNKNOWN,
};

static enum often
next_quantifier(struct str *in)
{
	const char c = str_empty(*in) ? 'x' : in->p[0];
	size_t n = 1;

	if (!is_one_of(c, "*+?{"))
		return OFTEN_ONCE;
	if (c == '{')
		n = braces(*in);
	if (n == 0)
		return OFTEN_UNKNOWN;
	*in = str_skip(*in, n);
	if (!str_empty(*in) && is_one_of(in->p[0], "+?"))
		*in = str_skip(*in, 1); /* as much, or as little as it can */
	return c == '+' ? OFTEN_MORE : OFTEN_MAYBE;
}

static void
add_literal(struct scan *s, char c)
{
	struct need *n = s->need;

	if (n->used == NEED_BYTES || (!s->open && n->count == NEED_RUNS))
		return;
	if (!s->open)
		n->run[n->count++] = str_make(n->bytes + n->used, 0);
	s->open = true;
	n->bytes[n->used++] = (char)str_lower((unsigned char)c);
	n->run[n->count - 1].len++;
}

/* One piece of the pattern. */
static bool
take_piece(struct scan *s)
{
	char literal;
	const enum atom atom = next_atom(&s->in, &literal);
	const enum often often = next_quantifier(&s->in);

	if (atom == ATOM_UNKNOWN || often == OFTEN_UNKNOWN)
		return false;
	if (atom == ATOM_LITERAL && often != OFTEN_MAYBE)
		add_literal(s, literal);
	if (atom != ATOM_LITERAL || often != OFTEN_ONCE)
		s->open = false;
	return true;
}

bool
need_of_pattern(struct need *n, struct str pattern)
{
	struct scan s = { .in = pattern, .need = n };
	bool begins;

	n->count = n->used = 0;
	if (str_starts(s.in, STR("(?i)")))
		s.in = str_skip(s.in, 4);
	begins = str_starts(s.in, STR("^"));
	if (begins)
		s.in = str_skip(s.in, 1);
	while (!str_empty(s.in)) {
		if (!take_piece(&s))
			return false;
		begins = begins && n->count > 0;
	}
	n->anchored = begins;
	return true;
}
