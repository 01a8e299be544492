/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/clientcert.h"

#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/rand.h>

#include "base/check.h"
#include "net/pemfile.h"
#include "net/tls_internal.h"

/* --- The files --- */

static STACK_OF(X509) *
    read_certs(const char *path, enum tls_setting setting, struct teller *t)
{
	STACK_OF(X509) *list = sk_X509_new_null();

	check(list != NULL);
	t->setting = setting;
	(void)!pemfile_certificates(path, list, t);
	return list;
}

static void
tell_stale(const X509_CRL *crl, struct teller *t)
{
	const ASN1_TIME *next = X509_CRL_get0_nextUpdate(crl);

	if (next != NULL && X509_cmp_current_time(next) < 0)
		teller_warn(t,
		    "a CRL in it is out of date: no certificate of its "
		    "issuer is accepted");
}

static STACK_OF(X509_CRL) *
    read_crls(const struct tls_settings *s, struct teller *t)
{
	STACK_OF(X509_CRL) *list = sk_X509_CRL_new_null();
	int told = 0;

	check(list != NULL);
	for (t->index = 0; t->index < s->crl_count; t->index++) {
		(void)!pemfile_crls(s->crls[t->index], list, t);
		while (told < sk_X509_CRL_num(list))
			tell_stale(sk_X509_CRL_value(list, told++), t);
	}
	t->index = 0;
	return list;
}

void
clientcert_read(struct clientcert_lists *l, const struct tls_settings *s,
    struct teller *t)
{
	*l = (struct clientcert_lists){ 0 };
	if (s->verify_list != NULL)
		l->anchors = read_certs(s->verify_list, TLS_SETTING_VERIFY_LIST,
		    t);
	if (s->ca_list != NULL)
		l->names = read_certs(s->ca_list, TLS_SETTING_CA_LIST, t);
	t->setting = TLS_SETTING_CRL;
	if (s->crl_count > 0)
		l->crls = read_crls(s, t);
	t->setting = TLS_SETTING_NONE;
	t->file = NULL;
}

void
clientcert_release(struct clientcert_lists *l)
{
	sk_X509_pop_free(l->anchors, X509_free);
	sk_X509_pop_free(l->names, X509_free);
	sk_X509_CRL_pop_free(l->crls, X509_CRL_free);
}

/* --- Contexts --- */

void
clientcert_set_trust(SSL_CTX *ctx, const struct clientcert_lists *l)
{
	X509_STORE *store = SSL_CTX_get_cert_store(ctx);

	for (int i = 0; i < sk_X509_num(l->anchors); i++)
		check(X509_STORE_add_cert(store,
			  sk_X509_value(l->anchors, i)) == 1);
	for (int i = 0; i < sk_X509_CRL_num(l->crls); i++)
		check(X509_STORE_add_crl(store,
			  sk_X509_CRL_value(l->crls, i)) == 1);
	if (l->crls != NULL)
		check(X509_STORE_set_flags(store,
			  X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL) ==
		    1);
}

static int
take_any(X509_STORE_CTX *store, void *arg)
{
	(void)store;
	(void)arg;
	return 1;
}

static void
set_names(SSL_CTX *ctx, STACK_OF(X509) * names)
{
	for (int i = 0; i < sk_X509_num(names); i++)
		check(SSL_CTX_add_client_CA(ctx, sk_X509_value(names, i)) == 1);
}

void
clientcert_set_server(SSL_CTX *ctx, const struct clientcert_lists *l,
    const struct tls_settings *s)
{
	static const int modes[] = { SSL_VERIFY_NONE, SSL_VERIFY_PEER,
		SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
		SSL_VERIFY_PEER };

	check(s->client_cert >= 0 && s->client_cert <= 3);
	SSL_CTX_set_verify(ctx, modes[s->client_cert], NULL);
	SSL_CTX_set_verify_depth(ctx, s->client_cert_depth);
	if (s->client_cert == 3)
		SSL_CTX_set_cert_verify_callback(ctx, take_any, NULL);
	if (s->client_cert > 0)
		set_names(ctx, l->names);
}

/* --- Digest --- */

static void
add_number(EVP_MD_CTX *md, int n)
{
	check(EVP_DigestUpdate(md, &n, sizeof(n)) == 1);
}

static void
add_certs(EVP_MD_CTX *md, STACK_OF(X509) * list)
{
	unsigned char one[EVP_MAX_MD_SIZE];
	unsigned len;

	add_number(md, sk_X509_num(list));
	for (int i = 0; i < sk_X509_num(list); i++) {
		check(X509_digest(sk_X509_value(list, i), EVP_sha256(), one,
			  &len) == 1);
		check(EVP_DigestUpdate(md, one, len) == 1);
	}
}

static void
add_crls(EVP_MD_CTX *md, STACK_OF(X509_CRL) * list)
{
	unsigned char one[EVP_MAX_MD_SIZE];
	unsigned len;

	add_number(md, sk_X509_CRL_num(list));
	for (int i = 0; i < sk_X509_CRL_num(list); i++) {
		check(X509_CRL_digest(sk_X509_CRL_value(list, i), EVP_sha256(),
			  one, &len) == 1);
		check(EVP_DigestUpdate(md, one, len) == 1);
	}
}

static void
add_identity(EVP_MD_CTX *md, const char *identity)
{
	unsigned char unique[16];

	if (identity != NULL) {
		check(
		    EVP_DigestUpdate(md, identity, strlen(identity) + 1) == 1);
		return;
	}
	check(RAND_bytes(unique, sizeof(unique)) == 1);
	check(EVP_DigestUpdate(md, unique, sizeof(unique)) == 1);
}

void
clientcert_digest(const struct clientcert_lists *l,
    const struct tls_settings *s, unsigned char *digest)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();

	check(md != NULL && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1);
	add_identity(md, s->identity);
	add_number(md, s->client_cert);
	add_number(md, s->client_cert_depth);
	add_certs(md, l->anchors);
	add_certs(md, l->names);
	add_crls(md, l->crls);
	check(EVP_DigestFinal_ex(md, digest, NULL) == 1);
	EVP_MD_CTX_free(md);
}

/* --- Sessions --- */

void
clientcert_limit_session(SSL *ssl)
{
	const struct tls_conn *t = SSL_get_app_data(ssl);
	const X509 *x509 = SSL_get0_peer_certificate(ssl);
	SSL_SESSION *session = SSL_get_session(ssl);
	int days = 0, seconds = 0;
	long left, begun;

	if (t->server->client_cert == 3 || x509 == NULL || session == NULL ||
	    ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(x509)) !=
		1)
		return;
	if (days > 1)
		return;
	begun = (long)time(NULL) - SSL_SESSION_get_time(session);
	left = (long)days * 86400 + seconds + begun;
	if (left < SSL_SESSION_get_timeout(session))
		(void)SSL_SESSION_set_timeout(session, left > 1 ? left : 1);
}
