/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tells of mistakes and warnings while contexts are made (struct
 * tls_report), about one setting and one file at a time. Start only.
 */
#ifndef NET_TELLER_H
#define NET_TELLER_H

#include "base/attrs.h"
#include "net/tls.h"

struct teller {
	const struct tls_report *report;
	enum tls_setting setting;
	size_t index;
	const char *file;
	unsigned errors; /* told so far */
};

void teller_error(struct teller *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
void teller_warn(struct teller *t, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Why OpenSSL's last call failed; empties its queue. Never NULL. */
const char *teller_reason(void);

#endif
