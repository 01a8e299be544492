/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "conf/lexer.h"

static bool
blank(char c)
{
	return c == ' ' || c == '\t';
}

static size_t
skip_blanks(struct str s, size_t at)
{
	while (at < s.len && blank(s.p[at]))
		at++;
	return at;
}

static size_t
skip_word(struct str s, size_t at)
{
	while (at < s.len && !blank(s.p[at]))
		at++;
	return at;
}

static struct str
slice(struct str s, size_t from, size_t to)
{
	return str_make(s.p + from, to - from);
}

/* Whether blanks and a '#' stand at this place. */
static bool
comment_follows(struct str s, size_t at)
{
	size_t after = skip_blanks(s, at);

	return after > at && after < s.len && s.p[after] == '#';
}

/* The closing quote of the one at open, or s.len when there is none. */
static size_t
closing_quote(struct str s, size_t open)
{
	size_t last = s.len;

	for (size_t i = open + 1; i < s.len; i++) {
		if (s.p[i] != '"')
			continue;
		last = i;
		if (comment_follows(s, i + 1))
			break;
	}
	return last;
}

/* A line that ends in a quote was one text up to there in old times. */
static bool
ends_in_quote(struct str s, size_t at)
{
	struct str rest = str_trim(slice(s, at, s.len));

	return rest.len > 0 && rest.p[rest.len - 1] == '"';
}

static size_t
take_quoted(struct lexer_line *line, size_t open, struct lexer_arg *arg)
{
	struct str s = line->text;
	size_t close = closing_quote(s, open);

	arg->quoted = true;
	if (close == s.len) {
		line->trouble = LEXER_UNCLOSED;
		line->where = slice(s, open, s.len);
		return s.len;
	}
	arg->text = slice(s, open + 1, close);
	arg->whole = slice(s, open, close + 1);
	if (close + 1 < s.len && !blank(s.p[close + 1])) {
		line->trouble = LEXER_GLUED;
		line->where = slice(s, close + 1, skip_word(s, close + 1));
	}
	if (comment_follows(s, close + 1))
		line->comment_is_new = ends_in_quote(s, close + 1);
	return close + 1;
}

static size_t
take_word(struct lexer_line *line, size_t at, struct lexer_arg *arg)
{
	size_t end = skip_word(line->text, at);

	arg->text = arg->whole = slice(line->text, at, end);
	arg->quoted = false;
	return end;
}

void
lexer_split(struct str text, struct lexer_line *line)
{
	struct lexer_arg more;
	size_t at = skip_blanks(text, 0);
	size_t end = skip_word(text, at);

	*line = (struct lexer_line){ .place = line->place, .text = text };
	if (at == text.len || text.p[at] == '#')
		return;
	line->name = slice(text, at, end);
	for (;;) {
		struct lexer_arg *arg = line->count < LEXER_ARGS
		    ? &line->arg[line->count]
		    : &more;

		at = skip_blanks(text, end);
		if (at == text.len || text.p[at] == '#' ||
		    line->trouble != LEXER_FINE)
			return;
		end = text.p[at] == '"' ? take_quoted(line, at, arg)
					: take_word(line, at, arg);
		line->count++;
	}
}
