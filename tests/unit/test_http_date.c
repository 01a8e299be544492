/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dates, against strftime() and in several zones. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/attrs.h"
#include "http/date.h"
#include "tap.h"

#define T 1795390410 /* Sun, 22 Nov 2026 23:33:30 GMT */

static void
is_date(const char *want, void (*add)(struct fixbuf *, time_t), time_t t)
{
	char memory[64];
	struct fixbuf out;

	fixbuf_init(&out, memory, sizeof(memory));
	add(&out, t);
	is_mem(out.p, out.len, want, strlen(want), "%s", want);
}

static void
add_iso_007(struct fixbuf *out, time_t t)
{
	date_add_iso(out, t, 7);
}

/* Each month, each day of the week, each hour: as strftime() has it. */
static void
test_many(void)
{
	char memory[64], want[64];
	struct fixbuf out;
	struct tm tm;
	time_t t;
	int wrong = 0;

	for (t = 0; t < (time_t)1 << 32; t += 1000003) {
		gmtime_r(&t, &tm);
		strftime(want, sizeof(want), "%a, %d %b %Y %H:%M:%S GMT", &tm);
		fixbuf_init(&out, memory, sizeof(memory));
		date_add_http(&out, t);
		wrong += !str_eq(fixbuf_str(&out), str_from(want));
		localtime_r(&t, &tm);
		strftime(want, sizeof(want), "%d/%b/%Y:%H:%M:%S %z", &tm);
		fixbuf_init(&out, memory, sizeof(memory));
		date_add_clf(&out, t);
		wrong += !str_eq(fixbuf_str(&out), str_from(want));
		strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%S.007%z", &tm);
		fixbuf_init(&out, memory, sizeof(memory));
		date_add_iso(&out, t, 7);
		wrong += !str_eq(fixbuf_str(&out), str_from(want));
	}
	is_int(wrong, 0, "136 years in %s", getenv("TZ"));
}

int
main(void)
{
	/* the time of the zone is kept for the second it was asked for */
	setenv("TZ", "UTC0", 1);
	tzset();
	is_date("Sun, 22 Nov 2026 23:33:30 GMT", date_add_http, T);
	is_date("Thu, 01 Jan 1970 00:00:00 GMT", date_add_http, 0);
	is_date("22/Nov/2026:23:33:30 +0000", date_add_clf, T);
	is_date("2026-11-22T23:33:30.007+0000", add_iso_007, T);
	test_many();
	setenv("TZ", "IST-5:30", 1);
	tzset();
	is_date("23/Nov/2026:05:03:31 +0530", date_add_clf, T + 1);
	is_date("2026-11-23T05:03:31.007+0530", add_iso_007, T + 1);
	test_many();
	setenv("TZ", "NST3:30NDT,M3.2.0,M11.1.0", 1);
	tzset();
	is_date("22/Nov/2026:20:03:32 -0330", date_add_clf, T + 2);
	is_date("Sun, 22 Nov 2026 23:33:32 GMT", date_add_http, T + 2);
	test_many();
	return tap_done();
}
