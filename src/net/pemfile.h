/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The blocks of a PEM file in file order: certificates, keys, CRLs. Others
 * (DH or EC parameters) are passed over. Nothing prompts: an encrypted key
 * is a kind of its own. Blocking, at start only.
 */
#ifndef NET_PEMFILE_H
#define NET_PEMFILE_H

#include <stdbool.h>

#include <openssl/bio.h>
#include <openssl/x509.h>

#include "base/attrs.h"
#include "net/teller.h"

enum pemfile_kind {
	PEMFILE_END,
	PEMFILE_BROKEN, /* as END: a block is damaged, what follows unread */
	PEMFILE_CERTIFICATE,
	PEMFILE_KEY,
	PEMFILE_ENCRYPTED_KEY,
	PEMFILE_CRL,
	PEMFILE_BAD, /* one of these, but OpenSSL cannot read it */
};

struct pemfile {
	BIO *bio;
	bool exposed; /* group or others may read the file */
};

/* What the caller owns after pemfile_next(), by its kind. */
struct pemfile_block {
	X509 *x509;
	EVP_PKEY *key;
	X509_CRL *crl;
};

/* False after an error was told. */
MUST_USE bool pemfile_open(struct pemfile *f, const char *path,
    struct teller *t);
void pemfile_close(struct pemfile *f);
enum pemfile_kind pemfile_next(struct pemfile *f, struct pemfile_block *b);

/*
 * All certificates (CRLs) of a file, at least one: added to the stack.
 * False after an error was told.
 */
MUST_USE bool pemfile_certificates(const char *path, STACK_OF(X509) * to,
    struct teller *t);
MUST_USE bool pemfile_crls(const char *path, STACK_OF(X509_CRL) * to,
    struct teller *t);

#endif
