/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of the tree (conf.h): places, lists, settings of TLS. */
#ifndef CONF_CONF_TLS_H
#define CONF_CONF_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/pattern.h"
#include "base/str.h"

struct conf_place {
	const char *file;
	unsigned line;
};

/* An array of patterns in file order; text[] is as written. */
struct conf_patterns {
	struct pattern **pattern;
	struct str *text;
	struct conf_place *place;
	bool *nocase;
	size_t count;
};

struct conf_texts {
	struct str *text;
	size_t count;
};

enum conf_tls_version {
	CONF_TLS_DEFAULT, /* TLSv1_2 */
	CONF_TLS_1_0,
	CONF_TLS_1_1,
	CONF_TLS_1_2,
	CONF_TLS_1_3,
};

/* Settings of TLS, for a listener or towards a back-end. */
struct conf_tls {
	struct conf_texts certs; /* Cert: file, directory or glob */
	enum conf_tls_version min_version;
	unsigned disabled; /* bit 1 << CONF_TLS_1_x for each switched off */
	struct str ciphers;
	struct str curves;	 /* ECDHCurve in force, empty: default */
	struct str verify_list;	 /* VerifyList */
	struct str ca_list;	 /* CAlist, listener */
	struct conf_texts crls;	 /* CRLlist, listener */
	int client_cert;	 /* ClientCert mode 0..3 */
	int client_cert_depth;	 /* 1..9 */
	int renegotiation;	 /* SSLAllowClientRenegotiation */
	bool honor_cipher_order; /* SSLHonorCipherOrder */
	bool has_server_name;	 /* ServerName given (may be empty) */
	struct str server_name;
};

#endif
