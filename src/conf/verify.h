/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can only be seen when the whole tree is there. */
#ifndef CONF_VERIFY_H
#define CONF_VERIFY_H

#include "conf/conf.h"

/* last: of the last line read, for what is missing altogether. */
void verify_tree(const struct conf *c, struct conf_place last,
    struct conf_notes *notes);

#endif
