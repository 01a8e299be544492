/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/date.h"

#include <stdbool.h>
#include <stdlib.h>

/* Texts of our own: strftime would ask the locale. */
static const char day_name[] = "SunMonTueWedThuFriSat";
static const char month_name[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

static char *
put_name(char *p, const char *names, int which)
{
	memcpy(p, names + 3 * which, 3);
	return p + 3;
}

/* n as width digits, then the separator. */
static char *
put_number(char *p, int n, int width, char behind)
{
	int i;

	for (i = width - 1; i >= 0; i--) {
		p[i] = (char)('0' + n % 10);
		n /= 10;
	}
	p[width] = behind;
	return p + width + 1;
}

/* "+0100" */
static char *
put_zone(char *p, long east_seconds)
{
	int minutes = (int)(labs(east_seconds) / 60);

	*p++ = east_seconds < 0 ? '-' : '+';
	p = put_number(p, minutes / 60 * 100 + minutes % 60, 4, ' ');
	return p - 1;
}

static char *
put_clock(char *p, const struct tm *tm, char behind)
{
	p = put_number(p, tm->tm_hour, 2, ':');
	p = put_number(p, tm->tm_min, 2, ':');
	return put_number(p, tm->tm_sec, 2, behind);
}

/*
 * The local time of t. The C library takes a lock that all threads share
 * and walks the zone's table: once a second and thread is enough.
 */
static const struct tm *
local_time(time_t t)
{
	static _Thread_local struct tm tm; /* a cache */
	static _Thread_local time_t of;
	static _Thread_local bool valid;

	if (valid && of == t)
		return &tm;
	valid = localtime_r(&t, &tm) != NULL;
	if (!valid)
		memset(&tm, 0, sizeof(tm));
	of = t;
	return &tm;
}

void
date_add_http(struct fixbuf *out, time_t t)
{
	char text[sizeof("Sun, 22 Nov 2026 23:33:30 GMT")];
	struct tm tm;
	char *p = text;

	if (gmtime_r(&t, &tm) == NULL)
		return;
	p = put_name(p, day_name, tm.tm_wday);
	*p++ = ',';
	*p++ = ' ';
	p = put_number(p, tm.tm_mday, 2, ' ');
	p = put_name(p, month_name, tm.tm_mon);
	*p++ = ' ';
	p = put_number(p, tm.tm_year + 1900, 4, ' ');
	p = put_clock(p, &tm, ' ');
	fixbuf_add(out, str_make(text, (size_t)(p - text)));
	fixbuf_add(out, STR("GMT"));
}

void
date_add_clf(struct fixbuf *out, time_t t)
{
	char text[sizeof("22/Nov/2026:23:33:30 +0000 ")];
	const struct tm *tm = local_time(t);
	char *p = text;

	p = put_number(p, tm->tm_mday, 2, '/');
	p = put_name(p, month_name, tm->tm_mon);
	*p++ = '/';
	p = put_number(p, tm->tm_year + 1900, 4, ':');
	p = put_clock(p, tm, ' ');
	p = put_zone(p, tm->tm_gmtoff);
	fixbuf_add(out, str_make(text, (size_t)(p - text)));
}

void
date_add_iso(struct fixbuf *out, time_t t, unsigned ms)
{
	char text[sizeof("2026-11-22T23:33:34.123+0000 ")];
	const struct tm *tm = local_time(t);
	char *p = text;

	p = put_number(p, tm->tm_year + 1900, 4, '-');
	p = put_number(p, tm->tm_mon + 1, 2, '-');
	p = put_number(p, tm->tm_mday, 2, 'T');
	p = put_clock(p, tm, '.');
	p = put_number(p, (int)(ms % 1000), 3, ' ');
	p = put_zone(p - 1, tm->tm_gmtoff);
	fixbuf_add(out, str_make(text, (size_t)(p - text)));
}
