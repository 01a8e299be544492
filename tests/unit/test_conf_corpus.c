/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tests/corpus/conf: good files are read without an error, and what is
 * dumped gives the same dump again; bad files give exactly the errors that
 * they announce.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/attrs.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "conf/file.h"
#include "unit/conf_text.h"
#include "unit/tap.h"

#define MARK "# expect: "

static glob_t
enter(const char *folder)
{
	const char *top = getenv("POUND_SRCDIR");
	char path[4096];
	glob_t found;

	snprintf(path, sizeof(path), "%s/tests/corpus/conf/%s",
	    top != NULL ? top : ".", folder);
	if (chdir(path) != 0) {
		perror(path);
		exit(99);
	}
	if (glob("*.cfg", 0, NULL, &found) != 0)
		exit(99);
	return found;
}

/* --- good --- */

static void
dump_file(const char *name, struct strbuf *out)
{
	struct text_conf t = { 0 };

	t.conf = conf_read(name, &t.notes);
	if (ok(t.conf != NULL && t.notes.errors == 0, "%s is read", name))
		conf_dump(t.conf, out);
	else
		printf("# %s\n", text_finding(&t, 0));
	text_release(&t);
}

/* The dump is read under another name in the same folder, so that relative
 * names mean the same. */
static void
dump_text(const char *name, struct str text, struct strbuf *out)
{
	struct reader_input in = { .file = name,
		.from_text = true,
		.text = text };
	struct text_conf t = { 0 };

	t.conf = reader_run(&in, &t.notes);
	if (t.conf != NULL)
		conf_dump(t.conf, out);
	else
		printf("# %s\n", text_finding(&t, 0));
	text_release(&t);
}

static void
test_good(const char *name)
{
	struct strbuf once, twice;

	strbuf_init(&once, (size_t)1 << 24);
	strbuf_init(&twice, (size_t)1 << 24);
	dump_file(name, &once);
	dump_text(name, strbuf_str(&once), &twice);
	ok(once.len > 0 && str_eq(strbuf_str(&once), strbuf_str(&twice)),
	    "%s is the same after a round trip", name);
	strbuf_release(&once);
	strbuf_release(&twice);
}

/* --- bad --- */

/* What the file announces, a line each. */
static void
announced(const char *name, struct strbuf *out)
{
	struct file f;
	const char *why = "";
	struct str rest, mark = STR(MARK);

	if (file_read(&f, name, 1 << 24, &why) != 0)
		exit(99);
	for (rest = str_make(f.bytes, f.len); rest.len > 0;) {
		size_t len = str_find(rest, '\n');
		struct str line = str_head(rest, len);

		if (str_starts(line, mark)) {
			strbuf_add(out, str_skip(line, mark.len));
			strbuf_add_char(out, '\n');
		}
		rest = str_skip(rest, len + 1);
	}
	file_release(&f);
}

/* The first lines of all errors, without the name of this file. */
static void
add_errors(const char *name, const struct conf_notes *notes, struct strbuf *out)
{
	for (size_t i = 0; i < notes->count; i++) {
		struct str text = str_from(notes->note[i].text);

		if (notes->note[i].severity != CONF_ERROR)
			continue;
		text = str_head(text, str_find(text, '\n'));
		if (str_starts(text, str_from(name)))
			text = str_skip(text, strlen(name) + 1);
		strbuf_add(out, text);
		strbuf_add_char(out, '\n');
	}
}

static void
test_bad(const char *name)
{
	struct text_conf t = { 0 };
	struct strbuf want, got;

	strbuf_init(&want, 1 << 20);
	strbuf_init(&got, 1 << 20);
	announced(name, &want);
	t.conf = conf_read(name, &t.notes);
	add_errors(name, &t.notes, &got);
	ok(t.conf == NULL && want.len > 0, "%s is refused", name);
	is_str(strbuf_text(&got), strbuf_text(&want), "%s: its errors", name);
	text_release(&t);
	strbuf_release(&want);
	strbuf_release(&got);
}

static void
run(const char *folder, size_t at_least, void (*test)(const char *name))
{
	glob_t found = enter(folder);

	ok(found.gl_pathc >= at_least, "%zu %s files", found.gl_pathc, folder);
	for (size_t i = 0; i < found.gl_pathc; i++)
		test(found.gl_pathv[i]);
	globfree(&found);
}

/* What reading finds on the way: the content of error pages. */
static void
test_error_pages(void)
{
	struct text_conf t = { 0 };
	const struct conf_listener *l;
	glob_t found = enter("good");

	globfree(&found);
	t.conf = conf_read("error_pages.cfg", &t.notes);
	l = t.conf->listeners[0];
	for (size_t i = 0; i < CONF_ERROR_COUNT; i++) {
		char number[16];

		snprintf(number, sizeof(number), " %d.",
		    conf_error_statuses[i]);
		ok(l->error_text[i].p != NULL &&
			strstr(l->error_text[i].p, number) != NULL,
		    "the page of %s", number + 1);
	}
	l = t.conf->listeners[1];
	ok(l->error_text[6].p != NULL && str_empty(l->error_text[6]),
	    "/dev/null is an empty page");
	ok(str_eq(l->error_text[9], STR("before")),
	    "a page ends at the first NUL");
	ok(l->error_text[0].p == NULL, "no page is not an empty one");
	text_release(&t);
}

int
main(void)
{
	char *top = getenv("POUND_SRCDIR");
	char here[4096];

	/* what is relative now will not be after the first chdir */
	if (top != NULL && top[0] != '/') {
		if (realpath(top, here) == NULL)
			return 99;
		setenv("POUND_SRCDIR", here, 1);
	}
	run("good", 70, test_good);
	run("bad", 100, test_bad);
	test_error_pages();
	pattern_thread_release();
	return tap_done();
}
