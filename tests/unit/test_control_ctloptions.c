/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line of poundctl, B.11.1 and A.7. */
#include <string.h>

#include "control/ctloptions.h"
#include "unit/tap.h"

#define WORDS_MAX 12

static struct ctloptions o;
static char why[CTLOPTIONS_WHY_MAX];

/* Words with one blank between; a key in it may be empty: "". */
static int
parse(const char *line)
{
	static char text[2 * WIRE_TEXT_MAX];
	char *argv[WORDS_MAX + 2] = { (char[]){ "poundctl" } };
	int argc = 1;

	snprintf(text, sizeof(text), "%s", line);
	for (char *word = text;
	     word != NULL && *word != '\0' && argc <= WORDS_MAX;) {
		char *end = strchr(word, ' ');

		if (end != NULL)
			*end++ = '\0';
		argv[argc++] = strcmp(word, "\"\"") == 0 ? word + 2 : word;
		word = end;
	}
	why[0] = '\0';
	tap_input(line, strlen(line));
	return ctloptions_parse(&o, argc, argv, why);
}

static const struct {
	const char *line;
	char letter; /* 0: a list */
	int listener, service, backend;
	const char *key;
	enum ctloptions_form form;
	bool names, verbose;
} good[] = {
	{ "", 0, 0, 0, 0, "", CTLOPTIONS_TEXT, false, false },
	{ "-c s", 0, 0, 0, 0, "", CTLOPTIONS_TEXT, false, false },
	{ "-cs -H", 0, 0, 0, 0, "", CTLOPTIONS_TEXT, true, false },
	{ "-X -c s", 0, 0, 0, 0, "", CTLOPTIONS_XML, false, false },
	{ "-HXc s", 0, 0, 0, 0, "", CTLOPTIONS_XML, true, false },
	{ "list -v", 0, 0, 0, 0, "", CTLOPTIONS_TEXT, false, true },
	{ "-v list", 0, 0, 0, 0, "", CTLOPTIONS_TEXT, false, true },
	{ "json", 0, 0, 0, 0, "", CTLOPTIONS_JSON, false, false },
	{ "-j", 0, 0, 0, 0, "", CTLOPTIONS_JSON, false, false },
	{ "-jX", 0, 0, 0, 0, "", CTLOPTIONS_JSON, false, false },
	{ "-X json", 0, 0, 0, 0, "", CTLOPTIONS_JSON, false, false },
	{ "metrics", 0, 0, 0, 0, "", CTLOPTIONS_METRICS, false, false },
	{ "-m -f x", 0, 0, 0, 0, "", CTLOPTIONS_METRICS, false, false },
	{ "top", 0, 0, 0, 0, "", CTLOPTIONS_TOP, false, false },
	{ "-L 1", 'L', 1, 0, 0, "", CTLOPTIONS_TEXT, false, false },
	{ "-c s -l 0", 'l', 0, 0, 0, "", CTLOPTIONS_TEXT, false, false },
	{ "-l 0 -c s", 'l', 0, 0, 0, "", CTLOPTIONS_TEXT, false, false },
	{ "-c s -H -L 0", 'L', 0, 0, 0, "", CTLOPTIONS_TEXT, true, false },
	{ "-S 1 2", 'S', 1, 2, 0, "", CTLOPTIONS_TEXT, false, false },
	{ "-s -1 2", 's', -1, 2, 0, "", CTLOPTIONS_TEXT, false, false },
	{ "-B 0 1 2", 'B', 0, 1, 2, "", CTLOPTIONS_TEXT, false, false },
	{ "-b -1 0 2147483647", 'b', -1, 0, 2147483647, "", CTLOPTIONS_TEXT,
	    false, false },
	{ "-b 0 1 -3", 'b', 0, 1, -3, "", CTLOPTIONS_TEXT, false, false },
	{ "-N 0 1 abc 2", 'N', 0, 1, 2, "abc", CTLOPTIONS_TEXT, false, false },
	{ "-N 0 1 123 2", 'N', 0, 1, 2, "123", CTLOPTIONS_TEXT, false, false },
	{ "-N -1 1 -k 2", 'N', -1, 1, 2, "-k", CTLOPTIONS_TEXT, false, false },
	{ "-n 0 1 list", 'n', 0, 1, 0, "list", CTLOPTIONS_TEXT, false, false },
	{ "-n 0 1 -- -k", 'n', 0, 1, 0, "-k", CTLOPTIONS_TEXT, false, false },
	{ "-n 0 1 - -X", 'n', 0, 1, 0, "-", CTLOPTIONS_XML, false, false },
	{ "-n 0 1 a\\x41\\x5Cx41\\x\\xg0", 'n', 0, 1, 0, "aA\\x41\\x\\xg0",
	    CTLOPTIONS_TEXT, false, false },
};

static void
test_good(void)
{
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		const struct command *c = &o.command;
		const struct command_row *row;

		is_int(parse(good[i].line), 0, "%s", good[i].line);
		row = command_row(c);
		ok(row != NULL && row->letter == good[i].letter, "the command");
		ok(c->listener == good[i].listener &&
			c->service == good[i].service &&
			c->backend == good[i].backend,
		    "the numbers");
		is_mem(c->key.len > 0 ? c->key.p : "", c->key.len, good[i].key,
		    strlen(good[i].key), "the key");
		is_int(o.form, good[i].form, "the form");
		ok(o.names == good[i].names && o.verbose == good[i].verbose,
		    "-H and -v");
	}
}

static const struct {
	const char *line;
	const char *why;
} bad[] = {
	{ "-Q", "bad flag -Q" },
	{ "-HQ", "bad flag -Q" },
	{ "--help", "bad flag --" },
	{ "-c", "nothing stands behind -c" },
	{ "-c s -f", "nothing stands behind -f" },
	{ "-c s -f x", "-c and -f both say where the socket is" },
	{ "lost", "unknown command lost" },
	{ "-L 0 -l 0", "one command at a time" },
	{ "-L 0 -S 0 0", "one command at a time" },
	{ "list json", "list takes 0 operands, not 1" },
	{ "-jm", "one command at a time" },
	{ "top -L 0", "one command at a time" },
	{ "0", "list takes 0 operands, not 1" },
	{ "-1", "list takes 0 operands, not 1" },
	{ "-L", "enable listener takes 1 operands, not 0" },
	{ "-L 0 0", "enable listener takes 1 operands, not 2" },
	{ "-s 0", "disable service takes 2 operands, not 1" },
	{ "-B 0 0", "enable back-end takes 3 operands, not 2" },
	{ "-N 0 0 k", "add session takes 4 operands, not 3" },
	{ "-n 0 0", "delete session takes 3 operands, not 2" },
	{ "-n 0 0 k 1 2 3 4 5 6", "too many operands" },
	{ "-L x", "x is not a number" },
	{ "-L 0x1", "0x1 is not a number" },
	{ "-L +1", "+1 is not a number" },
	{ "-L 1-", "1- is not a number" },
	{ "-L \"\"", " is not a number" },
	{ "-L 2147483648", "2147483648 is not a number" },
	{ "-B 0 -c 0", "enable back-end takes 3 operands, not 1" },
	{ "-S -1 -X", "-X is not a number" },
	{ "reload 1", "reload takes 0 operands, not 1" },
};

static void
test_bad(void)
{
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		is_int(parse(bad[i].line), -1, "%s", bad[i].line);
		is_str(why, bad[i].why, "why");
	}
}

static void
test_places(void)
{
	is_int(parse("-c a"), 0, "-c");
	is_str(o.socket, "a", "says where");
	ok(o.file == NULL, "and no file");
	is_int(parse("-fb"), 0, "-f");
	is_str(o.file, "b", "says in which file");
	is_int(parse("-c a -c b"), 0, "twice");
	is_str(o.socket, "b", "the last one counts");
	ok(parse("-b 0 0 0 -f x") == 0 && o.file != NULL, "behind a command");
}

static void
test_sessions(void)
{
	static char line[2 * WIRE_TEXT_MAX] = "-n 0 0 ";

	ok(parse("") == 0 && o.command.with_sessions, "a list has them");
	ok(parse("-X") == 0 && o.command.with_sessions, "so has XML");
	ok(parse("-j") == 0 && o.command.with_sessions, "and JSON");
	ok(parse("-m") == 0 && !o.command.with_sessions, "metrics have not");
	ok(parse("top") == 0 && !o.command.with_sessions, "nor has top");
	ctloptions_list(&o);
	ok(o.form == CTLOPTIONS_TEXT && o.command.with_sessions,
	    "but the list in its place");
	memset(line + 7, 'k', WIRE_TEXT_MAX);
	is_int(parse(line), 0, "the longest key");
	is_int(o.command.key.len, WIRE_TEXT_MAX, "is taken as a whole");
	line[7 + WIRE_TEXT_MAX] = 'k';
	is_int(parse(line), -1, "a longer one is not");
	is_str(why, "the key is longer than 4096 bytes", "why");
}

int
main(void)
{
	test_good();
	test_bad();
	test_places();
	test_sessions();
	return tap_done();
}
