/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Configuration text, read offline: no input may crash the reader, every
 * refusal says why, and what is accepted survives a dump and a second
 * reading unchanged.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "conf/conf.h"
#include "conf/reader.h"

#define DUMP_MAX ((size_t)64 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
fail(const char *words, struct str text)
{
	fprintf(stderr, "%s:\n%.*s\n", words, STR_ARG(text));
	abort();
}

static void
check_notes(const struct conf *c, const struct conf_notes *notes)
{
	if ((c == NULL) != (notes->errors > 0) ||
	    notes->errors + notes->warnings != notes->count)
		fail("errors and tree do not go together", STR_NONE);
	for (size_t i = 0; i < notes->count; i++) {
		const char *text = notes->note[i].text;

		for (const char *p = text; *p != '\0'; p++)
			if ((unsigned char)*p < 0x20 && *p != '\n' &&
			    *p != '\t')
				fail("a control character", str_from(text));
		if (strstr(text, " line ") == NULL)
			fail("a finding without a place", str_from(text));
	}
}

/* False when the text is refused. */
static bool
read_and_dump(struct str text, struct strbuf *dump)
{
	struct reader_input in = { .file = "fuzz.cfg",
		.from_text = true,
		.text = text,
		.offline = true };
	struct conf_notes notes = { 0 };
	struct conf *c = reader_run(&in, &notes);
	bool good = c != NULL;

	check_notes(c, &notes);
	if (good)
		conf_dump(c, dump);
	conf_free(c);
	conf_notes_release(&notes);
	return good;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strbuf once, twice;

	strbuf_init(&once, DUMP_MAX);
	strbuf_init(&twice, DUMP_MAX);
	if (read_and_dump(str_make((const char *)data, size), &once)) {
		if (!read_and_dump(strbuf_str(&once), &twice))
			fail("the dump is refused", strbuf_str(&once));
		if (!str_eq(strbuf_str(&once), strbuf_str(&twice)))
			fail("the dump of the dump differs", strbuf_str(&once));
	}
	strbuf_release(&once);
	strbuf_release(&twice);
	return 0;
}
