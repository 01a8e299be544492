/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/attrs.h"
#include "base/log.h"
#include "base/outcome.h"
#include "support/dies.h"
#include "unit/tap.h"

/* What every row promises, by the contract of the table. */
static void
test_row(enum outcome o)
{
	const char *name = outcome_name(o);
	const char *words = outcome_words(o);
	int status = outcome_status(o);
	int prio = outcome_priority(o);

	ok(name[0] != '\0' &&
		strspn(name, "abcdefghijklmnopqrstuvwxyz_") == strlen(name),
	    "%s: lower case", name);
	ok(status == 0 || (status >= 400 && status <= 599),
	    "%s: status %d is an error or none", name, status);
	ok(prio == 0 || prio == LOG_PRIO_NOTICE || prio == LOG_PRIO_WARNING,
	    "%s: priority %d", name, prio);
	ok(words != NULL && words[0] != '\0', "%s: has words", name);
}

static bool
names_differ(void)
{
	for (int a = 0; a < OUTCOME_COUNT; a++)
		for (int b = 0; b < a; b++)
			if (strcmp(outcome_name((enum outcome)a),
				outcome_name((enum outcome)b)) == 0)
				return false;
	return true;
}

static void
ask_beyond(void)
{
	outcome_words(OUTCOME_COUNT);
}

int
main(void)
{
	ok(dies(ask_beyond, "ARRAY_LEN(rows)"), "there is no more");
	is_int(OUTCOME_OK, 0, "success is zero");
	for (int o = 0; o < OUTCOME_COUNT; o++)
		test_row((enum outcome)o);
	ok(names_differ(), "no name twice");
	is_str(outcome_name(OUTCOME_OK), "ok", "a short name");
	is_str(outcome_name(OUTCOME_RESPONSE_INTERIM_MANY),
	    "response_interim_many", "a long name");
	is_int(outcome_status(OUTCOME_OK), 0, "no status of its own");
	is_int(outcome_priority(OUTCOME_OK), 0, "and no line");
	is_int(outcome_status(OUTCOME_NO_SERVICE), 503, "a status");
	is_int(outcome_priority(OUTCOME_METHOD_UNKNOWN), LOG_PRIO_WARNING,
	    "a priority");
	is_str(outcome_words(OUTCOME_NO_SERVICE), "no service matches",
	    "words");
	return tap_done();
}
