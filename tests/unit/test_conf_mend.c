/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/attrs.h"
#include "conf/mend.h"
#include "unit/tap.h"

static const struct {
	const char *text;
	const char *matches; /* NULL: the pattern stays bad */
	const char *misses;
} patterns[] = {
	{ "^[\\w-.]+$", "a-b.c", "a+b" },
	{ "^[\\w-\\.]+$", "a-b.c", "a/b" },
	{ "^[a-\\d]+$", "a-5", "b" },
	{ "^[\\d-z]+$", "5-z", "y" },
	{ "^[[:alpha:]-z]+$", "a-z", "5" },
	{ "^\\yes$", "yes", "es" },
	{ "^\\y[\\w-.]\\i$", "y-i", "yi" },
	{ "(a", NULL, NULL },
	{ "[z-a]", NULL, NULL },
	{ "*", NULL, NULL },
	{ "[\\w-.](", NULL, NULL },
	{ "\\", NULL, NULL },
	{ "", "", NULL },
};

int
main(void)
{
	for (size_t i = 0; i < ARRAY_LEN(patterns); i++) {
		struct str text = str_from(patterns[i].text);
		struct pattern *p = mend_pattern(text, 0);

		tap_input(text.p, text.len);
		is_int(p != NULL, patterns[i].matches != NULL,
		    "pattern %zu can be mended", i);
		if (p == NULL)
			continue;
		is_int(pattern_match(p, str_from(patterns[i].matches), NULL),
		    PATTERN_MATCH, "pattern %zu matches", i);
		if (patterns[i].misses != NULL)
			is_int(pattern_match(p, str_from(patterns[i].misses),
				   NULL),
			    PATTERN_NO_MATCH, "pattern %zu misses", i);
		pattern_free(p);
	}
	pattern_thread_release();
	return tap_done();
}
