/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What stands behind net/tls.h: contexts and connections. Only floor net
 * includes this file.
 *
 * A server has one SSL_CTX however many certificates it has: each
 * handshake is given the ones of its name (net/sni.h). The context's own
 * application data is the server or the client.
 */
#ifndef NET_TLS_INTERNAL_H
#define NET_TLS_INTERNAL_H

#include <openssl/ssl.h>

#include "net/cert.h"
#include "net/resume.h"
#include "net/sni.h"
#include "net/ticket.h"
#include "net/tls.h"

#define TLS_POLICY_SIZE sizeof(((struct ticket_owner *)NULL)->policy)

struct tls_server {
	SSL_CTX *ctx;
	BIO_METHOD *bio;
	struct certs certs;
	struct sni sni;
	int client_cert; /* mode 0..3 */
	/* Its policy: a digest of all that a resumed session must have in
	 * common. The rest changes, by ticket.c alone. */
	struct ticket_owner tickets;
	EVP_CIPHER *ticket_cipher;
};

struct tls_client {
	SSL_CTX *ctx;
	BIO_METHOD *bio;
	struct resume *resume; /* the one part that changes */
	char *server_name;     /* NULL: the host of each connection */
	bool verify;
};

/* Behind conn.layer; one owner, as the conn. */
struct tls_conn {
	SSL *ssl;
	const struct tls_server *server; /* NULL: towards a back-end */
	const struct sni_entry *chosen;	 /* server: by the client's hello */
	char *name; /* client: whom we ask for, may be empty */
	int fd;
	/* enum conn_events: what the socket has to give, while conn.ready
	 * says what may be tried. */
	uint8_t sock;
	uint8_t read_needs, write_needs; /* after an "again" */
	uint8_t flights;
	bool received;	      /* since the last flight of ours */
	bool looked;	      /* at the client's first byte */
	bool plain;	      /* which was none of TLS */
	bool open;	      /* the handshake is done */
	bool ended;	      /* FIN from the socket */
	size_t stuck;	      /* bytes of a write that must be offered again */
	int error;	      /* errno of the socket */
	unsigned long reason; /* OpenSSL's, 0: none */
	char *headers;	      /* of the client's certificate, made once */
	size_t headers_len;
	int headers_level;
};

static inline struct tls_conn *
tls_conn_of(const struct conn *c)
{
	return c->layer;
}

/* Ends the TLS of a connection, with close_notify if it was not sent; the
 * descriptor stays open. */
void conn_tls_release(struct conn *c);

/* A context with all that both sides have in common. */
SSL_CTX *tls_new_context(const SSL_METHOD *method);
/* Sets whom a connection to a back-end asks for and expects. */
void tls_client_name(const struct tls_client *c, struct tls_conn *t,
    struct str host);
/* A connection to a back-end is over. */
void tls_client_ended(const struct tls_conn *t);

/* Between OpenSSL and the socket; data is the struct tls_conn. */
BIO_METHOD *tls_bio_method(void);
void tls_bio_attach(struct tls_conn *t, const BIO_METHOD *method);

#endif
