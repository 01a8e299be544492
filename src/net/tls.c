/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What contexts of both sides share. */
#include <openssl/err.h>
#include <openssl/rand.h>

#include "base/check.h"
#include "net/tls_internal.h"

/* Everything of OpenSSL that may want a file is done before the jail. */
static void
prepare(void)
{
	unsigned char byte;

	check(
	    OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS |
		    OPENSSL_INIT_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_LOAD_CONFIG,
		NULL) == 1);
	check(RAND_bytes(&byte, 1) == 1 && RAND_priv_bytes(&byte, 1) == 1);
}

SSL_CTX *
tls_new_context(const SSL_METHOD *method)
{
	SSL_CTX *ctx;

	prepare();
	ctx = SSL_CTX_new(method);
	check(ctx != NULL);
	SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_mode(ctx,
	    SSL_MODE_ENABLE_PARTIAL_WRITE |
		SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS |
		SSL_MODE_NO_AUTO_CHAIN);
	SSL_CTX_set_read_ahead(ctx, 1);
	return ctx;
}
