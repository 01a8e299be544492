/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What this version reads but does not run yet: one table, from which the
 * issue that builds a row deletes it.
 */
#ifndef CONF_BUILT_H
#define CONF_BUILT_H

#include "base/arena.h"
#include "conf/conf.h"
#include "conf/directive.h"

/* Remembers the use of a directive in the tree if it is in the table. */
void built_note_use(struct conf *c, struct arena *a,
    const struct directive_value *v);

#endif
