/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Facts of our own: check() stays on in production. A check that fails
 * writes file, line and expression to the log and aborts; the supervisor
 * starts another worker. Mistakes of peers are values, never checks.
 */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

#include "base/attrs.h"

#define check(expr) \
	(LIKELY(expr) ? (void)0 : check_failed(__FILE__, __LINE__, #expr))

NORETURN void check_failed(const char *file, int line, const char *expr);

#endif
