/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the readers of blocks offer each other and the builder. The
 * handlers of the directives themselves are declared by directive.def; a
 * file read_X.c holds those of one kind of block.
 */
#ifndef CONF_READ_H
#define CONF_READ_H

#include "conf/builder.h"

/* Defaults of a new tree, and what later blocks get. */
void read_global_init(struct builder *b);

/* End of a block: what is missing, what does not go together. */
void read_listener_close(struct builder *b);
void read_backend_close(struct builder *b);
void read_session_close(struct builder *b);
/* The TLS part of a listener or back-end; server is its place. */
void read_tls_close(struct builder *b, struct conf_tls *tls);

#endif
