/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a directive does otherwise than in Pound 2.8 (difference.def), for
 * people who bring a file from there. Constant but for the builder.
 */
#ifndef CONF_DIFFERENCE_H
#define CONF_DIFFERENCE_H

#include "conf/builder.h"

/* Adds a note of CONF_DIFFERENCE for each row that this line is the first
 * of; nothing unless the notes ask for differences. */
void difference_tell(struct builder *b, const struct directive_value *v);

#endif
