/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tree as configuration text that gives an equal tree: every value
 * that blocks take over from the global part stands in each block, so
 * that the order of the text does not matter more than it must.
 */
#ifndef CONF_DUMP_H
#define CONF_DUMP_H

#include "base/strbuf.h"
#include "conf/conf.h"

void dump_tree(const struct conf *c, struct strbuf *out);

#endif
