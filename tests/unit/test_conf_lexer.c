/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/attrs.h"
#include "conf/lexer.h"
#include "support/guard.h"
#include "unit/tap.h"

static const struct {
	const char *text;
	const char *name; /* "" for a line without a directive */
	const char *args[LEXER_ARGS];
	const char *quoted; /* q or w for each argument */
	enum lexer_trouble trouble;
	bool comment_is_new;
} lines[] = {
	{ "", "", { 0 }, "", LEXER_FINE, false },
	{ " \t ", "", { 0 }, "", LEXER_FINE, false },
	{ "# User \"x\"", "", { 0 }, "", LEXER_FINE, false },
	{ "\t # x", "", { 0 }, "", LEXER_FINE, false },
	{ "End", "End", { 0 }, "", LEXER_FINE, false },
	{ " \tEnd\t ", "End", { 0 }, "", LEXER_FINE, false },
	{ "End # comment", "End", { 0 }, "", LEXER_FINE, false },
	{ "End#x", "End#x", { 0 }, "", LEXER_FINE, false },
	{ "Port 80", "Port", { "80" }, "w", LEXER_FINE, false },
	{ "Port\t80 # 81", "Port", { "80" }, "w", LEXER_FINE, false },
	{ "Port 80#81", "Port", { "80#81" }, "w", LEXER_FINE, false },
	{ "Port #80", "Port", { 0 }, "", LEXER_FINE, false },
	{ "HAport a 80", "HAport", { "a", "80" }, "ww", LEXER_FINE, false },
	{ "a b c d e", "a", { "b", "c", "d", "e" }, "wwww", LEXER_FINE, false },
	{ "URL \"^/a\"", "URL", { "^/a" }, "q", LEXER_FINE, false },
	{ "URL \"^/a\" \t", "URL", { "^/a" }, "q", LEXER_FINE, false },
	{ "URL \"\"", "URL", { "" }, "q", LEXER_FINE, false },
	{ "URL \"\"\"", "URL", { "\"" }, "q", LEXER_FINE, false },
	{ "URL \"a\\\"", "URL", { "a\\" }, "q", LEXER_FINE, false },
	{ "URL \"a b\tc\"", "URL", { "a b\tc" }, "q", LEXER_FINE, false },
	{ "URL \"a\"b\"", "URL", { "a\"b" }, "q", LEXER_FINE, false },
	{ "URL \"a\" \"b\"", "URL", { "a\" \"b" }, "q", LEXER_FINE, false },
	{ "URL \"a#b\"", "URL", { "a#b" }, "q", LEXER_FINE, false },
	{ "URL \"a #b\"", "URL", { "a #b" }, "q", LEXER_FINE, false },
	{ "URL \"a\"#b\"", "URL", { "a\"#b" }, "q", LEXER_FINE, false },
	{ "URL \"a\" # b", "URL", { "a" }, "q", LEXER_FINE, false },
	{ "URL \"a\"\t#b", "URL", { "a" }, "q", LEXER_FINE, false },
	{ "URL \"a\"b\" #", "URL", { "a\"b" }, "q", LEXER_FINE, false },
	{ "URL \"a\" # \"b\"", "URL", { "a" }, "q", LEXER_FINE, true },
	{ "URL \"a\" # \"b\" c", "URL", { "a" }, "q", LEXER_FINE, false },
	{ "Redirect 301 \"u\"", "Redirect", { "301", "u" }, "wq", LEXER_FINE,
	    false },
	{ "Control \"p\" 0600 a:b", "Control", { "p", "0600", "a:b" }, "qww",
	    LEXER_FINE, false },
	{ "URL \"a", "URL", { "" }, "q", LEXER_UNCLOSED, false },
	{ "URL \"", "URL", { "" }, "q", LEXER_UNCLOSED, false },
	{ "URL \"a # b", "URL", { "" }, "q", LEXER_UNCLOSED, false },
	{ "URL \"a\"b", "URL", { "a" }, "q", LEXER_GLUED, false },
	{ "URL \"a\"# b", "URL", { "a" }, "q", LEXER_GLUED, false },
	{ "URL\"a\"", "URL\"a\"", { 0 }, "", LEXER_FINE, false },
};

static void
check_args(size_t i, const struct lexer_line *line)
{
	is_int(line->count, strlen(lines[i].quoted), "line %zu: count", i);
	for (size_t k = 0; k < line->count; k++) {
		const struct lexer_arg *arg = &line->arg[k];
		const char *want = lines[i].args[k];

		is_mem(arg->text.p, arg->text.len, arg->text.p ? want : NULL,
		    strlen(want), "line %zu: argument %zu", i, k);
		is_int(arg->quoted, lines[i].quoted[k] == 'q',
		    "line %zu: argument %zu in quotes", i, k);
	}
}

static void
test_lines(void)
{
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		struct lexer_line line = { 0 };
		struct guard guard;

		guard_copy(&guard, lines[i].text, strlen(lines[i].text));
		tap_input(lines[i].text, strlen(lines[i].text));
		lexer_split(str_make(guard.bytes, guard.len), &line);
		is_int(line.name.len, strlen(lines[i].name),
		    "line %zu: length of the name", i);
		ok(str_eq(line.name, str_from(lines[i].name)), "line %zu: name",
		    i);
		check_args(i, &line);
		is_int(line.trouble, lines[i].trouble, "line %zu: trouble", i);
		is_int(line.comment_is_new, lines[i].comment_is_new,
		    "line %zu: comment is new", i);
		guard_release(&guard);
	}
}

/* Every line cut at every byte: nothing is read beyond the end, and all
 * slices lie in the line. */
static bool
inside(struct str part, struct str whole)
{
	return part.p == NULL ||
	    (part.p >= whole.p && part.p + part.len <= whole.p + whole.len);
}

static void
test_cut(void)
{
	bool all = true;

	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		for (size_t len = 0; len <= strlen(lines[i].text); len++) {
			struct lexer_line line = { 0 };
			struct guard guard;

			guard_copy(&guard, lines[i].text, len);
			lexer_split(str_make(guard.bytes, len), &line);
			all = all && inside(line.name, line.text) &&
			    inside(line.where, line.text);
			for (size_t k = 0; k < LEXER_ARGS; k++)
				all = all &&
				    inside(line.arg[k].whole, line.text);
			guard_release(&guard);
		}
	ok(all, "all slices lie in their lines");
}

static void
test_where(void)
{
	struct lexer_line line = { 0 };

	lexer_split(STR("URL \"a\"bc d"), &line);
	ok(str_eq(line.where, STR("bc")), "the glued word");
	lexer_split(STR("URL  \"a b"), &line);
	ok(str_eq(line.where, STR("\"a b")), "the open quote");
	lexer_split(STR("x \"a\""), &line);
	ok(str_eq(line.arg[0].whole, STR("\"a\"")), "the whole argument");
	lexer_split(STR("a b c d e f g"), &line);
	is_int(line.count, 6, "arguments beyond the array are counted");
}

int
main(void)
{
	test_lines();
	test_cut();
	test_where();
	return tap_done();
}
