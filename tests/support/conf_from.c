/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/conf_from.h"

#include <stdio.h>
#include <stdlib.h>

#include "conf/reader.h"

struct conf *
conf_from(const char *text)
{
	const struct reader_input in = { .file = "test.cfg",
		.from_text = true,
		.text = str_from(text),
		.offline = true };
	struct conf_notes notes = { 0 };
	struct conf *conf = reader_run(&in, &notes);

	for (size_t i = 0; i < notes.count; i++)
		printf("# %s\n", notes.note[i].text);
	conf_notes_release(&notes);
	if (conf == NULL) {
		puts("Bail out! the configuration of the test is refused");
		exit(99);
	}
	return conf;
}
