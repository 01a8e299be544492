/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "conf/notes.h"

#include <stdarg.h>

#include "base/mem.h"
#include "base/strbuf.h"

#define MESSAGE_MAX 1024
#define NOTE_MAX 8192
/* A long line is shown from LEAD bytes before the word, WINDOW bytes. */
#define LEAD ((size_t)60)
#define WINDOW ((size_t)150)
#define MARK_MAX ((size_t)72)
#define INDENT "    "

/* Bytes 2 to 4 of a UTF-8 character: no column of their own. */
static bool
continues(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static bool
control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

static size_t
columns(struct str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += !continues(s.p[i]);
	return n;
}

static void
add_clean(struct strbuf *out, struct str s, char tab)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i] == '\t' ? tab : s.p[i];

		strbuf_add_char(out, control(c) && c != '\t' ? '?' : c);
	}
}

static void
add_where(struct strbuf *out, const struct notes_finding *f)
{
	if (f->word.p != NULL && f->line.p != NULL) {
		size_t before = (size_t)(f->word.p - f->line.p);

		strbuf_addf(out, " (column %zu",
		    columns(str_head(f->line, before)) + 1);
	} else if (f->meant == NULL) {
		return;
	} else {
		strbuf_addf(out, " (");
	}
	if (f->meant != NULL)
		strbuf_addf(out, "%sdid you mean %s?",
		    f->word.p != NULL && f->line.p != NULL ? "; " : "",
		    f->meant);
	strbuf_add_char(out, ')');
}

/* Blanks up to the word, tabs where the line has tabs, then ^~~~ */
static void
add_mark(struct strbuf *out, struct str before, struct str word)
{
	size_t width = columns(word);

	for (size_t i = 0; i < before.len; i++)
		if (!continues(before.p[i]))
			strbuf_add_char(out, before.p[i] == '\t' ? '\t' : ' ');
	strbuf_add_char(out, '^');
	if (width > MARK_MAX)
		width = MARK_MAX;
	for (size_t i = 1; i < width; i++)
		strbuf_add_char(out, '~');
}

static void
add_source(struct strbuf *out, const struct notes_finding *f)
{
	size_t at = f->word.p != NULL ? (size_t)(f->word.p - f->line.p) : 0;
	size_t from = at > LEAD + 20 ? at - LEAD : 0;
	struct str shown, word = f->word.p != NULL ? f->word : f->line;
	const char *dots = from > 0 ? "..." : "";

	while (from > 0 && from < f->line.len && continues(f->line.p[from]))
		from++;
	shown = str_make(f->line.p + from, f->line.len - from);
	strbuf_addf(out, "\n" INDENT "%s", dots);
	add_clean(out, str_head(shown, WINDOW), '\t');
	strbuf_addf(out, "%s\n" INDENT "%s", shown.len > WINDOW ? "..." : "",
	    from > 0 ? "   " : "");
	add_mark(out, str_head(shown, at - from),
	    str_head(word, WINDOW - (at - from)));
}

static char *
compose(const struct notes_finding *f, struct str message)
{
	struct strbuf out;
	char *text;

	strbuf_init(&out, NOTE_MAX);
	add_clean(&out, str_from(f->place.file), ' ');
	strbuf_addf(&out, " line %u: ", f->place.line);
	add_clean(&out, message, ' ');
	add_where(&out, f);
	if (f->severity == CONF_ERROR) {
		if (f->line.p != NULL)
			add_source(&out, f);
		if (f->expected != NULL)
			strbuf_addf(&out, "\nexpected: %s", f->expected);
	}
	text = mem_copy_text(strbuf_text(&out));
	strbuf_release(&out);
	return text;
}

void
notes_add(struct conf_notes *notes, const struct notes_finding *f,
    const char *fmt, ...)
{
	struct strbuf message;
	va_list args;

	strbuf_init(&message, MESSAGE_MAX);
	va_start(args, fmt);
	strbuf_addv(&message, fmt, args);
	va_end(args);
	if ((notes->count & (notes->count - 1)) == 0)
		notes->note = mem_resize(notes->note,
		    notes->count > 0 ? notes->count * 2 : 1,
		    sizeof(notes->note[0]));
	notes->note[notes->count++] = (struct conf_note){ f->severity,
		compose(f, strbuf_str(&message)) };
	if (f->severity == CONF_ERROR)
		notes->errors++;
	else if (f->severity == CONF_WARNING)
		notes->warnings++;
	strbuf_release(&message);
}

void
conf_notes_release(struct conf_notes *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		mem_free(notes->note[i].text);
	mem_free(notes->note);
	*notes = (struct conf_notes){ 0 };
}
