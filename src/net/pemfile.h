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
#include <openssl/decoder.h>
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

/*
 * What makes thousands of files quick: OpenSSL's decoder of keys, which
 * takes ten times longer to make than to use, and certificates that many
 * files have in common, which are kept once.
 */
#define PEMFILE_KNOWN 64
#define PEMFILE_ID 32 /* SHA-256 */

struct pemfile_reader {
	OSSL_DECODER_CTX *decoder;
	EVP_PKEY *key; /* the decoder's result */
	struct pemfile_known {
		X509 *x509;
		unsigned char id[PEMFILE_ID];
	} known[PEMFILE_KNOWN];
	unsigned count;
};

void pemfile_reader_init(struct pemfile_reader *r);
void pemfile_reader_release(struct pemfile_reader *r);
/* Is likely to come again. */
void pemfile_remember(struct pemfile_reader *r, X509 *x509);

struct pemfile {
	struct pemfile_reader *reader;
	BIO *bio;
	bool exposed; /* group or others may read the file */
};

/* What the caller owns after pemfile_next(), by its kind. */
struct pemfile_block {
	X509 *x509;
	EVP_PKEY *key;
	X509_CRL *crl;
};

/* False after an error was told. reader may be NULL: certificates and
 * CRLs only. */
MUST_USE bool pemfile_open(struct pemfile *f, const char *path,
    struct pemfile_reader *reader, struct teller *t);
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
