/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A listing as text for people and scripts (the classic forms, B.11.2 and
 * B.11.3, to the byte), and as JSON and OpenMetrics. Texts that came from
 * elsewhere are escaped as in the log (A.5), in all forms alike; then as
 * the form wants it.
 */
#ifndef CONTROL_CTLPRINT_H
#define CONTROL_CTLPRINT_H

#include <stdbool.h>
#include <stdio.h>

#include "control/listing.h"

struct ctlprint_style {
	bool names;   /* -H: names instead of addresses, if there are any */
	bool verbose; /* list -v: a line of counters under each line */
};

void ctlprint_text(FILE *out, const struct listing *l,
    const struct ctlprint_style *style);
void ctlprint_xml(FILE *out, const struct listing *l,
    const struct ctlprint_style *style);
void ctlprint_json(FILE *out, const struct listing *l);
void ctlprint_metrics(FILE *out, const struct listing *l);

/* ------ for the forms themselves ------ */

/* Escapes like the log, then each of these bytes as says the pair that
 * begins with it: { "&&amp;", "<&lt;", NULL }. May be NULL. */
void ctlprint_escaped(FILE *out, struct str s, const char *const *pairs);
/* addr:port, or name:port with -H and where there is a name. */
void ctlprint_address(FILE *out, struct str address, bool names,
    const char *const *pairs);
/* The key of a session; what stands for a long one as "digest:HEX". */
void ctlprint_key(FILE *out, const struct record_session *s,
    const char *const *pairs);

#endif
