/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What contexts of TLS are made from, and who hears what is wrong (tls.h). */
#ifndef NET_TLS_SETTINGS_H
#define NET_TLS_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

enum tls_version {
	TLS_VERSION_DEFAULT, /* TLSv1_2 */
	TLS_VERSION_1_0,
	TLS_VERSION_1_1,
	TLS_VERSION_1_2,
	TLS_VERSION_1_3,
};

/* What the operator wrote; strings are NUL-terminated, NULL: not given. */
struct tls_settings {
	const char *const *certs; /* Cert: PEM files, folders, globs */
	size_t cert_count;
	enum tls_version min_version;
	unsigned disabled; /* bit 1 << TLS_VERSION_1_x */
	const char *ciphers;
	const char *curves;
	const char *verify_list; /* VerifyList */
	const char *ca_list;	 /* CAlist */
	const char *const *crls; /* CRLlist */
	size_t crl_count;
	int client_cert; /* ClientCert 0 to 3 */
	int client_cert_depth;
	bool honor_cipher_order;
	const char *server_name; /* ServerName; "" sends none */
	/* Whose settings they are, as "127.0.0.1:443": sessions are resumed
	 * under the same words and the same rules for clients' certificates
	 * only, over reloads too. NULL: never with another server. */
	const char *identity;
};

/* The field of struct tls_settings that a finding is about. */
enum tls_setting {
	TLS_SETTING_NONE,
	TLS_SETTING_CERT, /* certs[index] */
	TLS_SETTING_CIPHERS,
	TLS_SETTING_CURVES,
	TLS_SETTING_VERIFY_LIST,
	TLS_SETTING_CA_LIST,
	TLS_SETTING_CRL, /* crls[index] */
};

struct tls_finding {
	bool error; /* the context is not made; else a warning */
	enum tls_setting setting;
	size_t index;
	const char *file; /* the one it is about, or NULL */
	const char *words;
};

/* Told of each mistake and each warning. */
struct tls_report {
	void (*say)(void *arg, const struct tls_finding *f);
	void *arg;
};

#endif
