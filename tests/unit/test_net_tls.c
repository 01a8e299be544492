/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Contexts: versions, ciphers, names, resumption, ALPN, stapling. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>

#include "base/attrs.h"
#include "support/tls_certs.h"
#include "support/tls_pair.h"
#include "unit/tap.h"

static struct tls_made root, one, one_rsa, two, wild;
static SSL_CTX *peer;
static struct tls_pair pair;
static struct tls_told told;
static struct tls_report report;

static void
set_up(void)
{
	root = tls_make(&(struct tls_wish){ .subject = "CN=Root", .ca = true });
	one = tls_make(
	    &(struct tls_wish){ .subject = "CN=one.test", .issuer = &root });
	one_rsa = tls_make(&(struct tls_wish){ .subject = "CN=one.test",
	    .issuer = &root,
	    .rsa_bits = 2048 });
	two = tls_make(&(struct tls_wish){ .subject = "O=x",
	    .dns = "two.test",
	    .issuer = &root });
	wild = tls_make(&(struct tls_wish){ .subject = "O=x",
	    .dns = "*.test",
	    .issuer = &root });
	tls_write("root.pem", TLS_CERT(root));
	tls_write("one.pem", TLS_CERT(one), TLS_KEY(one), TLS_CERT(root));
	tls_write("one-rsa.pem", TLS_CERT(one_rsa), TLS_KEY(one_rsa),
	    TLS_CERT(root));
	tls_write("two.pem", TLS_CERT(two), TLS_KEY(two), TLS_CERT(root));
	tls_write("wild.pem", TLS_CERT(wild), TLS_KEY(wild), TLS_CERT(root));
	tls_write_ocsp("two.pem.ocsp", &two, &root, V_OCSP_CERTSTATUS_GOOD, 3);
	peer = tls_peer_context(false);
	report = tls_told_report(&told);
}

static void
tear_down(void)
{
	struct tls_made *all[] = { &root, &one, &one_rsa, &two, &wild };

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		tls_release(all[i]);
	SSL_CTX_free(peer);
}

static struct tls_server *
server_of(struct tls_settings s, const char *const *names, size_t count)
{
	static const char *paths[8];
	struct tls_server *server;

	for (size_t i = 0; i < count; i++)
		paths[i] = tls_path(names[i]);
	s.certs = paths;
	s.cert_count = count;
	report = tls_told_report(&told);
	server = tls_server_new(&s, &report);
	ok(server != NULL, "a server");
	return server;
}

static const char *const just_one[] = { "one.pem" };
static const char *const both_kinds[] = { "one.pem", "one-rsa.pem" };

static struct tls_server *
plain_server(struct tls_settings s)
{
	return server_of(s, just_one, 1);
}

/* --- Versions and ciphers --- */

struct meeting {
	enum tls_version min;
	unsigned disabled;
	const char *ciphers;
	int version;		    /* the client's only one */
	const char *client_ciphers; /* or NULL */
	const char *cipher;	    /* what is used; "": no handshake */
};

#define V(x) (1U << TLS_VERSION_##x)

static const struct meeting meetings[] = {
	{ 0, 0, NULL, TLS1_VERSION, NULL, "" },
	{ 0, 0, NULL, TLS1_1_VERSION, NULL, "" },
	{ 0, 0, NULL, TLS1_2_VERSION, NULL, "ECDHE-ECDSA-AES256-GCM-SHA384" },
	{ 0, 0, NULL, TLS1_3_VERSION, NULL, "TLS_AES_256_GCM_SHA384" },
	/* an old client really gets in */
	{ TLS_VERSION_1_0, 0, NULL, TLS1_VERSION, NULL,
	    "ECDHE-ECDSA-AES256-SHA" },
	{ TLS_VERSION_1_0, 0, NULL, TLS1_VERSION, "ECDHE-RSA-AES128-SHA",
	    "ECDHE-RSA-AES128-SHA" },
	{ TLS_VERSION_1_0, 0, NULL, TLS1_VERSION, "AES128-SHA", "AES128-SHA" },
	{ TLS_VERSION_1_0, 0, NULL, TLS1_VERSION, "DHE-RSA-AES128-SHA",
	    "DHE-RSA-AES128-SHA" },
	{ TLS_VERSION_1_1, 0, NULL, TLS1_VERSION, NULL, "" },
	{ TLS_VERSION_1_1, 0, NULL, TLS1_1_VERSION, NULL,
	    "ECDHE-ECDSA-AES256-SHA" },
	{ TLS_VERSION_1_0, V(1_0), NULL, TLS1_VERSION, NULL, "" },
	{ TLS_VERSION_1_3, 0, NULL, TLS1_2_VERSION, NULL, "" },
	{ 0, V(1_3), NULL, TLS1_3_VERSION, NULL, "" },
	{ 0, V(1_2), NULL, TLS1_2_VERSION, NULL, "" },
	/* the default list: forward secrecy and AEAD */
	{ 0, 0, NULL, TLS1_2_VERSION, "AES128-GCM-SHA256", "" },
	{ 0, 0, NULL, TLS1_2_VERSION, "ECDHE-RSA-AES128-SHA256", "" },
	{ 0, 0, NULL, TLS1_2_VERSION, "DHE-RSA-AES128-GCM-SHA256",
	    "DHE-RSA-AES128-GCM-SHA256" },
	/* Ciphers */
	{ 0, 0, "ECDHE-RSA-AES128-SHA256", TLS1_2_VERSION, NULL,
	    "ECDHE-RSA-AES128-SHA256" },
	{ 0, 0, "ECDHE-RSA-AES128-SHA256", TLS1_3_VERSION, NULL,
	    "TLS_AES_256_GCM_SHA384" },
	{ 0, 0, "HIGH TLS_CHACHA20_POLY1305_SHA256", TLS1_3_VERSION, NULL,
	    "TLS_CHACHA20_POLY1305_SHA256" },
	{ 0, 0, "TLS_AES_128_GCM_SHA256", TLS1_2_VERSION, NULL,
	    "ECDHE-ECDSA-AES256-GCM-SHA384" },
};

static void
meet(const struct meeting *m)
{
	const struct tls_settings s = { .min_version = m->min,
		.disabled = m->disabled,
		.ciphers = m->ciphers };
	struct tls_server *server = server_of(s, both_kinds, 2);
	bool done;

	tls_pair_server(&pair, server, peer, NULL, NULL);
	SSL_set_min_proto_version(pair.peer, m->version);
	SSL_set_max_proto_version(pair.peer, m->version);
	if (m->client_ciphers != NULL)
		SSL_set_cipher_list(pair.peer, m->client_ciphers);
	done = tls_pair_shake(&pair);
	is_str(done ? SSL_get_cipher_name(pair.peer) : "", m->cipher,
	    "minimum %d, %s: %s", m->min, SSL_get_version(pair.peer),
	    tls_error(&pair.conn));
	tls_pair_close(&pair);
	tls_server_free(server);
}

static void
test_versions(void)
{
	for (size_t i = 0; i < ARRAY_LEN(meetings); i++)
		meet(&meetings[i]);
}

/* The server's order only if it wants; the group that both like best. */
static void
test_preferences(void)
{
	for (int honor = 0; honor < 2; honor++) {
		struct tls_server *server = plain_server(
		    (struct tls_settings){ .honor_cipher_order = honor != 0 });

		SSL_CTX_set_max_proto_version(peer, TLS1_2_VERSION);
		tls_pair_server(&pair, server, peer, NULL, NULL);
		SSL_set_cipher_list(pair.peer,
		    "ECDHE-ECDSA-CHACHA20-POLY1305:"
		    "ECDHE-ECDSA-AES128-GCM-SHA256");
		ok(tls_pair_shake(&pair), "handshake");
		is_str(SSL_get_cipher_name(pair.peer),
		    honor ? "ECDHE-ECDSA-AES128-GCM-SHA256"
			  : "ECDHE-ECDSA-CHACHA20-POLY1305",
		    "server's order: %d", honor);
		tls_pair_close(&pair);
		tls_server_free(server);
		SSL_CTX_set_max_proto_version(peer, 0);
	}
}

static const struct {
	const char *curves, *client;
	int group; /* 0: no handshake */
} groups[] = {
	{ NULL, "X25519:P-256", NID_X25519 },
	{ NULL, "P-384", NID_secp384r1 },
	{ NULL, "P-521", 0 },
	{ "secp521r1", "P-521:P-256", NID_secp521r1 },
	{ "prime256v1", "P-521:P-256", NID_X9_62_prime256v1 },
	{ "P-384, prime256v1", "P-256:P-384", NID_X9_62_prime256v1 },
};

static void
test_groups(void)
{
	for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
		struct tls_server *server = plain_server(
		    (struct tls_settings){ .curves = groups[i].curves });
		bool done;

		tls_pair_server(&pair, server, peer, NULL, NULL);
		SSL_set1_groups_list(pair.peer, groups[i].client);
		done = tls_pair_shake(&pair);
		is_int(done ? SSL_get_negotiated_group(pair.peer) : 0,
		    groups[i].group, "group %zu", i);
		tls_pair_close(&pair);
		tls_server_free(server);
	}
}

static const struct {
	struct tls_settings s;
	const char *words;
	bool error;
} findings[] = {
	{ { .ciphers = "RC5-NOTHING" },
	    "no cipher of this OpenSSL matches the list: the default is used\n",
	    false },
	{ { .ciphers = "TLS_NOTHING" },
	    "a cipher of TLS 1.3 in the list is unknown: the default is "
	    "used\n",
	    false },
	{ { .ciphers = "HIGH:!aNULL" }, "", false },
	{ { .curves = "P-257" }, "there is no curve P-257\n", true },
	{ { .curves = "sect113r1:P-256" },
	    "sect113r1 cannot be used with TLS and is ignored\n", false },
};

static void
test_findings(void)
{
	const char *file = tls_path("one.pem");

	for (size_t i = 0; i < ARRAY_LEN(findings); i++) {
		struct tls_settings s = findings[i].s;
		struct tls_server *server;

		s.certs = &file;
		s.cert_count = 1;
		report = tls_told_report(&told);
		server = tls_server_new(&s, &report);
		is_str(told.text, findings[i].words, "finding %zu", i);
		is_int(server == NULL, findings[i].error, "fatal: %d",
		    findings[i].error);
		tls_server_free(server);
	}
}

/* --- The hello --- */

static const struct {
	const char *name, *ciphers, *subject_of;
} names[] = {
	{ NULL, NULL, "one" },
	{ "two.test", NULL, "two" },
	{ "TWO.test", NULL, "two" },
	{ "other.test", NULL, "wild" },
	{ "a.other.test", NULL, "one" },
	{ "one.test", NULL, "one" },
	{ "one.test", "ECDHE-RSA-AES128-GCM-SHA256", "one_rsa" },
	{ NULL, "ECDHE-RSA-AES128-GCM-SHA256", "one_rsa" },
	{ "two.test", "ECDHE-RSA-AES128-GCM-SHA256", "" },
};

static const char *
who(const X509 *x509)
{
	const struct tls_made *all[] = { &one, &one_rsa, &two, &wild };
	static const char *const called[] = { "one", "one_rsa", "two", "wild" };

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (x509 != NULL && X509_cmp(all[i]->x509, x509) == 0)
			return called[i];
	return "";
}

static void
test_names(void)
{
	static const char *const files[] = { "one.pem", "two.pem", "wild.pem",
		"one-rsa.pem" };
	struct tls_server *server = server_of((struct tls_settings){ 0 }, files,
	    4);

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		tls_pair_server(&pair, server, peer, names[i].name, NULL);
		if (names[i].ciphers != NULL) {
			SSL_set_max_proto_version(pair.peer, TLS1_2_VERSION);
			SSL_set_cipher_list(pair.peer, names[i].ciphers);
		}
		(void)tls_pair_shake(&pair);
		is_str(who(SSL_get0_peer_certificate(pair.peer)),
		    names[i].subject_of, "name %zu", i);
		if (names[i].subject_of[0] != '\0')
			is_int(sk_X509_num(SSL_get_peer_cert_chain(pair.peer)),
			    2, "with its chain");
		tls_pair_close(&pair);
	}
	tls_server_free(server);
}

static const struct {
	const char *offer;
	unsigned len;
	const char *chosen; /* NULL: refused */
} protocols[] = {
	{ "", 0, "" },
	{ "\x8http/1.1", 9, "http/1.1" },
	{ "\x2h2\x8http/1.1", 12, "http/1.1" },
	{ "\x8http/1.0\x8http/1.1", 18, "http/1.1" },
	{ "\x8http/1.0", 9, "http/1.0" },
	{ "\x2h2", 3, NULL },
	{ "\x8HTTP/1.1", 9, NULL },
};

static void
test_alpn(void)
{
	struct tls_server *server = plain_server((struct tls_settings){ 0 });

	for (size_t i = 0; i < ARRAY_LEN(protocols); i++) {
		const unsigned char *got;
		const char *chosen = protocols[i].chosen;
		unsigned len;

		tls_pair_server(&pair, server, peer, NULL, NULL);
		if (protocols[i].len > 0)
			SSL_set_alpn_protos(pair.peer,
			    (const unsigned char *)protocols[i].offer,
			    protocols[i].len);
		is_int(tls_pair_shake(&pair), chosen != NULL, "offer %zu", i);
		SSL_get0_alpn_selected(pair.peer, &got, &len);
		if (chosen != NULL)
			ok(len == strlen(chosen) &&
				memcmp(got != NULL ? (const char *)got : "",
				    chosen, len) == 0,
			    "%s", chosen);
		else
			is_int(ERR_GET_REASON(ERR_peek_error()),
			    SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL,
			    "with the alert for it");
		tls_pair_close(&pair);
	}
	tls_server_free(server);
}

/* RFC 7507: a client that fell back although we have something better. */
static void
test_fallback(void)
{
	struct tls_server *server = plain_server((struct tls_settings){ 0 });
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

	for (int i = 0; i < 2; i++) {
		tls_pair_server(&pair, server, peer, NULL, NULL);
		SSL_set_max_proto_version(pair.peer, versions[i]);
		SSL_set_mode(pair.peer, SSL_MODE_SEND_FALLBACK_SCSV);
		is_int(tls_pair_shake(&pair), i == 1, "fallback %d", i);
		if (i == 0)
			is_int(ERR_GET_REASON(ERR_peek_error()),
			    SSL_R_TLSV1_ALERT_INAPPROPRIATE_FALLBACK,
			    "the alert for it");
		tls_pair_close(&pair);
	}
	tls_server_free(server);
}

static void
test_stapling(void)
{
	static const char *const files[] = { "one.pem", "two.pem" };
	struct tls_server *server = server_of((struct tls_settings){ 0 }, files,
	    2);

	for (int i = 0; i < 2; i++) {
		const unsigned char *bytes;
		long len;

		tls_pair_server(&pair, server, peer,
		    i == 0 ? "one.test" : "two.test", NULL);
		SSL_set_tlsext_status_type(pair.peer, TLSEXT_STATUSTYPE_ocsp);
		ok(tls_pair_shake(&pair), "handshake");
		len = SSL_get_tlsext_status_ocsp_resp(pair.peer, &bytes);
		is_int(len > 0, i, "a response for the one that has one");
		tls_pair_close(&pair);
	}
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

/* Whether a visit under this name resumed the session offered. */
static bool
visit(struct tls_server *server, const char *name, SSL_SESSION *session)
{
	char byte;
	bool resumed;

	tls_pair_server(&pair, server, peer, name, session);
	ok(tls_pair_shake(&pair), "handshake");
	(void)tls_pair_peer_reads(&pair, &byte, 1); /* tickets */
	resumed = SSL_session_reused(pair.peer) != 0;
	tls_pair_close(&pair);
	return resumed;
}

struct resumption {
	const char *what;
	struct tls_settings first, second;
	const char *name; /* of the second visit */
	bool want;
};

static const struct resumption resumptions[] = {
	{ "the same settings after a reload", { .identity = "a:1" },
	    { .identity = "a:1" }, "one.test", true },
	{ "another listener", { .identity = "a:1" }, { .identity = "a:2" },
	    "one.test", false },
	{ "no identity", { .identity = NULL }, { .identity = NULL }, "one.test",
	    false },
	{ "another mode", { .identity = "a:1" },
	    { .identity = "a:1", .client_cert = 1, .client_cert_depth = 9 },
	    "one.test", false },
	{ "another depth",
	    { .identity = "a:1", .client_cert = 1, .client_cert_depth = 9 },
	    { .identity = "a:1", .client_cert = 1, .client_cert_depth = 8 },
	    "one.test", false },
	{ "another name with the same certificate", { .identity = "a:1" },
	    { .identity = "a:1" }, "nobody.else", true },
};

static void
resume(const struct resumption *r, int version, bool tickets)
{
	struct tls_server *a = plain_server(r->first);
	struct tls_server *b = plain_server(r->second);
	/* ids are known to the server that gave them, and to no other */
	const bool want = r->want && tickets;

	SSL_CTX_set_max_proto_version(peer, version);
	if (!tickets)
		SSL_CTX_set_options(peer, SSL_OP_NO_TICKET);
	ok(!visit(a, "one.test", NULL), "%s: new", r->what);
	ok(last != NULL, "%s: a session", r->what);
	ok(visit(a, "one.test", last), "%s: resumed where it is from", r->what);
	is_int(visit(b, r->name, last), want, "%s: elsewhere", r->what);
	SSL_CTX_clear_options(peer, SSL_OP_NO_TICKET);
	SSL_CTX_set_max_proto_version(peer, 0);
	tls_server_free(a);
	tls_server_free(b);
}

static void
test_resumption(void)
{
	SSL_CTX_set_session_cache_mode(peer,
	    SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(peer, on_session);
	for (size_t i = 0; i < ARRAY_LEN(resumptions); i++) {
		resume(&resumptions[i], TLS1_2_VERSION, true);
		resume(&resumptions[i], TLS1_2_VERSION, false);
		resume(&resumptions[i], TLS1_3_VERSION, true);
	}
}

/* RFC 6066, 3: not under a name with another certificate. */
static void
test_resumption_by_name(void)
{
	static const char *const files[] = { "one.pem", "two.pem" };
	struct tls_server *server = server_of((struct tls_settings){ 0 }, files,
	    2);
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

	for (int i = 0; i < 2; i++) {
		SSL_CTX_set_max_proto_version(peer, versions[i]);
		ok(!visit(server, "one.test", NULL), "new");
		ok(!visit(server, "two.test", last), "another certificate");
		ok(visit(server, "two.test", last), "the same one");
		ok(visit(server, "Two.Test", last), "in any case");
	}
	SSL_CTX_set_max_proto_version(peer, 0);
	tls_server_free(server);
}

/* A ticket that is not ours, or was changed, is no reason to refuse. */
static void
test_broken_ticket(void)
{
	struct tls_server *server = plain_server((struct tls_settings){ 0 });
	unsigned char *der = NULL;
	const unsigned char *p;
	SSL_SESSION *bent;
	int len;

	(void)visit(server, NULL, NULL);
	len = i2d_SSL_SESSION(last, &der);
	for (int at = len / 2; at < len; at += 16) {
		der[at] ^= 0x55;
		p = der;
		bent = d2i_SSL_SESSION(NULL, &p, len);
		if (bent != NULL && SSL_SESSION_is_resumable(bent)) {
			tls_pair_server(&pair, server, peer, NULL, bent);
			(void)tls_pair_shake(&pair);
			ok(pair.status != CONN_FAILED ||
				!SSL_session_reused(pair.peer),
			    "byte %d", at);
			tls_pair_close(&pair);
		}
		SSL_SESSION_free(bent);
		der[at] ^= 0x55;
	}
	OPENSSL_free(der);
	tls_server_free(server);
}

int
main(void)
{
	set_up();
	test_versions();
	test_preferences();
	test_groups();
	test_findings();
	test_names();
	test_alpn();
	test_fallback();
	test_stapling();
	test_resumption();
	test_resumption_by_name();
	test_broken_ticket();
	SSL_SESSION_free(last);
	tear_down();
	return tap_done();
}
