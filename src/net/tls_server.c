/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The context of a listener: what it offers, and to whom which certificate. */
#include <openssl/err.h>
#include <openssl/rand.h>

#include "base/check.h"
#include "base/mem.h"
#include "net/clientcert.h"
#include "net/staple.h"
#include "net/ticket.h"
#include "net/tls_cipher.h"
#include "net/tls_internal.h"

/* Sessions of clients without tickets (TLS 1.2) that can be resumed. */
#define SESSIONS_MAX 4096
#define SESSION_S 7200

static const struct tls_server *
server_of(SSL *ssl)
{
	return SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
}

/* --- The handshake asks --- */

static struct str
name_in_hello(SSL *ssl)
{
	const unsigned char *p;
	size_t len;

	if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &p, &len) !=
	    1)
		return STR_NONE;
	return sni_parse(p, len);
}

static bool
use_certs(SSL *ssl, const struct sni_entry *e)
{
	SSL_certs_clear(ssl);
	for (size_t i = 0; i < SNI_KINDS; i++) {
		const struct cert *c = e->cert[i];

		if (c != NULL &&
		    SSL_use_cert_and_key(ssl, c->x509, c->key, c->chain, 1) !=
			1)
			return false;
	}
	return true;
}

/* In a first hello the context's own need not be set again: each is looked
 * at closely when it is. */
static bool
has_certs(const struct tls_server *s, const struct sni_entry *e, bool first)
{
	return first &&
	    memcmp(e->cert, s->sni.fallback.cert, sizeof(e->cert)) == 0;
}

/*
 * Before anything else is looked at: which certificates this name gets. A
 * session is resumed under the same ones only (RFC 6066, 3): that, and the
 * server's policy, is the session's context.
 */
static int
on_hello(SSL *ssl, int *alert, void *arg)
{
	const struct tls_server *s = server_of(ssl);
	struct tls_conn *t = SSL_get_app_data(ssl);
	const bool first = t->chosen == NULL;
	unsigned char context[SSL_MAX_SID_CTX_LENGTH];

	(void)arg;
	t->chosen = sni_find(&s->sni, name_in_hello(ssl));
	memcpy(context, s->tickets.policy, 16);
	memcpy(context + 16, t->chosen->first->id, sizeof(context) - 16);
	if (SSL_set_session_id_context(ssl, context, sizeof(context)) == 1 &&
	    (has_certs(s, t->chosen, first) || use_certs(ssl, t->chosen)))
		return SSL_CLIENT_HELLO_SUCCESS;
	*alert = SSL_AD_INTERNAL_ERROR;
	return SSL_CLIENT_HELLO_ERROR;
}

/* Tells a client whose name decided that it did. */
static int
on_server_name(SSL *ssl, int *alert, void *arg)
{
	const struct tls_conn *t = SSL_get_app_data(ssl);

	(void)alert;
	(void)arg;
	return t->chosen != NULL && t->chosen->name.p != NULL
	    ? SSL_TLSEXT_ERR_OK
	    : SSL_TLSEXT_ERR_NOACK;
}

/* RFC 7301, 3.2: a client that knows none of ours is refused. */
static int
on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
    const unsigned char *in, unsigned in_len, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1\x08http/1.0";
	unsigned char *chosen;

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&chosen, out_len, ours, sizeof(ours) - 1, in,
		in_len) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static int
on_status(SSL *ssl, void *arg)
{
	const struct tls_conn *t = SSL_get_app_data(ssl);

	(void)arg;
	return staple_send(ssl, t->chosen->cert, SNI_KINDS);
}

/* A ticket lives no longer than the certificate that is in it. */
static int
on_ticket(SSL *ssl, void *arg)
{
	(void)arg;
	clientcert_limit_session(ssl);
	return 1;
}

static void
set_callbacks(SSL_CTX *ctx)
{
	SSL_CTX_set_client_hello_cb(ctx, on_hello, NULL);
	SSL_CTX_set_tlsext_servername_callback(ctx, on_server_name);
	SSL_CTX_set_alpn_select_cb(ctx, on_alpn, NULL);
	SSL_CTX_set_tlsext_status_cb(ctx, on_status);
	check(SSL_CTX_set_session_ticket_cb(ctx, on_ticket, NULL, NULL) == 1);
}

/* --- Making it --- */

static void
set_options(SSL_CTX *ctx, const struct tls_settings *s)
{
	uint64_t options = SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
	    SSL_OP_IGNORE_UNEXPECTED_EOF;

	if (s->honor_cipher_order)
		options |= SSL_OP_CIPHER_SERVER_PREFERENCE;
	(void)SSL_CTX_set_options(ctx, options);
	check(SSL_CTX_set_dh_auto(ctx, 1) == 1);
	(void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_SERVER);
	(void)SSL_CTX_sess_set_cache_size(ctx, SESSIONS_MAX);
	(void)SSL_CTX_set_timeout(ctx, SESSION_S);
	check(SSL_CTX_set_max_early_data(ctx, 0) == 1);
}

static void
load_certs(struct tls_server *s, const struct tls_settings *in,
    STACK_OF(X509) * issuers, struct teller *t)
{
	struct cert_loader loader;

	cert_loader_init(&loader, &s->certs, s->ctx, t);
	loader.issuers = issuers;
	t->setting = TLS_SETTING_CERT;
	for (t->index = 0; t->index < in->cert_count; t->index++)
		cert_load(&loader, in->certs[t->index]);
	cert_loader_release(&loader);
	t->setting = TLS_SETTING_NONE;
	t->index = 0;
	if (in->cert_count == 0)
		teller_error(t, "there is no certificate");
}

/* What most clients get is the context's own. */
static void
set_fallback(struct tls_server *s)
{
	for (size_t i = 0; i < SNI_KINDS; i++) {
		const struct cert *c = s->sni.fallback.cert[i];

		if (c != NULL)
			check(SSL_CTX_use_cert_and_key(s->ctx, c->x509, c->key,
				  c->chain, 1) == 1);
	}
}

static void
fill(struct tls_server *s, const struct tls_settings *in, struct teller *t)
{
	struct clientcert_lists lists;

	clientcert_read(&lists, in, t);
	tls_set_protocol(s->ctx, in, TLS_SERVER, t);
	set_options(s->ctx, in);
	clientcert_set_trust(s->ctx, &lists);
	clientcert_set_server(s->ctx, &lists, in);
	clientcert_digest(&lists, in, s->tickets.policy);
	load_certs(s, in, lists.anchors, t);
	clientcert_release(&lists);
}

struct tls_server *
tls_server_new(const struct tls_settings *in, const struct tls_report *report)
{
	struct tls_server *s = mem_alloc(sizeof(*s));
	struct teller t = { .report = report };

	s->ctx = tls_new_context(TLS_server_method());
	s->bio = tls_bio_method();
	s->client_cert = in->client_cert;
	SSL_CTX_set_app_data(s->ctx, s);
	ticket_enable(s->ctx);
	set_callbacks(s->ctx);
	fill(s, in, &t);
	ERR_clear_error();
	if (t.errors > 0) {
		tls_server_free(s);
		return NULL;
	}
	sni_init(&s->sni, &s->certs);
	set_fallback(s);
	return s;
}

void
tls_server_free(struct tls_server *s)
{
	if (s == NULL)
		return;
	SSL_CTX_free(s->ctx);
	EVP_CIPHER_free(s->ticket_cipher);
	OPENSSL_cleanse(&s->tickets, sizeof(s->tickets));
	BIO_meth_free(s->bio);
	sni_release(&s->sni);
	cert_release(&s->certs);
	mem_free(s);
}
