/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clients' certificates: who gets in, and what back-ends are told. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>

#include "base/attrs.h"
#include "base/fixbuf.h"
#include "support/tls_certs.h"
#include "support/tls_pair.h"
#include "unit/tap.h"

enum who {
	NONE,
	VALID,
	EXPIRED,
	EARLY,
	REVOKED,
	WRONG_CA,
	TOO_DEEP,
	SELF_SIGNED,
	BROKEN,
	WHO
};

static const char *const called[WHO] = { "none", "valid", "expired", "early",
	"revoked", "wrong CA", "too deep", "self-signed", "broken" };

static struct tls_made root, second_root, middle, deep, site, made[WHO];
static X509_CRL *root_crl, *middle_crl, *deep_crl, *old_crl;
static SSL_CTX *peer;
static struct tls_pair pair;

static struct tls_made
issue(const char *subject, const struct tls_made *issuer)
{
	return tls_make(
	    &(struct tls_wish){ .subject = subject, .issuer = issuer });
}

/* A signature that is not the issuer's. */
static struct tls_made
break_one(void)
{
	struct tls_made m = issue("CN=broken", &middle);

	X509_sign(m.x509, site.key, EVP_sha256());
	return m;
}

static void
make_clients(void)
{
	made[VALID] = issue("CN=valid", &middle);
	made[EXPIRED] = tls_make(&(struct tls_wish){ .subject = "CN=expired",
	    .issuer = &middle,
	    .from_days = -9,
	    .to_days = -1 });
	made[EARLY] = tls_make(&(struct tls_wish){ .subject = "CN=early",
	    .issuer = &middle,
	    .from_days = 1,
	    .to_days = 9 });
	made[REVOKED] = issue("CN=revoked", &middle);
	made[WRONG_CA] = issue("CN=wrong", &second_root);
	made[TOO_DEEP] = issue("CN=too deep", &deep);
	made[SELF_SIGNED] = issue("CN=self", NULL);
	made[BROKEN] = break_one();
}

static void
set_up(void)
{
	const struct tls_wish ca = { .subject = "CN=Root", .ca = true };

	root = tls_make(&ca);
	second_root = tls_make(
	    &(struct tls_wish){ .subject = "CN=Other", .ca = true });
	middle = tls_make(&(struct tls_wish){ .subject = "CN=Middle",
	    .ca = true,
	    .issuer = &root });
	deep = tls_make(&(struct tls_wish){ .subject = "CN=Deep",
	    .ca = true,
	    .issuer = &middle });
	site = issue("CN=site.test", NULL);
	make_clients();
	root_crl = tls_make_crl(&root, NULL, 9);
	middle_crl = tls_make_crl(&middle, made[REVOKED].x509, 9);
	deep_crl = tls_make_crl(&deep, NULL, 9);
	old_crl = tls_make_crl(&middle, NULL, -1);
	tls_write("site.pem", TLS_CERT(site), TLS_KEY(site));
	tls_write("root.pem", TLS_CERT(root));
	tls_write("both.pem", TLS_CERT(second_root), TLS_CERT(middle));
	tls_write("crls.pem", TLS_CRL(root_crl), TLS_CRL(middle_crl));
	tls_write("crl2.pem", TLS_CRL(deep_crl));
	tls_write("old.pem", TLS_CRL(old_crl));
	peer = tls_peer_context(false);
}

static void
tear_down(void)
{
	struct tls_made *cas[] = { &root, &second_root, &middle, &deep, &site };

	for (size_t i = 0; i < ARRAY_LEN(cas); i++)
		tls_release(cas[i]);
	for (size_t i = 1; i < WHO; i++)
		tls_release(&made[i]);
	X509_CRL_free(root_crl);
	X509_CRL_free(middle_crl);
	X509_CRL_free(deep_crl);
	X509_CRL_free(old_crl);
	SSL_CTX_free(peer);
}

static struct tls_server *
make_server(struct tls_settings s)
{
	struct tls_told told;
	const struct tls_report report = tls_told_report(&told);
	const char *file = tls_path("site.pem");
	struct tls_server *server;

	s.certs = &file;
	s.cert_count = 1;
	server = tls_server_new(&s, &report);
	is_str(told.text, "", "nothing to tell");
	return server;
}

/* --- The matrix --- */

static void
show_certificate(SSL *ssl, enum who who)
{
	if (who == NONE)
		return;
	SSL_use_certificate(ssl, made[who].x509);
	SSL_use_PrivateKey(ssl, made[who].key);
	if (who == TOO_DEEP)
		SSL_add1_chain_cert(ssl, deep.x509);
	SSL_add1_chain_cert(ssl, middle.x509);
}

struct outcome_of {
	bool in, refused;
	const char *words; /* why not */
};

static struct outcome_of
outcome_of(int mode, enum who who)
{
	static const char *const words[WHO] = {
		[EXPIRED] = "certificate has expired",
		[EARLY] = "certificate is not yet valid",
		[REVOKED] = "certificate revoked",
		[WRONG_CA] = "unable to get local issuer certificate",
		[TOO_DEEP] = "certificate chain too long",
		[SELF_SIGNED] = "self-signed certificate",
		[BROKEN] = "certificate signature failure",
	};

	if (mode == 0 || mode == 3 || who == VALID)
		return (struct outcome_of){ true, false, "no error" };
	if (who == NONE && mode == 1)
		return (struct outcome_of){ true, false, "no error" };
	if (who == NONE)
		return (struct outcome_of){ false, false,
			"peer did not return a certificate" };
	return (struct outcome_of){ false, true, words[who] };
}

static void
knock(struct tls_server *server, int mode, enum who who)
{
	const struct outcome_of want = outcome_of(mode, who);
	char byte;

	tls_pair_server(&pair, server, peer, NULL, NULL);
	show_certificate(pair.peer, who);
	(void)tls_pair_shake(&pair);
	(void)tls_pair_peer_reads(&pair, &byte, 1);
	is_int(pair.status == CONN_OK, want.in, "mode %d, %s: in", mode,
	    called[who]);
	is_int(tls_client_refused(&pair.conn), want.refused, "refused");
	is_str(tls_error(&pair.conn), want.words, "the words");
	tls_pair_close(&pair);
}

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

static void
test_matrix(void)
{
	const char *crls[] = { tls_path("crls.pem"), tls_path("crl2.pem") };

	for (int mode = 0; mode <= 3; mode++) {
		struct tls_server *server = make_server(
		    (struct tls_settings){ .client_cert = mode,
			.client_cert_depth = 1,
			.verify_list = tls_path("root.pem"),
			.crls = crls,
			.crl_count = 2 });

		for (size_t v = 0; v < ARRAY_LEN(versions); v++) {
			SSL_CTX_set_max_proto_version(peer, versions[v]);
			for (int who = 0; who < WHO; who++)
				knock(server, mode, (enum who)who);
		}
		tls_server_free(server);
	}
	SSL_CTX_set_max_proto_version(peer, 0);
}

static void
let_in(struct tls_settings s, enum who who, bool want, const char *what)
{
	struct tls_server *server = make_server(s);

	tls_pair_server(&pair, server, peer, NULL, NULL);
	show_certificate(pair.peer, who);
	(void)tls_pair_shake(&pair);
	is_int(pair.status == CONN_OK, want, "%s: %s", what,
	    tls_error(&pair.conn));
	tls_pair_close(&pair);
	tls_server_free(server);
}

static void
test_settings(void)
{
	const char *no_middle[] = { tls_path("crl2.pem") };
	struct tls_settings s = { .client_cert = 2, .client_cert_depth = 9 };

	let_in(s, VALID, false, "without VerifyList");
	s.verify_list = tls_path("root.pem");
	let_in(s, VALID, true, "with it");
	let_in(s, TOO_DEEP, true, "a longer chain, and depth 9");
	let_in(s, REVOKED, true, "without CRLs");
	s.crls = no_middle;
	s.crl_count = 1;
	let_in(s, VALID, false, "a CRL for the whole chain is needed");
}

/* --- What files say --- */

static const struct {
	struct tls_settings s;
	const char *list;
	const char *words;
	bool error;
} findings[] = {
	{ { .verify_list = "nowhere" }, NULL, "No such file or directory\n",
	    true },
	{ { .verify_list = "crls.pem" }, NULL,
	    "crls.pem: there is no certificate in it (PEM)\n", true },
	{ { .ca_list = "crls.pem" }, NULL,
	    "crls.pem: there is no certificate in it (PEM)\n", true },
	{ { 0 }, "root.pem", "root.pem: there is no CRL in it (PEM)\n", true },
	{ { 0 }, "old.pem",
	    "old.pem: a CRL in it is out of date: no certificate of its issuer "
	    "is accepted\n",
	    false },
	{ { .verify_list = "cut.pem" }, NULL,
	    "cut.pem: a PEM block in it has no proper end\n", true },
};

static void
test_findings(void)
{
	const char *file = tls_path("site.pem");

	tls_write("cut.pem", TLS_CERT(root),
	    TLS_TEXT("-----BEGIN CERTIFICATE-----\nAAAA\n"));
	for (size_t i = 0; i < ARRAY_LEN(findings); i++) {
		struct tls_settings s = findings[i].s;
		struct tls_told told;
		const struct tls_report report = tls_told_report(&told);
		const char *list = tls_path(
		    findings[i].list != NULL ? findings[i].list : "");
		struct tls_server *server;

		s.certs = &file;
		s.cert_count = 1;
		if (s.verify_list != NULL)
			s.verify_list = tls_path(s.verify_list);
		if (s.ca_list != NULL)
			s.ca_list = tls_path(s.ca_list);
		s.crls = &list;
		s.crl_count = findings[i].list != NULL;
		server = tls_server_new(&s, &report);
		ok(strstr(told.text, findings[i].words) != NULL,
		    "finding %zu: %s", i, told.text);
		is_int(server == NULL, findings[i].error, "fatal: %d",
		    findings[i].error);
		tls_server_free(server);
	}
}

/* CAlist: names for the client to choose by. */
static void
test_names(void)
{
	struct tls_server *server = make_server(
	    (struct tls_settings){ .client_cert = 1,
		.client_cert_depth = 9,
		.ca_list = tls_path("both.pem") });
	const STACK_OF(X509_NAME) * names;

	tls_pair_server(&pair, server, peer, NULL, NULL);
	ok(tls_pair_shake(&pair), "handshake");
	names = SSL_get0_peer_CA_list(pair.peer);
	is_int(sk_X509_NAME_num(names), 2, "both names");
	is_int(X509_NAME_cmp(sk_X509_NAME_value(names, 1),
		   X509_get_subject_name(middle.x509)),
	    0, "in file order");
	tls_pair_close(&pair);
	tls_server_free(server);
}

/* --- Resumption --- */

static SSL_SESSION *last;

static int
on_session(SSL *ssl, SSL_SESSION *session)
{
	(void)ssl;
	SSL_SESSION_free(last);
	last = session;
	return 1;
}

static bool
visit(struct tls_server *server, const struct tls_made *who,
    SSL_SESSION *session, const char *want)
{
	char byte, text[4096];
	struct fixbuf b;
	bool resumed;

	tls_pair_server(&pair, server, peer, NULL, session);
	SSL_use_certificate(pair.peer, who->x509);
	SSL_use_PrivateKey(pair.peer, who->key);
	SSL_add1_chain_cert(pair.peer, middle.x509);
	ok(tls_pair_shake(&pair), "handshake");
	(void)tls_pair_peer_reads(&pair, &byte, 1);
	resumed = SSL_session_reused(pair.peer) != 0;
	fixbuf_init(&b, text, sizeof(text) - 1);
	tls_add_headers(&b, &pair.conn, 2, true);
	text[b.len] = '\0';
	ok(strstr(text, want) != NULL, "the back-end hears of %s", want);
	tls_pair_close(&pair);
	return resumed;
}

/* The certificate comes along, and a session is over when it is. */
static void
test_resumption(void)
{
	struct tls_made brief = tls_make(
	    &(struct tls_wish){ .subject = "CN=brief",
		.issuer = &middle,
		.from_days = -1 });
	struct tls_server *server = make_server(
	    (struct tls_settings){ .client_cert = 2,
		.client_cert_depth = 9,
		.verify_list = tls_path("root.pem") });
	long left;

	X509_gmtime_adj(X509_getm_notAfter(brief.x509), 60);
	X509_sign(brief.x509, middle.key, EVP_sha256());
	SSL_CTX_set_session_cache_mode(peer,
	    SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(peer, on_session);
	for (size_t v = 0; v < ARRAY_LEN(versions); v++) {
		SSL_CTX_set_max_proto_version(peer, versions[v]);
		ok(!visit(server, &made[VALID], NULL, "CN = valid"), "new");
		left = (long)SSL_SESSION_get_ticket_lifetime_hint(last);
		ok(left > 3600, "for %ld s", left);
		ok(visit(server, &made[VALID], last, "CN = valid"), "resumed");
		ok(!visit(server, &brief, NULL, "CN = brief"), "new");
		left = (long)SSL_SESSION_get_ticket_lifetime_hint(last);
		ok(left > 0 && left <= 60, "for %ld s: its certificate's end",
		    left);
	}
	SSL_CTX_set_max_proto_version(peer, 0);
	tls_release(&brief);
	tls_server_free(server);
}

/* --- What back-ends are told --- */

static struct str
headers(const struct tls_made *who, int level, bool with_cert)
{
	static char text[16384];
	struct tls_server *server = make_server(
	    (struct tls_settings){ .client_cert = 3, .client_cert_depth = 9 });
	struct fixbuf b;
	size_t room;

	tls_pair_server(&pair, server, peer, NULL, NULL);
	if (who != NULL) {
		SSL_use_certificate(pair.peer, who->x509);
		SSL_use_PrivateKey(pair.peer, who->key);
	}
	ok(tls_pair_shake(&pair), "handshake");
	room = tls_headers_room(&pair.conn, level);
	ok(room < sizeof(text), "%zu bytes of room", room);
	fixbuf_init(&b, text, room);
	tls_add_headers(&b, &pair.conn, level, with_cert);
	ok(!b.overflow, "level %d: %zu bytes in %zu", level, b.len, room);
	/* the second time is no different */
	fixbuf_init(&b, text, room);
	tls_add_headers(&b, &pair.conn, level, with_cert);
	text[b.len] = '\0';
	tls_pair_close(&pair);
	tls_server_free(server);
	return fixbuf_str(&b);
}

#define CIPHER13 \
	"X-SSL-cipher: TLSv1.3/TLS_AES_256_GCM_SHA384         TLSv1.3 " \
	"Kx=any      Au=any   Enc=AESGCM(256)            Mac=AEAD\r\n"
#define CIPHER12 \
	"X-SSL-cipher: TLSv1.2/ECDHE-ECDSA-AES256-GCM-SHA384  TLSv1.2 " \
	"Kx=ECDH     Au=ECDSA Enc=AESGCM(256)            Mac=AEAD\r\n"

static void
test_levels(void)
{
	const struct tls_made *valid = &made[VALID];
	struct str s;

	is_int(headers(valid, 0, true).len, 0, "level 0: nothing");
	is_str(headers(valid, 1, true).p, CIPHER13, "level 1: the cipher");
	is_str(headers(valid, 2, false).p, CIPHER13, "ClientCert 0");
	is_str(headers(NULL, 3, true).p, CIPHER13, "no certificate");
	SSL_CTX_set_max_proto_version(peer, TLS1_2_VERSION);
	is_str(headers(NULL, 1, true).p, CIPHER12, "with TLS 1.2");
	SSL_CTX_set_max_proto_version(peer, 0);
	s = headers(valid, 2, true);
	ok(strstr(s.p, "X-SSL-certificate") == NULL, "no PEM at level 2");
	s = headers(valid, 3, true);
	ok(strstr(s.p,
	       "\r\nX-SSL-certificate: -----BEGIN CERTIFICATE-----MII") != NULL,
	    "PEM at level 3");
	ok(strstr(s.p, "-----END CERTIFICATE-----\r\n") == s.p + s.len - 27,
	    "to its end");
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] == '\n' && (i == 0 || s.p[i - 1] != '\r'))
			ok(false, "a lone line feed at %zu", i);
}

struct odd {
	struct tls_wish wish;
	const char *subject, *serial;
};

#define RAW(field, type, bytes) field, type, bytes, (int)sizeof(bytes) - 1

static const struct odd odd[] = {
	{ { .subject = "C=DE,O=Acme,CN=x", .serial = "1" },
	    "C = DE, O = Acme, CN = x", "1" },
	{ { .subject = "C=DE",
	      .field = "O",
	      .type = V_ASN1_UTF8STRING,
	      .bytes = "Acme, Inc.",
	      .bytes_len = 10,
	      .serial = "9223372036854775808" },
	    "C = DE, O = \"Acme, Inc.\"", "9223372036854775808" },
	{ { .field = "CN",
	      .type = V_ASN1_UTF8STRING,
	      .bytes = "M\xc3\xbcller",
	      .bytes_len = 7,
	      .serial = "-5" },
	    "CN = M\xc3\xbcller", "-5" },
	{ { .field = "CN",
	      .type = V_ASN1_T61STRING,
	      .bytes = "M\xfcller",
	      .bytes_len = 6,
	      .serial = "127605887595351923798765477786913079295" },
	    "CN = M\xc3\xbcller", "127605887595351923798765477786913079295" },
	{ { .field = "CN",
	      .type = V_ASN1_BMPSTRING,
	      .bytes = "\x20\xac\0x",
	      .bytes_len = 4,
	      .serial = "730750818665451459101842416358141509827966271487" },
	    "CN = \xe2\x82\xacx",
	    "730750818665451459101842416358141509827966271487" },
	{ { .field = "CN",
	      .type = V_ASN1_UTF8STRING,
	      .bytes = "good\0.evil",
	      .bytes_len = 10 },
	    "CN = good\\00.evil", NULL },
	{ { .field = "CN",
	      .type = V_ASN1_UTF8STRING,
	      .bytes = "a\r\nX-Admin: 1\x7f",
	      .bytes_len = 14 },
	    "CN = a\\0D\\0AX-Admin: 1\\7F", NULL },
	{ { .field = "CN",
	      .type = V_ASN1_UTF8STRING,
	      .bytes = "say \"hi\" \\ + <b>",
	      .bytes_len = 16 },
	    "CN = \"say \\\"hi\\\" \\\\ + <b>\"", NULL },
};

/* "Nov 22 23:31:32 2026 GMT", the day with a blank before it. */
static void
date_of(char *text, size_t size, int days)
{
	const time_t when = time(NULL) + days * (time_t)86400;
	struct tm tm;

	gmtime_r(&when, &tm);
	strftime(text, size, "%b %e ", &tm);
}

static void
test_odd_names(void)
{
	char want[1024], from[40], to[40];

	date_of(from, sizeof(from), -1);
	date_of(to, sizeof(to), 30);
	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		struct tls_made m = tls_make(&odd[i].wish);
		const char *text = headers(&m, 2, true).p;

		snprintf(want, sizeof(want),
		    CIPHER13 "X-SSL-Subject:         %s\r\n"
			     "X-SSL-Issuer:         %s\r\n"
			     "X-SSL-notBefore: %s",
		    odd[i].subject, odd[i].subject, from);
		is_mem(text,
		    strlen(want) < strlen(text) ? strlen(want) : strlen(text),
		    want, strlen(want), "certificate %zu", i);
		snprintf(want, sizeof(want), " GMT\r\nX-SSL-notAfter: %s", to);
		ok(strstr(text, want) != NULL, "certificate %zu: dates", i);
		snprintf(want, sizeof(want), " GMT\r\nX-SSL-serial: %s\r\n",
		    odd[i].serial != NULL ? odd[i].serial : "");
		if (odd[i].serial != NULL)
			ok(strstr(text, want) != NULL,
			    "certificate %zu: serial", i);
		tls_release(&m);
	}
}

int
main(void)
{
	set_up();
	test_matrix();
	test_settings();
	test_findings();
	test_names();
	test_resumption();
	SSL_CTX_sess_set_new_cb(peer, NULL);
	test_levels();
	test_odd_names();
	SSL_SESSION_free(last);
	tear_down();
	return tap_done();
}
