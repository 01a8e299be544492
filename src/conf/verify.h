/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What can only be seen at the End of a block or of the file: something
 * is missing, or two things do not go together. Findings only; the tree
 * is not changed.
 */
#ifndef CONF_VERIFY_H
#define CONF_VERIFY_H

#include "conf/builder.h"

/* The block that is about to be closed. */
void verify_listener(struct builder *b);
void verify_backend(struct builder *b);
void verify_session(struct builder *b);

/* The whole tree, when there was no error. */
void verify_tree(struct builder *b);

#endif
