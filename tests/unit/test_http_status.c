/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statuses. */
#include <limits.h>
#include <string.h>

#include "base/outcome.h"
#include "http/status.h"
#include "tap.h"

int
main(void)
{
	int status, bodiless = 0, o, unknown = 0;
	const char *p;

	is_str(status_reason(200), "OK", "200");
	is_str(status_reason(404), "Not Found", "404");
	is_str(status_reason(100), "Continue", "100");
	is_str(status_reason(511), "Network Authentication Required", "511");
	is_str(status_reason(299), "Unknown", "299");
	is_str(status_reason(599), "Unknown", "599");
	is_str(status_reason(600), "Unknown", "600");
	is_str(status_reason(99), "Unknown", "99");
	is_str(status_reason(INT_MIN), "Unknown", "no number of a status");
	for (status = 0; status < 1000; status++) {
		bodiless += status_without_body(status);
		for (p = status_reason(status); *p != '\0'; p++)
			if (*p < ' ' || *p > '~')
				ok(false, "reason of %d", status);
	}
	is_int(bodiless, 102, "100 to 199, 204 and 304 have no body");
	ok(status_without_body(100) && status_without_body(199), "1xx");
	ok(status_without_body(204) && status_without_body(304), "204, 304");
	ok(!status_without_body(305) && !status_without_body(306),
	    "not 305, 306");
	for (o = 0; o < OUTCOME_COUNT; o++)
		unknown += outcome_status((enum outcome)o) != 0 &&
		    strcmp(status_reason(outcome_status((enum outcome)o)),
			"Unknown") == 0;
	is_int(unknown, 0, "every status that we make has a reason");
	return tap_done();
}
