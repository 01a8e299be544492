/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/cert.h"

#include <glob.h>
#include <string.h>

#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "base/check.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "net/pemfile.h"
#include "net/staple.h"

#define NAME_MAX_SHOWN 200
#define KEYS_MAX 8 /* in one file */

static const char encrypted[] =
    "the private key is encrypted, and nobody can be asked for its "
    "password: \"openssl pkey -in OLD -out NEW\" writes it without";

/* What one file has. */
struct heap {
	STACK_OF(X509) * certs;
	EVP_PKEY *key[KEYS_MAX];
	unsigned keys;
	bool encrypted, broken, bad;
	bool exposed;
};

void
cert_name(const X509_NAME *name, char *text, size_t size)
{
	BIO *b = BIO_new(BIO_s_mem());
	int len = 0;

	if (b != NULL && X509_NAME_print_ex(b, name, 0, XN_FLAG_ONELINE) >= 0)
		len = BIO_read(b, text, (int)size - 1);
	text[len > 0 ? len : 0] = '\0';
	BIO_free(b);
	ERR_clear_error();
}

X509 *
cert_issuer(STACK_OF(X509) * list, X509 *x509)
{
	for (int i = 0; i < sk_X509_num(list); i++)
		if (X509_check_issued(sk_X509_value(list, i), x509) ==
		    X509_V_OK)
			return sk_X509_value(list, i);
	return NULL;
}

/* --- The blocks of a file --- */

static void
heap_release(struct heap *h)
{
	sk_X509_pop_free(h->certs, X509_free);
	for (unsigned i = 0; i < h->keys; i++)
		EVP_PKEY_free(h->key[i]);
}

static void
heap_take(struct heap *h, enum pemfile_kind kind, struct pemfile_block *b)
{
	if (kind == PEMFILE_CERTIFICATE)
		check(sk_X509_push(h->certs, b->x509) > 0);
	else if (kind == PEMFILE_KEY && h->keys < KEYS_MAX)
		h->key[h->keys++] = b->key;
	else
		EVP_PKEY_free(b->key);
	X509_CRL_free(b->crl);
	h->encrypted |= kind == PEMFILE_ENCRYPTED_KEY;
	h->broken |= kind == PEMFILE_BROKEN;
}

/* False when the file cannot be opened. */
static bool
heap_fill(struct heap *h, const char *path, struct cert_loader *l)
{
	struct pemfile f;
	struct pemfile_block b;
	enum pemfile_kind kind;

	if (!pemfile_open(&f, path, &l->reader, l->teller))
		return false;
	*h = (struct heap){ .certs = sk_X509_new_null(), .exposed = f.exposed };
	check(h->certs != NULL);
	do {
		kind = pemfile_next(&f, &b);
		heap_take(h, kind, &b);
	} while (kind > PEMFILE_BROKEN && kind != PEMFILE_BAD);
	h->bad = kind == PEMFILE_BAD;
	pemfile_close(&f);
	return true;
}

/* What is missing, with the words for it; NULL: nothing. */
static const char *
heap_fault(const struct heap *h)
{
	const bool whole = sk_X509_num(h->certs) > 0 && h->keys > 0;

	if (h->bad)
		return teller_reason();
	if (whole)
		return NULL;
	if (h->broken)
		return "a PEM block in it has no proper end";
	if (sk_X509_num(h->certs) == 0)
		return "there is no certificate in it (PEM)";
	if (h->encrypted)
		return encrypted;
	return "there is no private key in it (PEM); it stands in the same "
	       "file as the certificate";
}

/* --- The chain --- */

static bool
is_self_signed(X509 *x509)
{
	return X509_check_issued(x509, x509) == X509_V_OK;
}

static void
chain_add(STACK_OF(X509) * chain, X509 *x509)
{
	check(X509_up_ref(x509) == 1 && sk_X509_push(chain, x509) > 0);
}

static bool
chain_has(STACK_OF(X509) * chain, const X509 *x509)
{
	for (int i = 0; i < sk_X509_num(chain); i++)
		if (X509_cmp(sk_X509_value(chain, i), x509) == 0)
			return true;
	return false;
}

/* From x509 up as far as list goes. */
static void
chain_climb(STACK_OF(X509) * chain, X509 *x509, STACK_OF(X509) * list,
    bool with_root)
{
	while (!is_self_signed(x509)) {
		X509 *issuer = cert_issuer(list, x509);

		if (issuer == NULL || chain_has(chain, issuer) ||
		    (!with_root && is_self_signed(issuer)))
			return;
		chain_add(chain, issuer);
		x509 = issuer;
	}
}

static bool
fits_a_key(const struct heap *h, const X509 *x509)
{
	for (unsigned i = 0; i < h->keys; i++)
		if (X509_check_private_key(x509, h->key[i]) == 1)
			return true;
	return false;
}

/* What leads nowhere from here goes along all the same, as it did. */
static void
chain_add_rest(STACK_OF(X509) * chain, const struct heap *h)
{
	for (int i = 0; i < sk_X509_num(h->certs); i++) {
		X509 *x509 = sk_X509_value(h->certs, i);

		if (!chain_has(chain, x509) && !fits_a_key(h, x509))
			chain_add(chain, x509);
	}
}

static STACK_OF(X509) *
    make_chain(const struct heap *h, X509 *x509, STACK_OF(X509) * issuers)
{
	STACK_OF(X509) *chain = sk_X509_new_null();

	check(chain != NULL);
	chain_climb(chain, x509, h->certs, true);
	chain_add_rest(chain, h);
	if (sk_X509_num(chain) == 0)
		chain_climb(chain, x509, issuers, false);
	return chain;
}

/* --- One certificate --- */

static void
tell_dates(const X509 *x509, struct teller *t)
{
	if (X509_cmp_current_time(X509_get0_notAfter(x509)) < 0)
		teller_warn(t, "the certificate has expired");
	else if (X509_cmp_current_time(X509_get0_notBefore(x509)) > 0)
		teller_warn(t, "the certificate is not valid yet");
}

static void
tell_chain(const struct cert *c, STACK_OF(X509) * issuers, struct teller *t)
{
	char name[NAME_MAX_SHOWN];

	if (is_self_signed(c->x509) || cert_issuer(c->chain, c->x509) != NULL ||
	    cert_issuer(issuers, c->x509) != NULL)
		return;
	cert_name(X509_get_issuer_name(c->x509), name, sizeof(name));
	teller_warn(t,
	    "the certificate of the issuer is missing (%s): clients that do "
	    "not have it will not trust this one",
	    name);
}

static void
add(struct certs *list, struct cert *c)
{
	if ((list->count & (list->count - 1)) == 0)
		list->cert = mem_resize(list->cert,
		    list->count > 0 ? list->count * 2 : 1, sizeof(c));
	list->cert[list->count++] = c;
}

/* The certificate that fits the key; NULL after an error. */
static X509 *
find_for_key(const struct heap *h, const EVP_PKEY *key)
{
	for (int i = 0; i < sk_X509_num(h->certs); i++)
		if (X509_check_private_key(sk_X509_value(h->certs, i), key) ==
		    1)
			return sk_X509_value(h->certs, i);
	ERR_clear_error();
	return NULL;
}

static struct cert *
make_cert(const struct heap *h, X509 *x509, EVP_PKEY *key,
    STACK_OF(X509) * issuers)
{
	struct cert *c = mem_alloc(sizeof(*c));

	check(X509_up_ref(x509) == 1 && EVP_PKEY_up_ref(key) == 1);
	c->x509 = x509;
	c->key = key;
	c->chain = make_chain(h, x509, issuers);
	check(X509_digest(x509, EVP_sha256(), c->id, NULL) == 1);
	return c;
}

/* What no handshake could use is told now. */
static void
try_cert(const struct cert_loader *l, const struct cert *c)
{
	ERR_clear_error();
	if (SSL_use_cert_and_key(l->probe, c->x509, c->key, c->chain, 1) != 1)
		teller_error(l->teller, "OpenSSL refuses the certificate: %s",
		    teller_reason());
}

static void
add_for_key(struct cert_loader *l, const struct heap *h, EVP_PKEY *key)
{
	X509 *x509 = find_for_key(h, key);
	struct cert *c;

	if (x509 == NULL) {
		teller_error(l->teller,
		    "the private key in it fits none of the certificates "
		    "in it");
		return;
	}
	c = make_cert(h, x509, key, l->issuers);
	for (int i = 0; i < sk_X509_num(c->chain); i++)
		pemfile_remember(&l->reader, sk_X509_value(c->chain, i));
	tell_dates(x509, l->teller);
	tell_chain(c, l->issuers, l->teller);
	staple_load(c, l->issuers, l->teller);
	try_cert(l, c);
	add(l->list, c);
}

static void
load_file(struct cert_loader *l, const char *path)
{
	const char *fault;
	struct heap h;

	l->teller->file = path;
	if (!heap_fill(&h, path, l))
		return;
	fault = heap_fault(&h);
	if (fault != NULL)
		teller_error(l->teller, "%s", fault);
	else if (h.exposed)
		teller_warn(l->teller,
		    "the private key in it can be read by others than its "
		    "owner (chmod go= FILE)");
	for (unsigned i = 0; fault == NULL && i < h.keys; i++)
		add_for_key(l, &h, h.key[i]);
	heap_release(&h);
	ERR_clear_error();
}

/* --- Folders and globs --- */

static bool
is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Stapled answers stand beside the certificates. */
static bool
is_certificate_name(const char *path)
{
	const struct str s = str_from(path), tail = STR(".ocsp");

	return !is_folder(path) &&
	    (s.len < tail.len || !str_eq(str_skip(s, s.len - tail.len), tail));
}

/* "FOLDER/" and a star, with what glob(3) would take for magic escaped. */
static void
all_files_of(struct strbuf *pattern, const char *folder)
{
	strbuf_init(pattern, strlen(folder) * 2 + 2);
	for (const char *p = folder; *p != '\0'; p++) {
		if (strchr("*?[\\", *p) != NULL)
			strbuf_add_char(pattern, '\\');
		strbuf_add_char(pattern, *p);
	}
	strbuf_add(pattern, STR("/*"));
}

static void
load_glob(struct cert_loader *l, const char *pattern)
{
	size_t loaded = 0;
	glob_t found;

	if (glob(pattern, 0, NULL, &found) == 0) {
		for (size_t i = 0; i < found.gl_pathc; i++)
			if (is_certificate_name(found.gl_pathv[i])) {
				load_file(l, found.gl_pathv[i]);
				loaded++;
			}
		globfree(&found);
	}
	l->teller->file = pattern;
	if (loaded == 0)
		teller_error(l->teller, "there is no file of that name");
}

void
cert_load(struct cert_loader *l, const char *path)
{
	struct strbuf pattern;
	struct stat st;

	if (is_folder(path)) {
		all_files_of(&pattern, path);
		load_glob(l, strbuf_text(&pattern));
		strbuf_release(&pattern);
	} else if (stat(path, &st) != 0 && strpbrk(path, "*?[") != NULL) {
		load_glob(l, path);
	} else {
		load_file(l, path);
	}
	/* the names of files are gone */
	l->teller->file = NULL;
}

void
cert_loader_init(struct cert_loader *l, struct certs *list, SSL_CTX *ctx,
    struct teller *t)
{
	*l = (struct cert_loader){ .list = list,
		.teller = t,
		.probe = SSL_new(ctx) };
	check(l->probe != NULL);
	pemfile_reader_init(&l->reader);
}

void
cert_loader_release(struct cert_loader *l)
{
	pemfile_reader_release(&l->reader);
	SSL_free(l->probe);
}

void
cert_release(struct certs *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct cert *c = list->cert[i];

		X509_free(c->x509);
		EVP_PKEY_free(c->key);
		sk_X509_pop_free(c->chain, X509_free);
		mem_free(c->staple);
		mem_free(c);
	}
	mem_free(list->cert);
	*list = (struct certs){ 0 };
}
