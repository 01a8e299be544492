/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Versions, ciphers and curves of a context. What the old program ignored
 * (a list that matches nothing) is a warning and the default here.
 */
#ifndef NET_TLS_CIPHER_H
#define NET_TLS_CIPHER_H

#include <openssl/ssl.h>

#include "net/teller.h"

enum tls_side { TLS_SERVER, TLS_CLIENT };

void tls_set_protocol(SSL_CTX *ctx, const struct tls_settings *s,
    enum tls_side side, struct teller *t);

#endif
