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

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/attrs.h"
#include "net/pemfile.h"
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

/* The loading of several paths into one list. */
struct cert_loader {
	struct certs *list;
	/* Certificates that may complete a chain, or NULL. */
	STACK_OF(X509) * issuers;
	struct teller *teller;
	SSL *probe; /* must take each certificate */
	struct pemfile_reader reader;
};

/* For certificates that ctx is going to use; the caller may set issuers. */
void cert_loader_init(struct cert_loader *l, struct certs *list, SSL_CTX *ctx,
    struct teller *t);
void cert_loader_release(struct cert_loader *l);

/* Adds what path names. Errors and warnings are told; after an error the
 * list is of no use but can be released. */
void cert_load(struct cert_loader *l, const char *path);
void cert_release(struct certs *list);

/* In the list, or NULL: who issued x509. */
X509 *cert_issuer(STACK_OF(X509) * list, X509 *x509);
/* Its subject, or issuer, in one line for people; in a buffer of size. */
void cert_name(const X509_NAME *name, char *text, size_t size);

#endif
