/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The context of a back-end with HTTPS: who we say we are, whom we expect. */
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "base/check.h"
#include "base/mem.h"
#include "net/clientcert.h"
#include "net/tls_cipher.h"
#include "net/tls_internal.h"

/* A name that no certificate has (RFC 6761, 6.4). */
static const char nobody[] = "nobody.invalid";

/* --- One connection --- */

/* A session of ours is fit to be resumed. */
static int
on_session(SSL *ssl, SSL_SESSION *session)
{
	const struct tls_client *c = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	const struct tls_conn *t = SSL_get_app_data(ssl);

	resume_keep(c->resume, session, t->name);
	return 0; /* the reference stays OpenSSL's */
}

void
tls_client_ended(const struct tls_conn *t)
{
	const struct tls_client *c = SSL_CTX_get_app_data(
	    SSL_get_SSL_CTX(t->ssl));

	/* Many close without a word; that spoils nothing (RFC 5246, 7.2.1). */
	if (t->open && t->reason != 0 &&
	    ERR_GET_REASON(t->reason) != SSL_R_UNEXPECTED_EOF_WHILE_READING)
		resume_forget(c->resume, t->name);
}

static bool
is_address(const char *name)
{
	ASN1_OCTET_STRING *ip = a2i_IPADDRESS(name);

	ASN1_OCTET_STRING_free(ip);
	ERR_clear_error();
	return ip != NULL;
}

static void
expect_name(SSL *ssl, const char *name, bool address)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

	if (name[0] == '\0' ||
	    (address ? X509_VERIFY_PARAM_set1_ip_asc(param, name)
		     : X509_VERIFY_PARAM_set1_host(param, name, 0)) != 1)
		check(X509_VERIFY_PARAM_set1_host(param, nobody, 0) == 1);
}

/* Without a final dot, and without the brackets of an IPv6 address. */
static struct str
bare(struct str host)
{
	if (host.len >= 2 && host.p[0] == '[' && host.p[host.len - 1] == ']')
		return str_make(host.p + 1, host.len - 2);
	if (host.len > 0 && host.p[host.len - 1] == '.')
		host.len--;
	return host;
}

void
tls_client_name(const struct tls_client *c, struct tls_conn *t, struct str host)
{
	char name[RESUME_NAME_MAX + 1] = "";
	bool address;

	if (c->server_name != NULL && c->server_name[0] != '\0')
		host = str_from(c->server_name);
	host = bare(host);
	if (host.len < sizeof(name) && memchr(host.p, '\0', host.len) == NULL)
		memcpy(name, host.p, host.len);
	address = is_address(name);
	if (c->verify)
		expect_name(t->ssl, name, address);
	if (c->server_name != NULL && c->server_name[0] == '\0' && !c->verify)
		name[0] = '\0';
	if (name[0] != '\0' && !address &&
	    (c->server_name == NULL || c->server_name[0] != '\0'))
		(void)SSL_set_tlsext_host_name(t->ssl, name);
	t->name = mem_copy_text(name);
	resume_offer(c->resume, t->ssl, name);
}

/* --- Making it --- */

static void
set_own_cert(SSL_CTX *ctx, const struct tls_settings *in, struct teller *t)
{
	struct certs own = { 0 };
	struct cert_loader loader;
	const struct cert *c;

	if (in->cert_count == 0)
		return;
	t->setting = TLS_SETTING_CERT;
	cert_loader_init(&loader, &own, ctx, t);
	cert_load(&loader, in->certs[0]);
	cert_loader_release(&loader);
	c = own.count > 0 ? own.cert[0] : NULL;
	if (c != NULL && t->errors == 0)
		check(SSL_CTX_use_cert_and_key(ctx, c->x509, c->key, c->chain,
			  1) == 1);
	cert_release(&own);
	t->setting = TLS_SETTING_NONE;
}

static void
fill(struct tls_client *c, const struct tls_settings *in, struct teller *t)
{
	struct clientcert_lists lists;

	clientcert_read(&lists, in, t);
	tls_set_protocol(c->ctx, in, TLS_CLIENT, t);
	(void)SSL_CTX_set_options(c->ctx, SSL_OP_NO_COMPRESSION);
	clientcert_set_trust(c->ctx, &lists);
	c->verify = lists.anchors != NULL;
	SSL_CTX_set_verify(c->ctx,
	    c->verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
	clientcert_release(&lists);
	set_own_cert(c->ctx, in, t);
	(void)SSL_CTX_set_session_cache_mode(c->ctx,
	    SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(c->ctx, on_session);
}

struct tls_client *
tls_client_new(const struct tls_settings *in, const struct tls_report *report)
{
	struct tls_client *c = mem_alloc(sizeof(*c));
	struct teller t = { .report = report };

	c->ctx = tls_new_context(TLS_client_method());
	c->bio = tls_bio_method();
	c->resume = mem_alloc(sizeof(*c->resume));
	resume_init(c->resume);
	if (in->server_name != NULL)
		c->server_name = mem_copy_text(in->server_name);
	SSL_CTX_set_app_data(c->ctx, c);
	fill(c, in, &t);
	ERR_clear_error();
	if (t.errors > 0) {
		tls_client_free(c);
		return NULL;
	}
	return c;
}

void
tls_client_free(struct tls_client *c)
{
	if (c == NULL)
		return;
	SSL_CTX_free(c->ctx);
	BIO_meth_free(c->bio);
	resume_release(c->resume);
	mem_free(c->resume);
	mem_free(c->server_name);
	mem_free(c);
}
