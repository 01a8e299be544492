/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/report.h"

#include "base/log.h"
#include "base/str.h"

static struct str
first_line(const struct conf_note *n)
{
	const struct str text = str_from(n->text);

	return str_head(text, str_find(text, '\n'));
}

void
report_print(const struct conf_notes *notes)
{
	for (size_t i = 0; i < notes->count; i++) {
		const struct conf_note *n = &notes->note[i];

		if (n->severity == CONF_ERROR)
			fprintf(stderr, "%s\n", n->text);
		else
			fprintf(n->severity == CONF_WARNING ? stderr : stdout,
			    "%.*s\n", STR_ARG(first_line(n)));
	}
}

void
report_errors(FILE *out, const struct conf_notes *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		if (notes->note[i].severity == CONF_ERROR)
			fprintf(out, "%s\n", notes->note[i].text);
}

void
report_log_warnings(const struct conf_notes *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		if (notes->note[i].severity == CONF_WARNING)
			log_line(LOG_PRIO_WARNING, "%.*s",
			    STR_ARG(first_line(&notes->note[i])));
}

void
report_log_lines(const char *lines)
{
	struct str rest = str_from(lines);

	while (!str_empty(rest)) {
		const size_t end = str_find(rest, '\n');

		log_str(LOG_PRIO_ERR, str_head(rest, end));
		rest = str_skip(rest, end + 1);
	}
}
