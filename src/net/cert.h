/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Certificates with their keys, as Cert names them: a file, a folder or a
 * glob (both sorted). In each file the PEM blocks stand in any order: a
 * certificate that fits a key is the server's, the others are its chain.
 * Loaded at the start, immutable afterwards.
 */
#ifndef NET_CERT_H
#define NET_CERT_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include <openssl/x509.h>

#include "base/attrs.h"
#include "net/teller.h"

#define CERT_ID_SIZE 32

struct cert {
	X509 *x509;
	EVP_PKEY *key;
	STACK_OF(X509) * chain;		/* without x509; from its issuer up */
	unsigned char id[CERT_ID_SIZE]; /* SHA-256 of x509 */
	unsigned char *staple;		/* an OCSP response in DER, or NULL */
	size_t staple_len;
	time_t staple_until; /* its nextUpdate; 0: none */
};

struct certs {
	struct cert **cert; /* in file order */
	size_t count;
};

/*
 * Adds what path names. issuers (may be NULL) are certificates that may
 * complete a chain. Errors and warnings go to t; after an error the list
 * is of no use but can be released.
 */
void cert_load(struct certs *list, const char *path, STACK_OF(X509) * issuers,
    struct teller *t);
void cert_release(struct certs *list);

/* In the list, or NULL: who issued x509. */
X509 *cert_issuer(STACK_OF(X509) * list, X509 *x509);
/* Its subject, or issuer, in one line for people; in a buffer of size. */
void cert_name(const X509_NAME *name, char *text, size_t size);

#endif
