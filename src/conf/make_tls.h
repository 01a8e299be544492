/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From the TLS settings of a block to the contexts that serve it (net/tls.h).
 * All files are read here, once; what is wrong with them is told at the
 * line that names them. Not offline. Start only.
 */
#ifndef CONF_MAKE_TLS_H
#define CONF_MAKE_TLS_H

#include "conf/builder.h"

/* At the End of a ListenHTTPS with a Cert, of a back-end with HTTPS; the
 * tree frees what is made. */
void make_tls_server(struct builder *b);
void make_tls_client(struct builder *b);

/* The list of ECDHCurve; errors are told at its line. */
void make_tls_check_curves(struct builder *b, const struct directive_value *v);

#endif
