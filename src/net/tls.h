/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TLS contexts (OpenSSL 3), for a listener and towards a back-end. They
 * are made when the configuration is read, before privileges are dropped
 * and before fork, and are immutable afterwards: any thread, any worker.
 * Nothing here prompts, and nothing reads a file after the start.
 */
#ifndef NET_TLS_H
#define NET_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attrs.h"
#include "base/fixbuf.h"
#include "base/str.h"
#include "net/conn.h"
#include "net/tls_settings.h"

struct tls_server;
struct tls_client;

/* NULL after at least one error was told. */
MUST_USE struct tls_server *tls_server_new(const struct tls_settings *s,
    const struct tls_report *report);
void tls_server_free(struct tls_server *s);
MUST_USE struct tls_client *tls_client_new(const struct tls_settings *s,
    const struct tls_report *report);
void tls_client_free(struct tls_client *c);
/* Whether a list of curves can be used; without one, all is well. */
void tls_check_curves(const char *curves, const struct tls_report *report);

/* A conn over an accepted or a connected non-blocking socket, which it
 * owns from now on. conn_handshake() comes first. 0, or -1: no memory,
 * and the descriptor is still the caller's. host is the name that we send
 * as SNI (without port; an address sends none) and verify. */
MUST_USE int conn_init_tls_server(struct conn *c, int fd, uint8_t ready,
    const struct tls_server *s);
MUST_USE int conn_init_tls_client(struct conn *c, int fd, uint8_t ready,
    const struct tls_client *t, struct str host);

/* After a failed handshake of a server: the client spoke plain HTTP. */
bool tls_plain_http(const struct conn *c);
/* Lets a plain answer be written to such a client: c becomes a plain conn
 * over the same descriptor. */
void tls_make_plain(struct conn *c);

/* A byte has come from the client. */
bool tls_heard(const struct conn *c);

/* How often a handshake has sent since it last received: the flights of a
 * server so far. For deadlines per flight (A.4 #13). */
unsigned tls_flights(const struct conn *c);

/* Words for the log: why the last operation failed, with OpenSSL's
 * reason. Never NULL. */
const char *tls_error(const struct conn *c);

/* Whether the client sent a certificate that does not verify (modes 1,
 * 2): the connection is closed with a NOTICE (B.9.2). */
bool tls_client_refused(const struct conn *c);

/*
 * The X-SSL-* lines of XSSLHeaders level (B.9.5), in their order, each
 * "Name: value CRLF". with_cert: ClientCert is above 0.
 */
void tls_add_headers(struct fixbuf *out, const struct conn *c, int level,
    bool with_cert);
/* Bytes that tls_add_headers may need. */
size_t tls_headers_room(const struct conn *c, int level);

#endif
