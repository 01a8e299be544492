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

/* --- What files share --- */

/* Of an encrypted key that claims not to be. */
static int
refuse_passphrase(char *text, size_t size, size_t *len,
    const OSSL_PARAM params[], void *arg)
{
	(void)text;
	(void)size;
	(void)len;
	(void)params;
	(void)arg;
	return 0;
}

void
pemfile_reader_init(struct pemfile_reader *r)
{
	*r = (struct pemfile_reader){ 0 };
	r->decoder = OSSL_DECODER_CTX_new_for_pkey(&r->key, "DER", NULL, NULL,
	    EVP_PKEY_KEYPAIR, NULL, NULL);
	check(r->decoder != NULL &&
	    OSSL_DECODER_CTX_set_passphrase_cb(r->decoder, refuse_passphrase,
		NULL) == 1);
}

void
pemfile_reader_release(struct pemfile_reader *r)
{
	OSSL_DECODER_CTX_free(r->decoder);
	for (unsigned i = 0; i < r->count; i++)
		X509_free(r->known[i].x509);
}

static X509 *
find_known(const struct pemfile_reader *r, const unsigned char *id)
{
	for (unsigned i = 0; i < r->count; i++)
		if (memcmp(r->known[i].id, id, PEMFILE_ID) == 0)
			return r->known[i].x509;
	return NULL;
}

void
pemfile_remember(struct pemfile_reader *r, X509 *x509)
{
	struct pemfile_known *k = &r->known[r->count];

	if (r->count == PEMFILE_KNOWN)
		return;
	check(X509_digest(x509, EVP_sha256(), k->id, NULL) == 1);
	if (find_known(r, k->id) != NULL)
		return;
	check(X509_up_ref(x509) == 1);
	k->x509 = x509;
	r->count++;
}

/* --- The file --- */

bool
pemfile_open(struct pemfile *f, const char *path, struct pemfile_reader *reader,
    struct teller *t)
{
	struct stat st;

	t->file = path;
	f->reader = reader;
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

static X509 *
known_certificate(const struct pemfile_reader *reader, const struct raw *r)
{
	unsigned char id[PEMFILE_ID];
	X509 *x509;

	if (reader == NULL || reader->count == 0 ||
	    strcmp(r->label, PEM_STRING_X509_TRUSTED) == 0 ||
	    EVP_Digest(r->bytes, (size_t)r->len, id, NULL, EVP_sha256(),
		NULL) != 1)
		return NULL;
	x509 = find_known(reader, id);
	if (x509 != NULL)
		check(X509_up_ref(x509) == 1);
	return x509;
}

static enum pemfile_kind
read_certificate(const struct pemfile_reader *reader, const struct raw *r,
    struct pemfile_block *b)
{
	const unsigned char *p = r->bytes;

	b->x509 = known_certificate(reader, r);
	if (b->x509 != NULL)
		return PEMFILE_CERTIFICATE;
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
read_key(struct pemfile_reader *reader, const struct raw *r,
    struct pemfile_block *b)
{
	const unsigned char *p = r->bytes;
	size_t len = (size_t)r->len;

	if (strcmp(r->label, PEM_STRING_PKCS8) == 0 ||
	    strstr(r->header, "ENCRYPTED") != NULL)
		return PEMFILE_ENCRYPTED_KEY;
	if (reader == NULL)
		return PEMFILE_END;
	reader->key = NULL;
	if (OSSL_DECODER_from_data(reader->decoder, &p, &len) != 1)
		return PEMFILE_BAD;
	b->key = reader->key;
	return b->key != NULL ? PEMFILE_KEY : PEMFILE_BAD;
}

/* PEMFILE_END: not one of ours. */
static enum pemfile_kind
read_block(struct pemfile_reader *reader, const struct raw *r,
    struct pemfile_block *b)
{
	static const char key[] = "PRIVATE KEY";
	const size_t len = strlen(r->label);

	if (strcmp(r->label, PEM_STRING_X509) == 0 ||
	    strcmp(r->label, PEM_STRING_X509_OLD) == 0 ||
	    strcmp(r->label, PEM_STRING_X509_TRUSTED) == 0)
		return read_certificate(reader, r, b);
	if (strcmp(r->label, PEM_STRING_X509_CRL) == 0)
		return read_crl(r, b);
	if (len >= sizeof(key) - 1 &&
	    strcmp(r->label + len - (sizeof(key) - 1), key) == 0)
		return read_key(reader, r, b);
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
		kind = read_block(f->reader, &r, b);
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

	if (!pemfile_open(&f, path, NULL, t))
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

	if (!pemfile_open(&f, path, NULL, t))
		return false;
	last = read_all(&f, NULL, to);
	return finish(&f, last, sk_X509_CRL_num(to) > before, "CRL", t);
}
