/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is wrong with the files of TLS is told at the line that names them,
 * and the tree has a context for each block that needs one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>

#include "base/attrs.h"
#include "support/tls_certs.h"
#include "unit/conf_text.h"
#include "unit/tap.h"

static struct tls_made good, old, other;

static void
set_up(void)
{
	good = tls_make(&(struct tls_wish){ .subject = "CN=good.test" });
	old = tls_make(&(struct tls_wish){ .subject = "CN=old.test",
	    .from_days = -9,
	    .to_days = -1 });
	other = tls_make(&(struct tls_wish){ .subject = "CN=other.test" });
	tls_write("good", TLS_CERT(good), TLS_KEY(good));
	tls_write("old", TLS_CERT(old), TLS_KEY(old));
	tls_write("mixed", TLS_CERT(good), TLS_KEY(other));
	tls_write("open", TLS_CERT(good), TLS_KEY(good));
	chmod(tls_path("open"), 0644);
	tls_write("ca", TLS_CERT(good));
}

/* %s of text is the folder. */
static void
read_text(struct text_conf *t, const char *text)
{
	char whole[2000], *to = whole;
	struct reader_input in = { .file = "test.cfg", .from_text = true };

	for (; *text != '\0'; text++)
		if (*text == '%')
			to += sprintf(to, "%s/", tls_folder());
		else
			*to++ = *text;
	in.text = str_make(whole, (size_t)(to - whole));
	t->notes = (struct conf_notes){ 0 };
	t->conf = reader_run(&in, &t->notes);
}

#define HEAD "ListenHTTPS\nAddress 127.0.0.1\nPort 8443\n"
#define BACK \
	"ListenHTTP\nAddress 127.0.0.1\nPort 8080\nService\nBackEnd\n" \
	"Address 127.0.0.1\nPort 8081\nHTTPS\n"
#define BACK_END "End\nEnd\nEnd\n"

static const struct {
	const char *text;
	bool error;
	const char *finding; /* its beginning, and its end after '|' */
} cases[] = {
	{ HEAD "Cert \"%good\"\nEnd\n", false, "" },
	{ HEAD "Cert \"%good\"\nCert \"%mixed\"\nCert \"%good\"\nEnd\n", true,
	    "line 5: Cert: |/mixed: the private key in it fits none of the "
	    "certificates in it (column 6)" },
	{ HEAD "Cert \"%good\"\nCert \"%old\"\nEnd\n", false,
	    "line 5: Cert: |/old: the certificate has expired (column 6)" },
	{ HEAD "Cert \"%open\"\nEnd\n", false,
	    "line 4: Cert: |/open: the private key in it can be read by others "
	    "than its owner (chmod go= FILE) (column 6)" },
	{ HEAD "Cert \"%good\"\nCRLlist \"%ca\"\nEnd\n", true,
	    "line 5: CRLlist: |/ca: there is no CRL in it (PEM) (column 9)" },
	{ HEAD "Ciphers \"NOTHING\"\nCert \"%good\"\nEnd\n", false,
	    "line 4: Ciphers: |no cipher of this OpenSSL matches the list: the "
	    "default is used (column 9)" },
	{ "ECDHCurve \"P-257\"\n" HEAD "Cert \"%good\"\nEnd\n", true,
	    "line 1: ECDHCurve: |there is no curve P-257 (column 11)" },
	/* a block with its own Cert inside does not mix up the lines */
	{ HEAD "Cert \"%good\"\nCert \"%good\"\nService\nBackEnd\n"
	       "Address 127.0.0.1\nPort 8081\nHTTPS\nCert \"%old\"\nEnd\nEnd\n"
	       "Cert \"%open\"\nEnd\n",
	    false,
	    "line 11: Cert: |/old: the certificate has expired (column 6)" },
	{ BACK "Cert \"%mixed\"\n" BACK_END, true,
	    "line 9: Cert: |/mixed: the private key in it fits none of the "
	    "certificates in it (column 6)" },
	{ BACK "VerifyList \"%nowhere\"\n" BACK_END, true,
	    "line 9: VerifyList: |/nowhere: No such file or directory "
	    "(column 12)" },
	{ BACK "VerifyList \"%ca\"\nCert \"%good\"\n" BACK_END, false, "" },
};

static bool
is_as_wanted(const char *got, const char *want)
{
	const char *bar = strchr(want, '|');
	size_t begin = bar != NULL ? (size_t)(bar - want) : 0;
	const char *end = bar != NULL ? bar + 1 : want;

	if (bar == NULL)
		return strcmp(got, want) == 0;
	return strncmp(got, want, begin) == 0 && strlen(got) >= strlen(end) &&
	    strcmp(got + strlen(got) - strlen(end), end) == 0;
}

static void
test_findings(void)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct text_conf t;
		const char *got;

		read_text(&t, cases[i].text);
		got = text_finding(&t, 0);
		ok(is_as_wanted(got, cases[i].finding), "case %zu: %s", i, got);
		is_int(t.conf == NULL, cases[i].error, "case %zu: refused", i);
		is_int(t.notes.errors, cases[i].error, "case %zu: errors", i);
		text_release(&t);
	}
}

static void
test_contexts(void)
{
	struct text_conf t;

	read_text(&t, HEAD "Cert \"%good\"\nEnd\n" BACK BACK_END);
	ok(t.conf->listeners[0]->tls_server != NULL, "ListenHTTPS has one");
	ok(t.conf->listeners[1]->tls_server == NULL, "ListenHTTP has none");
	ok(t.conf->all_backends[0]->tls_client != NULL, "HTTPS has one");
	text_release(&t);
}

int
main(void)
{
	set_up();
	test_findings();
	test_contexts();
	tls_release(&good);
	tls_release(&old);
	tls_release(&other);
	return tap_done();
}
