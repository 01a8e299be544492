/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/attrs.h"
#include "conf/notes.h"
#include "unit/tap.h"

static const char *
only_note(struct conf_notes *notes, struct notes_finding f)
{
	conf_notes_release(notes);
	f.place = (struct conf_place){ "f.cfg", 7 };
	notes_add(notes, &f, "%s is wrong", "X");
	return notes->note[0].text;
}

static struct str
word_at(struct str line, size_t at, size_t len)
{
	return str_make(line.p + at, len);
}

static void
test_first_line(struct conf_notes *notes)
{
	struct str line = STR("\tPort 99999");

	is_str(only_note(notes,
		   (struct notes_finding){ .severity = CONF_WARNING }),
	    "f.cfg line 7: X is wrong", "without a column");
	is_str(only_note(notes,
		   (struct notes_finding){ .severity = CONF_WARNING,
		       .meant = "Y" }),
	    "f.cfg line 7: X is wrong (did you mean Y?)", "what was meant");
	is_str(only_note(notes,
		   (struct notes_finding){ .severity = CONF_WARNING,
		       .line = line,
		       .word = word_at(line, 6, 5) }),
	    "f.cfg line 7: X is wrong (column 7)", "a warning has one line");
	is_int(notes->warnings, 1, "a warning is counted");
	is_int(notes->errors, 0, "not as an error");
}

static void
test_error(struct conf_notes *notes)
{
	struct str line = STR("\tPort 99999 # x");
	struct str umlaut = STR("A \xc3\xbc\xc3\xb6 b");

	is_str(only_note(notes,
		   (struct notes_finding){ .severity = CONF_ERROR,
		       .line = line,
		       .word = word_at(line, 6, 5),
		       .meant = "9999",
		       .expected = "less" }),
	    "f.cfg line 7: X is wrong (column 7; did you mean 9999?)\n"
	    "    \tPort 99999 # x\n"
	    "    \t     ^~~~~\n"
	    "expected: less",
	    "all of an error");
	is_str(only_note(notes,
		   (struct notes_finding){ .severity = CONF_ERROR,
		       .line = umlaut,
		       .word = word_at(umlaut, 7, 1) }),
	    "f.cfg line 7: X is wrong (column 6)\n"
	    "    A \xc3\xbc\xc3\xb6 b\n"
	    "         ^",
	    "columns are characters");
	is_str(only_note(notes,
		   (struct notes_finding){ .severity = CONF_ERROR }),
	    "f.cfg line 7: X is wrong", "an error without a line");
	is_int(notes->errors, 1, "an error is counted");
}

static void
test_clean(struct conf_notes *notes)
{
	struct str line = STR("a\x1b[2J\nb\rc\x7f");

	is_str(only_note(notes,
		   (struct notes_finding){ .severity = CONF_ERROR,
		       .line = line,
		       .word = word_at(line, 6, 1) }),
	    "f.cfg line 7: X is wrong (column 7)\n"
	    "    a?[2J?b?c?\n"
	    "          ^",
	    "no control characters");
}

static void
test_long(struct conf_notes *notes)
{
	static char text[4000];
	struct str line = { text, sizeof(text) };
	const char *note;

	memset(text, 'x', sizeof(text));
	note = only_note(notes,
	    (struct notes_finding){ .severity = CONF_ERROR,
		.line = line,
		.word = word_at(line, 2000, 900) });
	ok(strlen(note) < 500, "a long line is cut: %zu", strlen(note));
	ok(strstr(note, "(column 2001)") != NULL, "its column is not");
	ok(strstr(note, "\n    ...xxx") != NULL, "dots before");
	ok(strstr(note, "xxx...\n") != NULL, "dots behind");
	note = only_note(notes,
	    (struct notes_finding){ .severity = CONF_ERROR,
		.line = line,
		.word = word_at(line, 3999, 1) });
	ok(note[strlen(note) - 1] == '^', "the mark of the last byte");
}

static void
test_many(struct conf_notes *notes)
{
	struct notes_finding f = { .severity = CONF_ERROR };

	conf_notes_release(notes);
	f.place = (struct conf_place){ "f", 1 };
	for (int i = 0; i < 1000; i++)
		notes_add(notes, &f, "%d", i);
	is_int(notes->count, 1000, "many notes");
	is_str(notes->note[999].text, "f line 1: 999", "in order");
}

int
main(void)
{
	struct conf_notes notes = { 0 };

	test_first_line(&notes);
	test_error(&notes);
	test_clean(&notes);
	test_long(&notes);
	test_many(&notes);
	conf_notes_release(&notes);
	return tap_done();
}
