/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sessions with a back-end, one for each of the names last used, so that
 * the next connection under the same name skips the long handshake. Names
 * come from clients: the table is fixed, a new name takes the place of the
 * one that was not asked for longest among the few where it may stand. Any
 * thread; a short lock (LOCK_TLS) is taken.
 */
#ifndef NET_RESUME_H
#define NET_RESUME_H

#include <openssl/ssl.h>

#include "base/hash.h"
#include "base/lock.h"
#include "base/str.h"

#define RESUME_SETS 16
#define RESUME_SET 4
#define RESUME_NAME_MAX 255

struct resume {
	struct lock lock;
	struct hash_key key;
	uint64_t uses;
	struct resume_slot {
		char *name;
		SSL_SESSION *session;
		uint64_t used; /* of uses */
	} slot[RESUME_SETS][RESUME_SET];
};

void resume_init(struct resume *r);
void resume_release(struct resume *r);

/* Offers the session for this name, if there is one. */
void resume_offer(struct resume *r, SSL *ssl, const char *name);
/* Keeps a copy of the session, and copies are offered: what OpenSSL does
 * to its own when a connection ends is not done to this one. */
void resume_keep(struct resume *r, SSL_SESSION *session, const char *name);
/* The session is spoilt (RFC 5246, 7.2.2). */
void resume_forget(struct resume *r, const char *name);

#endif
