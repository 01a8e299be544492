/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which certificates answer to a server name (RFC 6066, 3): each name of
 * a certificate (DNS names and CN), in any case; "*." stands for one
 * label. Of several the first in file order decides, and those of other
 * key types under the very same name stand beside it. Made once, then
 * read by all threads; one probe for the name and one for its wildcard.
 */
#ifndef NET_SNI_H
#define NET_SNI_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "net/cert.h"

/* RSA, EC, others. */
#define SNI_KINDS 3

struct sni_entry {
	struct str name; /* lower case; owned */
	uint64_t hash;
	size_t order; /* of first in the list of certificates */
	const struct cert *first;
	const struct cert *cert[SNI_KINDS]; /* first is one of them */
};

struct sni {
	struct sni_entry *entry;
	size_t count, cap; /* cap is a power of two; name.p NULL: free */
	struct sni_entry fallback;
};

/* There is at least one certificate; the list outlives the table. */
void sni_init(struct sni *s, const struct certs *list);
void sni_release(struct sni *s);

/* The entry for a name; without one (or for an empty name) the first
 * certificate's. */
const struct sni_entry *sni_find(const struct sni *s, struct str name);

/* The name in a ClientHello's server_name extension; empty: none, or not
 * well formed. */
struct str sni_parse(const unsigned char *extension, size_t len);

#endif
