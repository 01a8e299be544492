/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Clients' certificates: who is asked for one, which are accepted
 * (ClientCert, CAlist, VerifyList, CRLlist), and what back-ends are told
 * of them (net/tls.h).
 *
 * Mode 0 asks nobody. 1 asks, 2 insists; one that does not verify ends
 * the handshake with the alert that fits. 3 asks and takes anything.
 */
#ifndef NET_CLIENTCERT_H
#define NET_CLIENTCERT_H

#include <openssl/ssl.h>

#include "net/teller.h"

/* What files say; NULL where there is none. */
struct clientcert_lists {
	STACK_OF(X509) * anchors; /* VerifyList */
	STACK_OF(X509) * names;	  /* CAlist */
	STACK_OF(X509_CRL) * crls;
};

/* Reads them; mistakes go to t. */
void clientcert_read(struct clientcert_lists *l, const struct tls_settings *s,
    struct teller *t);
void clientcert_release(struct clientcert_lists *l);

/* Trust anchors and CRLs of a context of either side. */
void clientcert_set_trust(SSL_CTX *ctx, const struct clientcert_lists *l);
/* What a server asks for. */
void clientcert_set_server(SSL_CTX *ctx, const struct clientcert_lists *l,
    const struct tls_settings *s);
/* Digest of everything that makes two servers' rules differ. */
void clientcert_digest(const struct clientcert_lists *l,
    const struct tls_settings *s, unsigned char *digest);

/* A session is not resumed after the client's certificate has expired,
 * unless anything is taken (mode 3). */
void clientcert_limit_session(SSL *ssl);

#endif
