/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the owner of a connection asks about its TLS. */
#include <openssl/err.h>
#include <openssl/x509.h>

#include "net/tls_internal.h"

bool
tls_plain_http(const struct conn *c)
{
	return tls_conn_of(c)->plain;
}

bool
tls_heard(const struct conn *c)
{
	return tls_conn_of(c)->looked;
}

unsigned
tls_flights(const struct conn *c)
{
	return tls_conn_of(c)->flights;
}

bool
tls_client_refused(const struct conn *c)
{
	const struct tls_conn *t = tls_conn_of(c);

	return t->server != NULL && t->server->client_cert > 0 &&
	    t->server->client_cert < 3 &&
	    SSL_get_verify_result(t->ssl) != X509_V_OK;
}

const char *
tls_error(const struct conn *c)
{
	const struct tls_conn *t = tls_conn_of(c);
	const long verify = SSL_get_verify_result(t->ssl);
	const char *words = NULL;

	if (t->plain)
		return "plain HTTP instead of TLS";
	/* OpenSSL's queue may begin with a detail of the verification */
	if (t->reason != 0 && !t->open && verify != X509_V_OK)
		return X509_verify_cert_error_string(verify);
	if (t->reason != 0 && ERR_GET_LIB(t->reason) != ERR_LIB_SYS)
		words = ERR_reason_error_string(t->reason);
	if (words == NULL && c->error != 0)
		words = strerror(c->error);
	return words != NULL ? words : "no error";
}

void
tls_make_plain(struct conn *c)
{
	const struct tls_conn *t = tls_conn_of(c);
	const struct conn before = *c;
	const uint8_t sock = t->sock;

	conn_tls_release(c);
	conn_init_plain(c, before.fd, sock);
	c->buf = before.buf;
	c->cap = before.cap;
	c->start = before.start;
	c->end = before.end;
}
