/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which blocks a PEM text has (RFC 7468), by their labels only: what is
 * in them is OpenSSL's. Pure.
 */
#ifndef CONF_PEM_H
#define CONF_PEM_H

#include "base/str.h"

enum pem_block {
	PEM_CERTIFICATE = 1,
	PEM_KEY = 2, /* a private one */
	PEM_ENCRYPTED_KEY = 4,
	PEM_CRL = 8,
	PEM_BROKEN = 16, /* a BEGIN without its END */
};

/* The enum pem_block bits of what stands in the text. */
unsigned pem_scan(struct str text);

#endif
