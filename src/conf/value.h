/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The arguments of a directive against the form in its row. */
#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include "conf/builder.h"

/* Fills v from v->line by the form of v->row: false after an error. Form
 * OWN is the handler's, but for quotes that do not close. */
MUST_USE bool value_read(struct builder *b, struct directive_value *v);

/* One word as a number with these limits; reports what is wrong. For the
 * handlers of form OWN. */
MUST_USE bool value_number(struct builder *b, struct str word,
    const struct directive_form *form, uint64_t *number);

#endif
