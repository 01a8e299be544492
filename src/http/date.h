/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times as text: IMF-fixdate (RFC 9110 5.6.7) and those of the log. */
#ifndef HTTP_DATE_H
#define HTTP_DATE_H

#include <time.h>

#include "base/fixbuf.h"

/* "Sun, 22 Nov 2026 23:33:30 GMT" */
void date_add_http(struct fixbuf *out, time_t t);
/* "22/Nov/2026:23:33:30 +0000", local zone (B.10.2) */
void date_add_clf(struct fixbuf *out, time_t t);
/* "2026-11-22T23:33:34.123+0000", local zone, milliseconds (level 6) */
void date_add_iso(struct fixbuf *out, time_t t, unsigned ms);

#endif
