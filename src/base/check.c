/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/log_internal.h"

void
check_failed(const char *file, int line, const char *expr)
{
	char text[512];

	snprintf(text, sizeof(text), "%s:%d: check failed: %s", file, line,
	    expr);
	log_writer_urgent(text);
	abort();
}
