/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * X-SSL-*: what back-ends are told (B.9.5). The lines about the client's
 * certificate are the same for the life of a connection and are made once.
 */
#include <string.h>

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/check.h"
#include "base/mem.h"
#include "net/tls_internal.h"

/* "DE" in UTF-8, special characters quoted, controls as \XX. */
#define NAME_FLAGS (XN_FLAG_ONELINE & ~(unsigned long)ASN1_STRFLGS_ESC_MSB)
#define NAME_INDENT 8
#define DESCRIPTION_MAX 256

static void
put(BIO *b, const char *text)
{
	check(BIO_puts(b, text) >= 0);
}

/* Both names with eight more blanks before them, as they always had. */
static void
put_name(BIO *b, const char *field, const X509_NAME *name)
{
	put(b, field);
	(void)X509_NAME_print_ex(b, name, NAME_INDENT, NAME_FLAGS);
	put(b, "\r\n");
}

static void
put_time(BIO *b, const char *field, const ASN1_TIME *when)
{
	put(b, field);
	(void)ASN1_TIME_print(b, when);
	put(b, "\r\n");
}

static void
put_serial(BIO *b, const X509 *x509)
{
	BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x509), NULL);
	char *decimal = n != NULL ? BN_bn2dec(n) : NULL;

	put(b, "X-SSL-serial: ");
	put(b, decimal != NULL ? decimal : "-1");
	put(b, "\r\n");
	OPENSSL_free(decimal);
	BN_free(n);
}

/* PEM without its line ends. */
static void
put_pem(BIO *b, X509 *x509)
{
	BIO *pem = BIO_new(BIO_s_mem());
	char line[128];
	int len;

	check(pem != NULL);
	put(b, "X-SSL-certificate: ");
	(void)PEM_write_bio_X509(pem, x509);
	while ((len = BIO_gets(pem, line, sizeof(line))) > 0)
		check(BIO_write(b, line,
			  line[len - 1] == '\n' ? len - 1 : len) >= 0);
	put(b, "\r\n");
	BIO_free(pem);
}

static void
put_certificate(BIO *b, X509 *x509, int level)
{
	put_name(b, "X-SSL-Subject: ", X509_get_subject_name(x509));
	put_name(b, "X-SSL-Issuer: ", X509_get_issuer_name(x509));
	put_time(b, "X-SSL-notBefore: ", X509_get0_notBefore(x509));
	put_time(b, "X-SSL-notAfter: ", X509_get0_notAfter(x509));
	put_serial(b, x509);
	if (level >= 3)
		put_pem(b, x509);
}

/* Nothing that a certificate says may end a field, or be no text. */
static void
clean(char *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		const bool line_end = p[i] == '\r' && i + 1 < len &&
		    p[i + 1] == '\n';

		if (line_end)
			i++;
		else if ((unsigned char)p[i] < ' ' || p[i] == 0x7f)
			p[i] = '?';
	}
}

static void
make_lines(struct tls_conn *t, X509 *x509, int level)
{
	BIO *b = BIO_new(BIO_s_mem());
	char *bytes;
	long len;

	check(b != NULL);
	ERR_clear_error();
	put_certificate(b, x509, level);
	len = BIO_get_mem_data(b, &bytes);
	check(len > 0);
	mem_free(t->headers);
	t->headers = mem_alloc((size_t)len);
	memcpy(t->headers, bytes, (size_t)len);
	t->headers_len = (size_t)len;
	t->headers_level = level;
	clean(t->headers, t->headers_len);
	BIO_free(b);
	ERR_clear_error();
}

/* The lines about the certificate; none below level 2 or without one. */
static struct str
certificate_lines(struct tls_conn *t, int level)
{
	X509 *x509 = SSL_get0_peer_certificate(t->ssl);

	if (level < 2 || x509 == NULL)
		return STR_NONE;
	if (t->headers_level != level)
		make_lines(t, x509, level);
	return str_make(t->headers, t->headers_len);
}

size_t
tls_headers_room(const struct conn *c, int level)
{
	if (level < 1)
		return 0;
	return DESCRIPTION_MAX + certificate_lines(tls_conn_of(c), level).len;
}

void
tls_add_headers(struct fixbuf *out, const struct conn *c, int level,
    bool with_cert)
{
	struct tls_conn *t = tls_conn_of(c);
	char text[DESCRIPTION_MAX - 32] = "";
	struct str words;

	if (level < 1)
		return;
	(void)SSL_CIPHER_description(SSL_get_current_cipher(t->ssl), text,
	    sizeof(text));
	words = str_from(text);
	words = str_head(words, str_find(words, '\n'));
	fixbuf_add(out, STR("X-SSL-cipher: "));
	fixbuf_add(out, str_from(SSL_get_version(t->ssl)));
	fixbuf_add_char(out, '/');
	fixbuf_add(out, words);
	fixbuf_add(out, STR("\r\n"));
	if (with_cert)
		fixbuf_add(out, certificate_lines(t, level));
}
