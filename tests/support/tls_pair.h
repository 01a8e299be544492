/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SUPPORT_TLS_PAIR_H
#define SUPPORT_TLS_PAIR_H

/*
 * A connection of ours and a raw OpenSSL peer over a pair of sockets, in
 * one thread. Our side hears of its descriptor as it does from the
 * program's poller: by edges alone.
 */
#include <stdbool.h>

#include <openssl/ssl.h>

#include "net/conn.h"
#include "net/tls.h"

/* What contexts told: the words of errors and warnings, a line each. */
struct tls_told {
	unsigned errors, warnings;
	char text[8192];
};

/* "SETTING index file words" lines are collected here. */
struct tls_report tls_told_report(struct tls_told *told);

struct tls_pair {
	struct conn conn; /* ours */
	SSL *peer;
	int peer_fd;
	int epoll_fd;
	char memory[65536];
	enum conn_status status; /* of our handshake */
	bool done;		 /* the peer's is done */
	bool failed;		 /* the peer's has failed */
};

/* A server of ours before a client of ctx; name is its SNI or NULL. The
 * session (may be NULL) is offered. */
void tls_pair_server(struct tls_pair *p, const struct tls_server *s,
    SSL_CTX *ctx, const char *name, SSL_SESSION *session);
/* A connection of ours to a back-end of ctx. */
void tls_pair_client(struct tls_pair *p, const struct tls_client *c,
    SSL_CTX *ctx, const char *host);
void tls_pair_close(struct tls_pair *p);

/* Both handshakes to their ends; whether both are good. */
bool tls_pair_shake(struct tls_pair *p);
/* What the poller has for us, without waiting. */
void tls_pair_poll(struct tls_pair *p);
/* Until our side has bytes or an end, or there is no more to come. */
enum conn_status tls_pair_fill(struct tls_pair *p);
/* The peer reads what is there; SSL_read()'s result. */
int tls_pair_peer_reads(struct tls_pair *p, void *bytes, int size);

/* A context for a peer: any certificate is taken. */
SSL_CTX *tls_peer_context(bool server);

#endif
