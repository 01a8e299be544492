/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SUPPORT_TLS_CERTS_H
#define SUPPORT_TLS_CERTS_H

/*
 * Certificates of any kind for tests, made through OpenSSL, and PEM files
 * of them in a folder that goes when the program ends.
 *
 *	struct tls_made ca = tls_make(&(struct tls_wish){ .subject = "CN=ca",
 *	    .ca = true });
 *	struct tls_made leaf = tls_make(&(struct tls_wish){
 *	    .subject = "C=DE,CN=a", .dns = "a.test b.test", .issuer = &ca });
 *
 *	tls_write("a.pem", TLS_CERT(leaf), TLS_KEY(leaf), TLS_CERT(ca));
 *	use(tls_path("a.pem"));
 */
#include <stdbool.h>
#include <stddef.h>

#include <openssl/x509.h>

struct tls_made {
	X509 *x509;
	EVP_PKEY *key;
};

struct tls_wish {
	const char *subject;	       /* "C=DE,CN=x": no commas in values */
	const char *dns;	       /* names with a blank between them */
	const struct tls_made *issuer; /* NULL: itself */
	int from_days, to_days;	       /* from now; 0 0: yesterday to 30 */
	bool ca;
	int rsa_bits;	    /* 0: P-256 */
	const char *serial; /* decimal; NULL: a number of its own */
	/* one more part of the subject, bytes as they are */
	const char *field;
	int type; /* V_ASN1_UTF8STRING ... */
	const char *bytes;
	int bytes_len;
};

struct tls_made tls_make(const struct tls_wish *w);
void tls_release(struct tls_made *m);

/* A path in the folder; good until the 64th next call. */
const char *tls_path(const char *name);
const char *tls_folder(void);

enum tls_part_kind { PART_CERT, PART_KEY, PART_SECRET, PART_CRL, PART_TEXT };
struct tls_part {
	enum tls_part_kind kind;
	const void *what;
};
#define TLS_CERT(m) ((struct tls_part){ PART_CERT, (m).x509 })
#define TLS_KEY(m) ((struct tls_part){ PART_KEY, (m).key })
#define TLS_SECRET(m) ((struct tls_part){ PART_SECRET, (m).key })
#define TLS_TEXT(text) ((struct tls_part){ PART_TEXT, (text) })
#define TLS_CRL(crl) ((struct tls_part){ PART_CRL, (crl) })

/* The file has these blocks in this order, and mode 0600. */
#define tls_write(name, ...) \
	tls_write_parts(name, (struct tls_part[]){ __VA_ARGS__ }, \
	    sizeof((struct tls_part[]){ __VA_ARGS__ }) / \
		sizeof(struct tls_part))
void tls_write_parts(const char *name, const struct tls_part *part,
    size_t count);
void tls_write_bytes(const char *name, const void *bytes, size_t len);

/* A CRL that revokes one certificate (or none, NULL), good to_days. */
X509_CRL *tls_make_crl(const struct tls_made *issuer, const X509 *revoked,
    int to_days);

/* Writes an OCSP response: status is V_OCSP_CERTSTATUS_*. */
void tls_write_ocsp(const char *name, const struct tls_made *about,
    const struct tls_made *issuer, int status, int to_days);

#endif
