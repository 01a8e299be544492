/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/staple.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ocsp.h>

#include "base/check.h"
#include "base/mem.h"
#include "base/strbuf.h"

#define RESPONSE_MAX 65536
/* Clocks may differ by so many seconds. */
#define SKEW_S 300

/* Bytes of the file, or -1 and errno. */
static ssize_t
read_file(const char *path, unsigned char *bytes, size_t size)
{
	FILE *f = fopen(path, "rb");
	size_t len;
	int error = 0;

	if (f == NULL)
		return -1;
	len = fread(bytes, 1, size, f);
	if (ferror(f) != 0)
		error = EIO;
	else if (len == size)
		error = EFBIG;
	(void)fclose(f);
	errno = error;
	return error == 0 ? (ssize_t)len : -1;
}

/* Signed by the issuer, or by one whom the issuer appointed. */
static bool
is_signed(OCSP_BASICRESP *basic, const struct cert *c, X509 *issuer)
{
	X509_STORE *store = X509_STORE_new();
	bool good;

	check(store != NULL && X509_STORE_add_cert(store, issuer) == 1 &&
	    X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN) == 1);
	good = OCSP_basic_verify(basic, c->chain, store, 0) == 1;
	X509_STORE_free(store);
	return good;
}

static time_t
time_of(const ASN1_GENERALIZEDTIME *when)
{
	struct tm tm;

	if (when == NULL || ASN1_TIME_to_tm(when, &tm) != 1)
		return 0;
	return timegm(&tm);
}

/* Why it is not sent, or NULL; until is its end, 0 if it has none. */
static const char *
judge(OCSP_BASICRESP *basic, const struct cert *c, X509 *issuer, time_t *until)
{
	ASN1_GENERALIZEDTIME *from, *to;
	OCSP_CERTID *id;
	int status, found;

	if (!is_signed(basic, c, issuer))
		return "its signature is not good";
	id = OCSP_cert_to_id(NULL, c->x509, issuer);
	check(id != NULL);
	found = OCSP_resp_find_status(basic, id, &status, NULL, NULL, &from,
	    &to);
	OCSP_CERTID_free(id);
	if (found != 1)
		return "it is about another certificate";
	if (status == V_OCSP_CERTSTATUS_REVOKED)
		return "the certificate is revoked";
	if (status != V_OCSP_CERTSTATUS_GOOD)
		return "it does not know the certificate";
	if (OCSP_check_validity(from, to, SKEW_S, -1) != 1)
		return "it is out of date";
	*until = time_of(to);
	return NULL;
}

static const char *
judge_bytes(const unsigned char *bytes, size_t len, const struct cert *c,
    X509 *issuer, time_t *until)
{
	const unsigned char *p = bytes;
	OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &p, (long)len);
	OCSP_BASICRESP *basic = NULL;
	const char *why = "it is not an OCSP response (DER)";

	if (response != NULL && p != bytes + len)
		why = "there are bytes behind it";
	else if (response != NULL &&
	    OCSP_response_status(response) != OCSP_RESPONSE_STATUS_SUCCESSFUL)
		why = "the responder refused to answer";
	else if (response != NULL)
		basic = OCSP_response_get1_basic(response);
	if (basic != NULL)
		why = issuer == NULL
		    ? "the certificate of the issuer is missing"
		    : judge(basic, c, issuer, until);
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(response);
	ERR_clear_error();
	return why;
}

static void
take(struct cert *c, const char *path, X509 *issuer, struct teller *t)
{
	unsigned char *bytes = mem_alloc(RESPONSE_MAX);
	const ssize_t len = read_file(path, bytes, RESPONSE_MAX);
	const bool there = len >= 0 || errno != ENOENT;
	const char *why;

	if (len < 0)
		why = strerror(errno);
	else
		why = judge_bytes(bytes, (size_t)len, c, issuer,
		    &c->staple_until);
	if (why == NULL) {
		c->staple_len = (size_t)len;
		c->staple = mem_alloc(c->staple_len);
		memcpy(c->staple, bytes, c->staple_len);
	} else if (there) {
		t->file = path;
		teller_warn(t, "the OCSP response is not sent: %s", why);
	}
	mem_free(bytes);
}

void
staple_load(struct cert *c, STACK_OF(X509) * issuers, struct teller *t)
{
	const char *file = t->file;
	X509 *issuer = cert_issuer(c->chain, c->x509);
	struct strbuf path;

	if (issuer == NULL)
		issuer = cert_issuer(issuers, c->x509);
	strbuf_init(&path, strlen(file) + 8);
	strbuf_addf(&path, "%s.ocsp", file);
	take(c, strbuf_text(&path), issuer, t);
	strbuf_release(&path);
	t->file = file;
}

int
staple_send(SSL *ssl, const struct cert *const *certs, size_t count)
{
	const X509 *chosen = SSL_get_certificate(ssl);
	const struct cert *c = NULL;
	void *copy;

	for (size_t i = 0; i < count && c == NULL; i++)
		if (certs[i] != NULL && certs[i]->x509 == chosen)
			c = certs[i];
	if (c == NULL || c->staple == NULL ||
	    (c->staple_until != 0 && time(NULL) > c->staple_until))
		return SSL_TLSEXT_ERR_NOACK;
	copy = OPENSSL_memdup(c->staple, c->staple_len);
	if (copy == NULL)
		return SSL_TLSEXT_ERR_NOACK;
	SSL_set_tlsext_status_ocsp_resp(ssl, copy, (long)c->staple_len);
	return SSL_TLSEXT_ERR_OK;
}
