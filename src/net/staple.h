/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * OCSP stapling (RFC 6066, 8) from a file: NAME.ocsp beside NAME holds the
 * response in DER. One that is not good for the certificate is left out
 * with a warning, never fatal; at run time it is left out when its
 * nextUpdate has passed.
 */
#ifndef NET_STAPLE_H
#define NET_STAPLE_H

#include <openssl/ssl.h>

#include "net/cert.h"

/* t->file is the certificate's file. */
void staple_load(struct cert *c, STACK_OF(X509) * issuers, struct teller *t);

/* Gives the client the response for the one of these (NULLs among them)
 * that it gets, if there is a good one: an SSL_TLSEXT_ERR_* for OpenSSL. */
int staple_send(SSL *ssl, const struct cert *const *certs, size_t count);

#endif
