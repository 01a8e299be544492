/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cert: which files are read how, and what is said about them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#include <openssl/ocsp.h>
#include <openssl/pem.h>

#include "base/attrs.h"
#include "net/cert.h"
#include "support/tls_certs.h"
#include "support/tls_pair.h"
#include "unit/tap.h"

static SSL_CTX *ctx;
static struct tls_made root, middle, leaf, other, rsa, lonely, old, early;

static void
make_all(void)
{
	root = tls_make(&(struct tls_wish){ .subject = "CN=Root", .ca = true });
	middle = tls_make(&(struct tls_wish){ .subject = "CN=Middle",
	    .ca = true,
	    .issuer = &root });
	leaf = tls_make(&(struct tls_wish){ .subject = "CN=leaf.test",
	    .dns = "leaf.test www.leaf.test",
	    .issuer = &middle });
	other = tls_make(&(
	    struct tls_wish){ .subject = "CN=other.test", .issuer = &middle });
	rsa = tls_make(&(struct tls_wish){ .subject = "CN=leaf.test",
	    .issuer = &middle,
	    .rsa_bits = 2048 });
	lonely = tls_make(&(struct tls_wish){ .subject = "CN=lonely.test" });
	old = tls_make(&(struct tls_wish){ .subject = "CN=old.test",
	    .from_days = -9,
	    .to_days = -1 });
	early = tls_make(&(struct tls_wish){ .subject = "CN=early.test",
	    .from_days = 1,
	    .to_days = 9 });
}

static void
free_all(void)
{
	struct tls_made *all[] = { &root, &middle, &leaf, &other, &rsa, &lonely,
		&old, &early };

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		tls_release(all[i]);
}

/* "CN<CN<CN ...": each certificate with its chain. */
static const char *
shown(const struct certs *list)
{
	static char text[1000];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < list->count; i++) {
		const struct cert *c = list->cert[i];
		const X509 *x509 = c->x509;

		for (int j = 0;; j++) {
			char name[100];

			cert_name(X509_get_subject_name(x509), name,
			    sizeof(name));
			len += (size_t)snprintf(text + len, sizeof(text) - len,
			    "%s%s",
			    j > 0	  ? "<"
				: len > 0 ? " "
					  : "",
			    name + 5);
			if (j == sk_X509_num(c->chain))
				break;
			x509 = sk_X509_value(c->chain, j);
		}
	}
	return text;
}

static void
load(const char *path, const char *certs, const char *words)
{
	struct tls_told told;
	const struct tls_report report = tls_told_report(&told);
	struct teller t = { .report = &report };
	struct certs list = { 0 };
	struct cert_loader l;

	cert_loader_init(&l, &list, ctx, &t);
	cert_load(&l, path);
	cert_loader_release(&l);
	is_str(shown(&list), certs, "%s: certificates", path);
	is_str(told.text, words, "%s: findings", path);
	is_int(t.errors, told.errors, "%s: errors are counted", path);
	cert_release(&list);
}

#define CHAINED "leaf.test<Middle<Root"

static void
test_order(void)
{
	tls_write("a1", TLS_CERT(leaf), TLS_CERT(middle), TLS_CERT(root),
	    TLS_KEY(leaf));
	tls_write("a2", TLS_KEY(leaf), TLS_CERT(root), TLS_CERT(middle),
	    TLS_CERT(leaf));
	tls_write("a3", TLS_CERT(root), TLS_TEXT("words in between\n"),
	    TLS_CERT(leaf), TLS_KEY(leaf), TLS_CERT(middle));
	load(tls_path("a1"), CHAINED, "");
	load(tls_path("a2"), CHAINED, "");
	load(tls_path("a3"), CHAINED, "");
}

static void
test_odd_files(void)
{
	tls_write("b1", TLS_CERT(leaf), TLS_KEY(leaf), TLS_CERT(middle),
	    TLS_CERT(lonely));
	load(tls_path("b1"), "leaf.test<Middle<lonely.test", "");
	tls_write("b2", TLS_CERT(leaf), TLS_CERT(rsa), TLS_KEY(leaf),
	    TLS_KEY(rsa), TLS_CERT(middle));
	load(tls_path("b2"), "leaf.test<Middle leaf.test<Middle", "");
	tls_write("b3", TLS_CERT(lonely), TLS_KEY(lonely),
	    TLS_TEXT("-----BEGIN DH PARAMETERS-----\nMEYC\n"));
	load(tls_path("b3"), "lonely.test", "");
	tls_write("b4",
	    TLS_TEXT("-----BEGIN EC PARAMETERS-----\n"
		     "BggqhkjOPQMBBw==\n"
		     "-----END EC PARAMETERS-----\n"),
	    TLS_KEY(lonely), TLS_CERT(lonely));
	load(tls_path("b4"), "lonely.test", "");
	tls_write("b5", TLS_CERT(lonely), TLS_KEY(lonely), TLS_KEY(other));
	load(tls_path("b5"), "lonely.test",
	    "b5: the private key in it fits none of the certificates in it\n");
}

static void
test_warnings(void)
{
	tls_write("c1", TLS_CERT(old), TLS_KEY(old));
	load(tls_path("c1"), "old.test", "c1: the certificate has expired\n");
	tls_write("c2", TLS_CERT(early), TLS_KEY(early));
	load(tls_path("c2"), "early.test",
	    "c2: the certificate is not valid yet\n");
	tls_write("c3", TLS_CERT(leaf), TLS_KEY(leaf));
	load(tls_path("c3"), "leaf.test",
	    "c3: the certificate of the issuer is missing (CN = Middle): "
	    "clients that do not have it will not trust this one\n");
	tls_write("c4", TLS_CERT(lonely), TLS_KEY(lonely));
	for (unsigned mode = 0600; mode <= 0644; mode += 004) {
		const bool exposed = (mode & 044) != 0;

		if ((mode & 033) != 0)
			continue;
		chmod(tls_path("c4"), (mode_t)mode);
		load(tls_path("c4"), "lonely.test",
		    exposed ? "c4: the private key in it can be read by others "
			      "than its owner (chmod go= FILE)\n"
			    : "");
	}
}

static void
test_errors(void)
{
	load(tls_path("nowhere"), "", "nowhere: No such file or directory\n");
	tls_write("d1", TLS_CERT(leaf), TLS_KEY(other));
	load(tls_path("d1"), "",
	    "d1: the private key in it fits none of the certificates in it\n");
	tls_write("d2", TLS_CERT(lonely), TLS_SECRET(lonely));
	load(tls_path("d2"), "",
	    "d2: the private key is encrypted, and nobody can be asked for its "
	    "password: \"openssl pkey -in OLD -out NEW\" writes it without\n");
	tls_write("d3", TLS_CERT(lonely));
	load(tls_path("d3"), "",
	    "d3: there is no private key in it (PEM); it stands in the same "
	    "file as the certificate\n");
	tls_write("d4", TLS_KEY(lonely));
	load(tls_path("d4"), "", "d4: there is no certificate in it (PEM)\n");
	tls_write("d5", TLS_TEXT(""));
	load(tls_path("d5"), "", "d5: there is no certificate in it (PEM)\n");
	tls_write("d6", TLS_CERT(lonely),
	    TLS_TEXT("-----BEGIN PRIVATE KEY-----\nMIGH\n"));
	load(tls_path("d6"), "", "d6: a PEM block in it has no proper end\n");
	tls_write("d7", TLS_KEY(lonely),
	    TLS_TEXT("-----BEGIN CERTIFICATE-----\nAAAA\n"
		     "-----END CERTIFICATE-----\n"));
	load(tls_path("d7"), "", "d7: wrong tag\n");
}

/* What no handshake could use. */
static void
test_weak(void)
{
	struct tls_made weak = tls_make(
	    &(struct tls_wish){ .subject = "CN=weak.test", .rsa_bits = 768 });

	tls_write("w1", TLS_CERT(weak), TLS_KEY(weak));
	SSL_CTX_set_security_level(ctx, 1);
	load(tls_path("w1"), "weak.test",
	    "w1: OpenSSL refuses the certificate: ee key too small\n");
	SSL_CTX_set_security_level(ctx, 0);
	load(tls_path("w1"), "weak.test", "");
	tls_release(&weak);
}

/* A key in the form of before PKCS #8, encrypted if there is a cipher. */
static void
write_old_key(const char *name, const struct tls_made *m,
    const EVP_CIPHER *cipher)
{
	BIO *b = BIO_new_file(tls_path(name), "w");
	unsigned char word[] = "word";

	PEM_write_bio_X509(b, m->x509);
	PEM_write_bio_PrivateKey_traditional(b, m->key, cipher,
	    cipher != NULL ? word : NULL, cipher != NULL ? 4 : 0, NULL, NULL);
	PEM_write_bio_X509(b, middle.x509);
	BIO_free(b);
	chmod(tls_path(name), 0600);
}

static void
test_old_keys(void)
{
	write_old_key("e1", &rsa, NULL);
	load(tls_path("e1"), "leaf.test<Middle", "");
	write_old_key("e2", &leaf, NULL);
	load(tls_path("e2"), "leaf.test<Middle", "");
	write_old_key("e3", &leaf, EVP_aes_128_cbc());
	load(tls_path("e3"), "",
	    "e3: the private key is encrypted, and nobody can be asked for its "
	    "password: \"openssl pkey -in OLD -out NEW\" writes it without\n");
}

static void
test_folders(void)
{
	char pattern[200];

	mkdir(tls_path("f [x]"), 0700);
	mkdir(tls_path("f [x]/sub"), 0700);
	load(tls_path("f [x]"), "", "*: there is no file of that name\n");
	tls_write("f [x]/20", TLS_CERT(lonely), TLS_KEY(lonely));
	tls_write("f [x]/10", TLS_CERT(leaf), TLS_KEY(leaf), TLS_CERT(middle));
	tls_write("f [x]/10.ocsp", TLS_TEXT("junk"));
	load(tls_path("f [x]"), "leaf.test<Middle lonely.test",
	    "10.ocsp: the OCSP response is not sent: it is not an OCSP "
	    "response (DER)\n");
	mkdir(tls_path("g"), 0700);
	tls_write("g/b.pem", TLS_CERT(lonely), TLS_KEY(lonely));
	tls_write("g/a.pem", TLS_CERT(root), TLS_KEY(root));
	tls_write("g/c.txt", TLS_TEXT("none"));
	snprintf(pattern, sizeof(pattern), "%s/g/*.pem", tls_folder());
	load(pattern, "Root lonely.test", "");
	snprintf(pattern, sizeof(pattern), "%s/g/*.crt", tls_folder());
	load(pattern, "", "*.crt: there is no file of that name\n");
}

/* Who may issue clients' certificates completes a chain, but for the root. */
static void
test_completion(void)
{
	STACK_OF(X509) *issuers = sk_X509_new_null();
	struct tls_told told;
	const struct tls_report report = tls_told_report(&told);
	struct teller t = { .report = &report };
	struct certs list = { 0 };
	struct cert_loader l;

	sk_X509_push(issuers, root.x509);
	sk_X509_push(issuers, middle.x509);
	tls_write("h1", TLS_CERT(leaf), TLS_KEY(leaf));
	cert_loader_init(&l, &list, ctx, &t);
	l.issuers = issuers;
	cert_load(&l, tls_path("h1"));
	tls_write("h2", TLS_CERT(middle), TLS_KEY(middle));
	cert_load(&l, tls_path("h2"));
	cert_loader_release(&l);
	is_str(shown(&list), "leaf.test<Middle Middle", "chains");
	is_str(told.text, "", "nothing is missing");
	cert_release(&list);
	sk_X509_free(issuers);
}

/* --- OCSP --- */

static void
staple(const char *what, bool good, const char *words)
{
	struct tls_told told;
	const struct tls_report report = tls_told_report(&told);
	struct teller t = { .report = &report };
	struct certs list = { 0 };
	struct cert_loader l;

	cert_loader_init(&l, &list, ctx, &t);
	cert_load(&l, tls_path("s.pem"));
	cert_loader_release(&l);
	is_int(list.count, 1, "%s: is loaded", what);
	ok((list.cert[0]->staple != NULL) == good, "%s: stapled %d", what,
	    good);
	is_str(told.text, words, "%s: findings", what);
	is_int(t.errors, 0, "%s: never an error", what);
	cert_release(&list);
}

#define LEFT_OUT "s.pem.ocsp: the OCSP response is not sent: "

static void
test_staples(void)
{
	tls_write("s.pem", TLS_CERT(leaf), TLS_KEY(leaf), TLS_CERT(middle));
	staple("no file", false, "");
	tls_write_ocsp("s.pem.ocsp", &leaf, &middle, V_OCSP_CERTSTATUS_GOOD, 3);
	staple("good", true, "");
	tls_write_ocsp("s.pem.ocsp", &leaf, &middle, V_OCSP_CERTSTATUS_GOOD,
	    -1);
	staple("stale", false, LEFT_OUT "it is out of date\n");
	tls_write_ocsp("s.pem.ocsp", &leaf, &middle, V_OCSP_CERTSTATUS_REVOKED,
	    3);
	staple("revoked", false, LEFT_OUT "the certificate is revoked\n");
	tls_write_ocsp("s.pem.ocsp", &leaf, &middle, V_OCSP_CERTSTATUS_UNKNOWN,
	    3);
	staple("unknown", false, LEFT_OUT "it does not know the certificate\n");
	tls_write_ocsp("s.pem.ocsp", &other, &middle, V_OCSP_CERTSTATUS_GOOD,
	    3);
	staple("foreign", false, LEFT_OUT "it is about another certificate\n");
	tls_write_ocsp("s.pem.ocsp", &leaf, &root, V_OCSP_CERTSTATUS_GOOD, 3);
	staple("not the issuer's", false,
	    LEFT_OUT "its signature is not good\n");
	tls_write("s.pem.ocsp", TLS_TEXT(""));
	staple("empty", false, LEFT_OUT "it is not an OCSP response (DER)\n");
	tls_write("s.pem", TLS_CERT(lonely), TLS_KEY(lonely));
	tls_write_ocsp("s.pem.ocsp", &lonely, &lonely, V_OCSP_CERTSTATUS_GOOD,
	    3);
	staple("self-signed", false,
	    LEFT_OUT "the certificate of the issuer is missing\n");
}

int
main(void)
{
	ctx = SSL_CTX_new(TLS_server_method());
	make_all();
	test_order();
	test_odd_files();
	test_warnings();
	test_errors();
	test_weak();
	test_old_keys();
	test_folders();
	test_completion();
	test_staples();
	free_all();
	SSL_CTX_free(ctx);
	return tap_done();
}
