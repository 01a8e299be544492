/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Patterns that PCRE 1 took and PCRE2 refuses: a hyphen that cannot be a
 * range ([\w-.]) and a backslash before a letter without a meaning (\i),
 * both of which it took literally. Files with them worked, so they go on
 * working.
 */
#ifndef CONF_MEND_H
#define CONF_MEND_H

#include "base/attrs.h"
#include "base/pattern.h"
#include "base/str.h"

/* NULL when it is not that, or not only that. flags as pattern_new(). */
MUST_USE struct pattern *mend_pattern(struct str text, int flags);

#endif
