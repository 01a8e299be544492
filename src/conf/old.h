/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Directives of other versions of Pound (old.def). Constant. */
#ifndef CONF_OLD_H
#define CONF_OLD_H

#include "base/str.h"

struct old_directive {
	const char *name;
	const char *end;   /* what ends the block it opens, or NULL */
	const char *words; /* "a directive of Pound 1, gone since ..." */
};

/* NULL when the name (without case) is none of them. */
const struct old_directive *old_find(struct str name);

#endif
