/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "base/attrs.h"
#include "unit/conf_text.h"
#include "unit/tap.h"

static void
test_defaults(void)
{
	struct text_conf t;
	const struct conf_listener *l;

	text_read(&t, LISTEN_TLS "End\n");
	l = t.conf->listeners[0];
	is_int(l->https, true, "HTTPS");
	ok(l->tls.certs.count == 1 && str_eq(l->tls.certs.text[0], STR("a")),
	    "Cert");
	is_int(l->tls.min_version, CONF_TLS_DEFAULT, "MinProtocol");
	ok(l->tls.disabled == 0 && l->tls.renegotiation == 0 &&
		l->tls.client_cert == 0 && l->tls.client_cert_depth == 9 &&
		!l->tls.honor_cipher_order && l->no_https11 == 0 &&
		l->xssl_headers == 0 && !l->xssl_pass,
	    "numbers");
	ok(str_empty(l->tls.ciphers) && str_empty(l->tls.curves) &&
		str_empty(l->tls.verify_list) && str_empty(l->tls.ca_list) &&
		l->tls.crls.count == 0,
	    "texts");
	text_release(&t);
}

static void
test_values(void)
{
	struct text_conf t;
	const struct conf_listener *l;

	text_read(&t,
	    "ECDHCurve \"X25519:P-256\"\nListenHTTPS\nCRLlist \"r1\"\n"
	    "CRLlist \"r2\"\nVerifyList \"v\"\nCAlist \"ca\"\n"
	    "Ciphers \"HIGH\"\nClientCert 3 4\nSSLHonorCipherOrder yes\n"
	    "XSSLHeaders 3\nNoHTTPS11 2\nMinProtocol tlsv1_2\n"
	    "Cert \"one\"\nCert \"two\"\nPort 443\nAddress ::1\nEnd\n");
	ok(t.conf != NULL && t.notes.count == 0, "all of ListenHTTPS");
	l = t.conf->listeners[0];
	ok(l->tls.certs.count == 2 && str_eq(l->tls.certs.text[1], STR("two")),
	    "Cert in file order");
	ok(l->tls.crls.count == 2 && str_eq(l->tls.crls.text[0], STR("r1")),
	    "CRLlist in file order");
	ok(str_eq(l->tls.verify_list, STR("v")) &&
		str_eq(l->tls.ca_list, STR("ca")) &&
		str_eq(l->tls.ciphers, STR("HIGH")) &&
		str_eq(l->tls.curves, STR("X25519:P-256")),
	    "texts");
	ok(l->tls.client_cert == 3 && l->tls.client_cert_depth == 4 &&
		l->tls.honor_cipher_order && l->xssl_headers == 3 &&
		l->no_https11 == 2 && l->tls.min_version == CONF_TLS_1_2,
	    "numbers");
	text_release(&t);
}

#define V10 (1U << CONF_TLS_1_0)
#define V11 (1U << CONF_TLS_1_1)
#define V12 (1U << CONF_TLS_1_2)
#define V13 (1U << CONF_TLS_1_3)

static const struct {
	const char *lines;
	unsigned disabled;
	enum conf_tls_version min;
	const char *finding;
} cases[] = {
	{ "Disable SSLv2\nDisable sslv3\n", 0, CONF_TLS_DEFAULT, "" },
	{ "Disable TLSv1\n", V10, CONF_TLS_DEFAULT, "" },
	{ "Disable TLSv1_1\n", V10 | V11, CONF_TLS_DEFAULT, "" },
	{ "Disable TLSv1_2\n", V10 | V11 | V12, CONF_TLS_DEFAULT, "" },
	{ "Disable TLSv1_3\n", V13, CONF_TLS_DEFAULT, "" },
	{ "Disable TLSv1_3\nDisable TLSv1\n", V10 | V13, CONF_TLS_DEFAULT, "" },
	{ "Disable TLSv1_3\nDisable TLSv1_2\n", 0, CONF_TLS_DEFAULT,
	    "line 6: Disable leaves no protocol and is ignored: TLSv1_2 and "
	    "TLSv1_3 are used (column 9)" },
	{ "MinProtocol TLSv1_3\nDisable TLSv1_3\n", 0, CONF_TLS_DEFAULT,
	    "line 6: Disable leaves no protocol and is ignored: TLSv1_2 and "
	    "TLSv1_3 are used (column 9)" },
	{ "MinProtocol TLSv1\n", 0, CONF_TLS_1_0,
	    "line 5: MinProtocol: TLSv1 is not safe any more (column 13)" },
	{ "MinProtocol TLSv1_1\n", 0, CONF_TLS_1_1,
	    "line 5: MinProtocol: TLSv1_1 is not safe any more (column 13)" },
	{ "ClientCert 2\n", 0, CONF_TLS_DEFAULT, "" },
	{ "XSSLHeaders pass\n", 0, CONF_TLS_DEFAULT, "" },
	{ "SSLAllowClientRenegotiation 1\n", 0, CONF_TLS_DEFAULT,
	    "line 5: SSLAllowClientRenegotiation: renegotiation by the client "
	    "is always refused (column 29)" },
};

static void
test_protocols(void)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct text_conf t;
		char text[300];

		snprintf(text, sizeof(text), LISTEN_TLS "%sEnd\n",
		    cases[i].lines);
		text_read(&t, text);
		is_str(text_finding(&t, 0), cases[i].finding, "case %zu", i);
		if (ok(t.conf != NULL, "case %zu: no error", i)) {
			const struct conf_tls *tls = &t.conf->listeners[0]->tls;

			is_int(tls->disabled, cases[i].disabled,
			    "case %zu: disabled", i);
			is_int(tls->min_version, cases[i].min,
			    "case %zu: oldest", i);
		}
		text_release(&t);
	}
}

static const struct {
	const char *line;
	const char *finding;
} errors[] = {
	{ "Disable TLSv1.1",
	    "line 5: Disable: TLSv1.1 is not a protocol (column 9; did you "
	    "mean TLSv1_1?)" },
	{ "Disable", "line 5: Disable takes one argument (column 1)" },
	{ "Disable \"TLSv1\"",
	    "line 5: Disable: \"TLSv1\" is not a protocol (column 9; did you "
	    "mean TLSv1?)" },
	{ "MinProtocol SSLv3",
	    "line 5: MinProtocol: SSLv3 is not a protocol (column 13)" },
	{ "ClientCert",
	    "line 5: ClientCert takes one or two numbers "
	    "(column 1)" },
	{ "ClientCert 4", "line 5: ClientCert: 4 is too large (column 12)" },
	{ "ClientCert 1 0", "line 5: ClientCert: 0 is too small (column 14)" },
	{ "ClientCert 1 2 3",
	    "line 5: ClientCert takes one or two numbers (column 1)" },
	{ "XSSLHeaders 4", "line 5: XSSLHeaders: 4 is too large (column 13)" },
	{ "XSSLHeaders all",
	    "line 5: XSSLHeaders: all is not a number (column 13)" },
	{ "NoHTTPS11 3", "line 5: NoHTTPS11: 3 is too large (column 11)" },
};

static void
test_errors(void)
{
	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		struct text_conf t;
		char text[300];

		snprintf(text, sizeof(text), LISTEN_TLS "%s\nEnd\n",
		    errors[i].line);
		text_read(&t, text);
		is_str(text_finding(&t, 0), errors[i].finding, "%s",
		    errors[i].line);
		is_int(t.notes.errors, 1, "%s: one error", errors[i].line);
		text_release(&t);
	}
}

int
main(void)
{
	test_defaults();
	test_values();
	test_protocols();
	test_errors();
	return tap_done();
}
