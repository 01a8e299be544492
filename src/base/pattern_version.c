/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/pattern_version.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stddef.h>
#include <string.h>

void
pattern_version(char *text)
{
	/* Without a place to write, PCRE2 says how much it needs. */
	const int size = pcre2_config(PCRE2_CONFIG_VERSION, NULL);

	if (size > 0 && size <= PATTERN_VERSION_MAX)
		(void)pcre2_config(PCRE2_CONFIG_VERSION, text);
	else
		memcpy(text, "unknown", sizeof("unknown"));
}
