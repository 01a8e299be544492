/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/tls_certs.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#include <openssl/bn.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define DAY 86400L

static void
must(int held)
{
	if (held == 0) {
		fprintf(stderr, "tls_certs: OpenSSL fails\n");
		abort();
	}
}

/* --- The folder --- */

static char folder[64];

static void
remove_folder(void)
{
	char command[100];

	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	if (system(command) != 0)
		fprintf(stderr, "%s stays\n", folder);
}

const char *
tls_folder(void)
{
	if (folder[0] == '\0') {
		snprintf(folder, sizeof(folder), "/tmp/pound-certs-XXXXXX");
		must(mkdtemp(folder) != NULL);
		atexit(remove_folder);
	}
	return folder;
}

const char *
tls_path(const char *name)
{
	static char ring[64][256];
	static unsigned next;
	char *path = ring[next++ % 64];

	snprintf(path, sizeof(ring[0]), "%s/%s", tls_folder(), name);
	return path;
}

static FILE *
create(const char *name)
{
	int fd = open(tls_path(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	FILE *f = fdopen(fd, "w");

	must(f != NULL);
	return f;
}

static void
write_part(FILE *f, const struct tls_part *p)
{
	void *what = (void *)(uintptr_t)p->what;

	switch (p->kind) {
	case PART_CERT:
		must(PEM_write_X509(f, what));
		break;
	case PART_KEY:
		must(PEM_write_PrivateKey(f, what, NULL, NULL, 0, NULL, NULL));
		break;
	case PART_SECRET:
		must(PEM_write_PrivateKey(f, what, EVP_aes_128_cbc(),
		    (unsigned char *)(uintptr_t) "word", 4, NULL, NULL));
		break;
	case PART_CRL:
		must(PEM_write_X509_CRL(f, what));
		break;
	default:
		must(fputs(p->what, f) >= 0);
	}
}

void
tls_write_parts(const char *name, const struct tls_part *part, size_t count)
{
	FILE *f = create(name);

	for (size_t i = 0; i < count; i++)
		write_part(f, &part[i]);
	must(fclose(f) == 0);
}

void
tls_write_bytes(const char *name, const void *bytes, size_t len)
{
	FILE *f = create(name);

	must(fwrite(bytes, 1, len, f) == len);
	must(fclose(f) == 0);
}

/* --- Certificates --- */

static void
add_subject(X509_NAME *name, const char *subject)
{
	char copy[512], *rest = copy;

	snprintf(copy, sizeof(copy), "%s", subject);
	for (char *part; (part = strsep(&rest, ",")) != NULL;) {
		char *value = strchr(part, '=');

		must(value != NULL);
		*value++ = '\0';
		must(X509_NAME_add_entry_by_txt(name, part, MBSTRING_UTF8,
		    (unsigned char *)value, -1, -1, 0));
	}
}

static void
add_extension(X509 *x509, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	must(e != NULL && X509_add_ext(x509, e, -1));
	X509_EXTENSION_free(e);
}

static void
add_dns(X509 *x509, const char *names)
{
	char copy[2048], value[2048] = "", *rest = copy;
	size_t len = 0;

	snprintf(copy, sizeof(copy), "%s", names);
	for (char *name; (name = strsep(&rest, " ")) != NULL;)
		len += (size_t)snprintf(value + len, sizeof(value) - len,
		    "%sDNS:%s", len > 0 ? "," : "", name);
	add_extension(x509, NID_subject_alt_name, value);
}

static void
set_serial(X509 *x509, const char *serial)
{
	static long next = 1000;
	BIGNUM *n = NULL;

	if (serial == NULL) {
		must(ASN1_INTEGER_set(X509_get_serialNumber(x509), next++));
		return;
	}
	must(BN_dec2bn(&n, serial));
	must(BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x509)) != NULL);
	BN_free(n);
}

static void
set_dates(X509 *x509, const struct tls_wish *w)
{
	const bool plain = w->from_days == 0 && w->to_days == 0;

	must(X509_gmtime_adj(X509_getm_notBefore(x509),
		 (plain ? -1 : w->from_days) * DAY) != NULL);
	must(X509_gmtime_adj(X509_getm_notAfter(x509),
		 (plain ? 30 : w->to_days) * DAY) != NULL);
}

struct tls_made
tls_make(const struct tls_wish *w)
{
	struct tls_made m = { X509_new(),
		w->rsa_bits > 0 ? EVP_RSA_gen((unsigned)w->rsa_bits)
				: EVP_EC_gen("P-256") };
	const struct tls_made *issuer = w->issuer != NULL ? w->issuer : &m;
	X509_NAME *name = X509_get_subject_name(m.x509);

	must(m.key != NULL && X509_set_version(m.x509, X509_VERSION_3));
	if (w->subject != NULL)
		add_subject(name, w->subject);
	if (w->field != NULL)
		must(X509_NAME_add_entry_by_txt(name, w->field, w->type,
		    (const unsigned char *)w->bytes, w->bytes_len, -1, 0));
	must(X509_set_issuer_name(m.x509, X509_get_subject_name(issuer->x509)));
	set_serial(m.x509, w->serial);
	set_dates(m.x509, w);
	if (w->dns != NULL)
		add_dns(m.x509, w->dns);
	if (w->ca)
		add_extension(m.x509, NID_basic_constraints,
		    "critical,CA:TRUE");
	must(X509_set_pubkey(m.x509, m.key));
	must(X509_sign(m.x509, issuer->key, EVP_sha256()));
	return m;
}

void
tls_release(struct tls_made *m)
{
	X509_free(m->x509);
	EVP_PKEY_free(m->key);
}

/* --- What is said about them --- */

X509_CRL *
tls_make_crl(const struct tls_made *issuer, const X509 *revoked, int to_days)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *now = X509_gmtime_adj(NULL, -60 * DAY);
	ASN1_TIME *next = X509_gmtime_adj(NULL, to_days * DAY);
	X509_REVOKED *entry;

	must(X509_CRL_set_version(crl, X509_CRL_VERSION_2));
	must(
	    X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer->x509)));
	must(X509_CRL_set1_lastUpdate(crl, now));
	must(X509_CRL_set1_nextUpdate(crl, next));
	if (revoked != NULL) {
		entry = X509_REVOKED_new();
		must(X509_REVOKED_set_serialNumber(entry,
		    (ASN1_INTEGER *)(uintptr_t)X509_get0_serialNumber(
			revoked)));
		must(X509_REVOKED_set_revocationDate(entry, now));
		must(X509_CRL_add0_revoked(crl, entry));
	}
	must(X509_CRL_sign(crl, issuer->key, EVP_sha256()));
	ASN1_TIME_free(now);
	ASN1_TIME_free(next);
	return crl;
}

void
tls_write_ocsp(const char *name, const struct tls_made *about,
    const struct tls_made *issuer, int status, int to_days)
{
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	OCSP_CERTID *id = OCSP_cert_to_id(NULL, about->x509, issuer->x509);
	ASN1_TIME *from = X509_gmtime_adj(NULL, -20 * DAY);
	ASN1_TIME *to = X509_gmtime_adj(NULL, to_days * DAY);
	OCSP_RESPONSE *response;
	unsigned char *der = NULL;
	int len;

	must(OCSP_basic_add1_status(basic, id, status, 0, from, from, to) !=
	    NULL);
	must(OCSP_basic_sign(basic, issuer->x509, issuer->key, EVP_sha256(),
	    NULL, 0));
	response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	len = i2d_OCSP_RESPONSE(response, &der);
	must(len > 0);
	tls_write_bytes(name, der, (size_t)len);
	OPENSSL_free(der);
	OCSP_RESPONSE_free(response);
	OCSP_BASICRESP_free(basic);
	OCSP_CERTID_free(id);
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
}
