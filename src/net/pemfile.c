/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/pemfile.h"

#include <errno.h>
#include <string.h>

#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/check.h"
#include "base/str.h"

/* What PEM_read_bio() found. */
struct raw {
	char *label, *header;
	unsigned char *bytes;
	long len;
};

bool
pemfile_open(struct pemfile *f, const char *path, struct teller *t)
{
	struct stat st;

	t->file = path;
	f->bio = NULL;
	if (stat(path, &st) != 0) {
		teller_error(t, "%s", strerror(errno));
		return false;
	}
	if (S_ISDIR(st.st_mode)) {
		teller_error(t, "%s", strerror(EISDIR));
		return false;
	}
	f->exposed = S_ISREG(st.st_mode) && (st.st_mode & 044) != 0;
	f->bio = BIO_new_file(path, "r");
	if (f->bio == NULL)
		teller_error(t, "%s", strerror(errno));
	ERR_clear_error();
	return f->bio != NULL;
}

void
pemfile_close(struct pemfile *f)
{
	BIO_free(f->bio);
}

/* --- One block --- */

static enum pemfile_kind
read_certificate(const struct raw *r, struct pemfile_block *b)
{
	const unsigned char *p = r->bytes;

	b->x509 = strcmp(r->label, PEM_STRING_X509_TRUSTED) == 0
	    ? d2i_X509_AUX(NULL, &p, r->len)
	    : d2i_X509(NULL, &p, r->len);
	return b->x509 != NULL ? PEMFILE_CERTIFICATE : PEMFILE_BAD;
}

static enum pemfile_kind
read_crl(const struct raw *r, struct pemfile_block *b)
{
	const unsigned char *p = r->bytes;

	b->crl = d2i_X509_CRL(NULL, &p, r->len);
	return b->crl != NULL ? PEMFILE_CRL : PEMFILE_BAD;
}

static enum pemfile_kind
read_key(const struct raw *r, struct pemfile_block *b)
{
	const unsigned char *p = r->bytes;

	if (strcmp(r->label, PEM_STRING_PKCS8) == 0 ||
	    strstr(r->header, "ENCRYPTED") != NULL)
		return PEMFILE_ENCRYPTED_KEY;
	b->key = d2i_AutoPrivateKey(NULL, &p, r->len);
	return b->key != NULL ? PEMFILE_KEY : PEMFILE_BAD;
}

/* PEMFILE_END: not one of ours. */
static enum pemfile_kind
read_block(const struct raw *r, struct pemfile_block *b)
{
	static const char key[] = "PRIVATE KEY";
	const size_t len = strlen(r->label);

	if (strcmp(r->label, PEM_STRING_X509) == 0 ||
	    strcmp(r->label, PEM_STRING_X509_OLD) == 0 ||
	    strcmp(r->label, PEM_STRING_X509_TRUSTED) == 0)
		return read_certificate(r, b);
	if (strcmp(r->label, PEM_STRING_X509_CRL) == 0)
		return read_crl(r, b);
	if (len >= sizeof(key) - 1 &&
	    strcmp(r->label + len - (sizeof(key) - 1), key) == 0)
		return read_key(r, b);
	return PEMFILE_END;
}

/* After PEM_read_bio() failed: text without another block is the end. */
static enum pemfile_kind
end_of_file(void)
{
	const bool end = ERR_GET_REASON(ERR_peek_last_error()) ==
	    PEM_R_NO_START_LINE;

	ERR_clear_error();
	return end ? PEMFILE_END : PEMFILE_BROKEN;
}

enum pemfile_kind
pemfile_next(struct pemfile *f, struct pemfile_block *b)
{
	enum pemfile_kind kind;
	struct raw r;

	do {
		*b = (struct pemfile_block){ 0 };
		ERR_clear_error();
		if (PEM_read_bio(f->bio, &r.label, &r.header, &r.bytes,
			&r.len) != 1)
			return end_of_file();
		kind = read_block(&r, b);
		OPENSSL_free(r.label);
		OPENSSL_free(r.header);
		OPENSSL_clear_free(r.bytes, (size_t)r.len);
	} while (kind == PEMFILE_END);
	return kind;
}

/* --- Whole files --- */

static void
free_block(struct pemfile_block *b)
{
	X509_free(b->x509);
	EVP_PKEY_free(b->key);
	X509_CRL_free(b->crl);
}

/* What of b the caller wants, or NULL. */
static void
keep(struct pemfile_block *b, STACK_OF(X509) * certs, STACK_OF(X509_CRL) * crls)
{
	if (b->x509 != NULL && certs != NULL) {
		check(sk_X509_push(certs, b->x509) > 0);
		b->x509 = NULL;
	}
	if (b->crl != NULL && crls != NULL) {
		check(sk_X509_CRL_push(crls, b->crl) > 0);
		b->crl = NULL;
	}
}

static enum pemfile_kind
read_all(struct pemfile *f, STACK_OF(X509) * certs, STACK_OF(X509_CRL) * crls)
{
	enum pemfile_kind kind;
	struct pemfile_block b;

	do {
		kind = pemfile_next(f, &b);
		keep(&b, certs, crls);
		free_block(&b);
	} while (kind > PEMFILE_BROKEN && kind != PEMFILE_BAD);
	return kind;
}

/* A list that is not read to its end would be less than was meant. */
static bool
finish(struct pemfile *f, enum pemfile_kind last, bool found, const char *what,
    struct teller *t)
{
	const unsigned errors = t->errors;

	pemfile_close(f);
	if (last == PEMFILE_BAD)
		teller_error(t, "a %s in it cannot be read: %s", what,
		    teller_reason());
	else if (last == PEMFILE_BROKEN)
		teller_error(t, "a PEM block in it has no proper end");
	else if (!found)
		teller_error(t, "there is no %s in it (PEM)", what);
	ERR_clear_error();
	return t->errors == errors;
}

bool
pemfile_certificates(const char *path, STACK_OF(X509) * to, struct teller *t)
{
	const int before = sk_X509_num(to);
	struct pemfile f;
	enum pemfile_kind last;

	if (!pemfile_open(&f, path, t))
		return false;
	last = read_all(&f, to, NULL);
	return finish(&f, last, sk_X509_num(to) > before, "certificate", t);
}

bool
pemfile_crls(const char *path, STACK_OF(X509_CRL) * to, struct teller *t)
{
	const int before = sk_X509_CRL_num(to);
	struct pemfile f;
	enum pemfile_kind last;

	if (!pemfile_open(&f, path, t))
		return false;
	last = read_all(&f, NULL, to);
	return finish(&f, last, sk_X509_CRL_num(to) > before, "CRL", t);
}
