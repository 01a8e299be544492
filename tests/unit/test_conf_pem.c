/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/attrs.h"
#include "conf/pem.h"
#include "support/guard.h"
#include "unit/tap.h"

#define BLOCK(label) \
	"-----BEGIN " label "-----\nAAAA\n-----END " label "-----\n"

static const struct {
	const char *text;
	unsigned found;
} texts[] = {
	{ "", 0 },
	{ "words\n", 0 },
	{ BLOCK("CERTIFICATE"), PEM_CERTIFICATE },
	{ "text\n" BLOCK("TRUSTED CERTIFICATE") "text", PEM_CERTIFICATE },
	{ BLOCK("PRIVATE KEY") BLOCK("CERTIFICATE"),
	    PEM_KEY | PEM_CERTIFICATE },
	{ BLOCK("RSA PRIVATE KEY"), PEM_KEY },
	{ BLOCK("EC PARAMETERS") BLOCK("EC PRIVATE KEY"), PEM_KEY },
	{ BLOCK("ENCRYPTED PRIVATE KEY"), PEM_KEY | PEM_ENCRYPTED_KEY },
	{ "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
	  "DEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----",
	    PEM_KEY | PEM_ENCRYPTED_KEY },
	{ BLOCK("X509 CRL") BLOCK("X509 CRL"), PEM_CRL },
	{ BLOCK("DH PARAMETERS"), 0 },
	{ BLOCK("PUBLIC KEY"), 0 },
	{ "-----BEGIN CERTIFICATE-----\r\nAAAA\r\n-----END CERTIFICATE-----\r\n",
	    PEM_CERTIFICATE },
	{ "-----BEGIN CERTIFICATE----- \nAAAA\n-----END CERTIFICATE-----\t\n",
	    PEM_CERTIFICATE },
	{ "-----BEGIN CERTIFICATE-----\nAAAA\n", PEM_BROKEN },
	{ "-----BEGIN CERTIFICATE-----\n-----END X509 CRL-----\n", PEM_BROKEN },
	{ "-----BEGIN CERTIFICATE----\nAAAA\n", 0 },
	{ " -----BEGIN CERTIFICATE-----\n", 0 },
	{ "-----BEGIN -----\n", PEM_BROKEN },
	{ "-----BEGIN -----", PEM_BROKEN },
	{ "-----BEGIN ----", 0 },
};

int
main(void)
{
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		size_t len = strlen(texts[i].text);

		for (size_t cut = 0; cut <= len; cut++) {
			struct guard guard;
			unsigned found;

			guard_copy(&guard, texts[i].text, cut);
			found = pem_scan(str_make(guard.bytes, cut));
			guard_release(&guard);
			if (cut == len)
				is_int(found, texts[i].found, "text %zu", i);
		}
	}
	return tap_done();
}
