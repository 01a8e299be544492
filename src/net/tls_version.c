/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/tls_version.h"

#include <openssl/crypto.h>

const char *
tls_version(void)
{
	return OpenSSL_version(OPENSSL_VERSION);
}
