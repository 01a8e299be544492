/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Towards a back-end: whom we ask for, whom we trust, what we resume. */
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>

#include "base/attrs.h"
#include "support/tls_certs.h"
#include "support/tls_pair.h"
#include "unit/tap.h"

static struct tls_made root, one, two, stranger;
static struct tls_pair pair;
static struct tls_told told;
static struct tls_report report;

static void
set_up(void)
{
	root = tls_make(&(struct tls_wish){ .subject = "CN=Root", .ca = true });
	one = tls_make(&(struct tls_wish){ .subject = "CN=one.test",
	    .dns = "one.test",
	    .issuer = &root });
	two = tls_make(
	    &(struct tls_wish){ .subject = "CN=two.test", .issuer = &root });
	stranger = tls_make(
	    &(struct tls_wish){ .subject = "CN=Stranger", .ca = true });
	tls_write("root.pem", TLS_CERT(root));
	tls_write("stranger.pem", TLS_CERT(stranger));
	tls_write("two.pem", TLS_CERT(two), TLS_KEY(two), TLS_CERT(root));
}

static void
tear_down(void)
{
	tls_release(&root);
	tls_release(&one);
	tls_release(&two);
	tls_release(&stranger);
}

static SSL_CTX *origin; /* has the certificate of one.test */
static char asked[300]; /* the name that the last client sent */

static int
on_name(SSL *ssl, int *alert, void *arg)
{
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	(void)alert;
	(void)arg;
	snprintf(asked, sizeof(asked), "%s", name != NULL ? name : "");
	return SSL_TLSEXT_ERR_OK;
}

static void
make_origin(void)
{
	origin = tls_peer_context(true);
	SSL_CTX_use_certificate(origin, one.x509);
	SSL_CTX_use_PrivateKey(origin, one.key);
	SSL_CTX_set_tlsext_servername_callback(origin, on_name);
	SSL_CTX_set_session_id_context(origin, (unsigned char *)"o", 1);
}

static struct tls_client *
client_of(struct tls_settings s)
{
	struct tls_client *c;

	report = tls_told_report(&told);
	c = tls_client_new(&s, &report);
	is_str(told.text, "", "a client, and nothing to tell");
	return c;
}

static const struct {
	const char *server_name, *host;
	bool verify;
	const char *sent;
	bool in;
} callers[] = {
	{ NULL, "one.test", false, "one.test", true },
	{ NULL, "other.test", false, "other.test", true },
	{ NULL, "one.test.", false, "one.test", true },
	{ NULL, "127.0.0.1", false, "", true },
	{ NULL, "[::1]", false, "", true },
	{ NULL, "", false, "", true },
	{ "x.test", "one.test", false, "x.test", true },
	{ "", "one.test", false, "", true },
	{ NULL, "one.test", true, "one.test", true },
	{ NULL, "ONE.test", true, "ONE.test", true },
	{ NULL, "other.test", true, "other.test", false },
	{ NULL, "127.0.0.1", true, "", false },
	{ NULL, "", true, "", false },
	{ "one.test", "other.test", true, "one.test", true },
	{ "other.test", "one.test", true, "other.test", false },
	{ "", "one.test", true, "", true },
};

static void
test_callers(void)
{
	for (size_t i = 0; i < ARRAY_LEN(callers); i++) {
		struct tls_client *c = client_of((
		    struct tls_settings){ .server_name = callers[i].server_name,
		    .verify_list = callers[i].verify ? tls_path("root.pem")
						     : NULL });

		asked[0] = '\0';
		tls_pair_client(&pair, c, origin, callers[i].host);
		(void)tls_pair_shake(&pair);
		is_int(pair.status == CONN_OK, callers[i].in, "caller %zu: %s",
		    i, tls_error(&pair.conn));
		is_str(asked, callers[i].sent, "caller %zu: the name", i);
		tls_pair_close(&pair);
		tls_client_free(c);
	}
}

/* A certificate that nobody we trust has signed. */
static void
test_wrong_issuer(void)
{
	struct tls_client *c = client_of(
	    (struct tls_settings){ .verify_list = tls_path("stranger.pem") });

	tls_pair_client(&pair, c, origin, "one.test");
	ok(!tls_pair_shake(&pair), "no handshake");
	is_str(tls_error(&pair.conn), "unable to get local issuer certificate",
	    "in words");
	tls_pair_close(&pair);
	tls_client_free(c);
}

static bool
call(struct tls_client *c, const char *host)
{
	bool reused;

	tls_pair_client(&pair, c, origin, host);
	ok(tls_pair_shake(&pair), "handshake");
	ok(conn_quiet(&pair.conn), "tickets are read");
	reused = SSL_session_reused(pair.peer) != 0;
	tls_pair_close(&pair);
	return reused;
}

/* Sessions are kept for each name. */
static void
test_reuse(void)
{
	static const int newest[] = { TLS1_2_VERSION, TLS1_3_VERSION };

	for (size_t i = 0; i < ARRAY_LEN(newest); i++) {
		struct tls_client *c = client_of((struct tls_settings){ 0 });

		SSL_CTX_set_max_proto_version(origin, newest[i]);
		ok(!call(c, "a.test"), "the first time");
		ok(call(c, "a.test"), "again");
		ok(call(c, "a.test"), "and again");
		ok(!call(c, "b.test"), "another name");
		ok(call(c, "b.test"), "that name again");
		tls_client_free(c);
	}
	SSL_CTX_set_max_proto_version(origin, 0);
}

/* Four names stand side by side wherever they fall; of very many some are
 * forgotten, and the one of now is not. */
static void
test_many_names(void)
{
	char name[][16] = { "a.test", "b.test", "c.test", "d.test", "n000" };

	for (int table = 0; table < 40; table++) {
		struct tls_client *c = client_of((struct tls_settings){ 0 });
		int reused = 0;

		for (int i = 0; i < 8; i++)
			reused += call(c, name[i % 4]);
		is_int(reused, 4, "each resumes its own");
		for (int i = 0; table == 0 && i < 300; i++) {
			snprintf(name[4], sizeof(name[4]), "n%03d", i);
			ok(!call(c, name[4]) && call(c, name[4]),
			    "one of many");
		}
		tls_client_free(c);
	}
}

static void
test_own_certificate(void)
{
	const char *file = tls_path("two.pem");
	struct tls_client *c = client_of(
	    (struct tls_settings){ .certs = &file, .cert_count = 1 });

	tls_pair_client(&pair, c, origin, "one.test");
	SSL_set_verify(pair.peer, SSL_VERIFY_PEER, NULL);
	SSL_set_session_id_context(pair.peer, (unsigned char *)"v", 1);
	SSL_CTX_load_verify_file(origin, tls_path("root.pem"));
	ok(tls_pair_shake(&pair), "handshake");
	ok(X509_cmp(SSL_get0_peer_certificate(pair.peer), two.x509) == 0,
	    "we show our certificate");
	tls_pair_close(&pair);
	tls_client_free(c);
}

int
main(void)
{
	set_up();
	make_origin();
	test_callers();
	test_wrong_issuer();
	test_reuse();
	test_many_names();
	test_own_certificate();
	SSL_CTX_free(origin);
	tear_down();
	return tap_done();
}
