/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Many certificates for a test: many_certs FOLDER COUNT writes COUNT files,
 * 00000.pem with the name host00000.test and so on, each with a key of its
 * own and the one issuer, whose certificate goes to standard output.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/pem.h>

#include "support/tls_certs.h"

static int
write_one(const char *path, const struct tls_made *m, const struct tls_made *ca)
{
	FILE *f = fdopen(open(path, O_WRONLY | O_CREAT | O_EXCL, 0600), "w");

	return f != NULL && PEM_write_X509(f, m->x509) == 1 &&
	    PEM_write_X509(f, ca->x509) == 1 &&
	    PEM_write_PrivateKey(f, m->key, NULL, NULL, 0, NULL, NULL) == 1 &&
	    fclose(f) == 0;
}

int
main(int argc, char **argv)
{
	struct tls_made ca = tls_make(
	    &(struct tls_wish){ .subject = "CN=many", .ca = true });
	char path[4096], name[64], subject[80];

	if (argc != 3)
		return 2;
	for (long i = 0; i < atol(argv[2]); i++) {
		struct tls_made m;

		snprintf(name, sizeof(name), "host%05ld.test", i);
		snprintf(subject, sizeof(subject), "CN=%s", name);
		snprintf(path, sizeof(path), "%s/%05ld.pem", argv[1], i);
		m = tls_make(&(struct tls_wish){ .subject = subject,
		    .dns = name,
		    .issuer = &ca });
		if (!write_one(path, &m, &ca))
			return 1;
		tls_release(&m);
	}
	PEM_write_X509(stdout, ca.x509);
	tls_release(&ca);
	return 0;
}
