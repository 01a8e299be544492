/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Keys of session tickets (RFC 5077). There is one ring a process: the
 * key of now, from which the one of the next TICKET_PERIOD_MS follows by a
 * one-way step, and the one before it. Older ones cannot be found out from
 * them. The supervisor draws the first; its workers, each with its own
 * copy, take the same steps by the clock, so that tickets survive a crash
 * and a reload. What a server uses is derived from the ring and from
 * its policy: no other server, and no other rules for clients'
 * certificates, can read a ticket.
 *
 * Any thread; a short lock (LOCK_TLS) is taken.
 */
#ifndef NET_TICKET_H
#define NET_TICKET_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/ssl.h>

#define TICKET_PERIOD_MS ((int64_t)12 * 3600 * 1000)

/* Makes the ring if there is none; before fork. */
void ticket_init(void);

/* The ring as bytes, secret ones: for another image of the supervisor, by
 * the same clock. false: there is none yet. */
#define TICKET_RING_SIZE (8 + 4 + 2 * 32)
bool ticket_export(unsigned char *ring);
void ticket_import(const unsigned char *ring);

/* Tickets of ctx, whose application data is a struct tls_server. */
void ticket_enable(SSL_CTX *ctx);

/* For the callback, and tests of it with a clock of their own: the keys of
 * a policy. */
struct ticket_keys {
	unsigned char name[16];
	unsigned char cipher[32];
	unsigned char mac[32];
};

/* Whose keys they are, and those of this period and the one before, so that
 * they are derived once. Begins as zeros but for the policy. */
struct ticket_owner {
	unsigned char policy[32];
	struct ticket_keys kept[2]; /* of even and odd periods */
	bool has[2];
};

/* Those for new tickets. */
void ticket_now(struct ticket_owner *o, int64_t now_ms,
    struct ticket_keys *keys);
/* Those of a ticket's name: 1, 2 (it should be renewed), 0 (unknown). */
int ticket_find(struct ticket_owner *o, int64_t now_ms,
    const unsigned char *name, struct ticket_keys *keys);

#endif
