/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The lines of an exchange: at most one diagnostic (A.5) and one access
 * line in the format of LogLevel 1 to 6 (B.10.3). Text of peers is
 * escaped.
 */
#ifndef PROXY_ACCESSLOG_H
#define PROXY_ACCESSLOG_H

#include "proxy/exchange.h"

/* The access line, unless LogLevel is 0 or no request line is known. */
void accesslog_write(struct thread *t, struct client *c, struct exchange *x);

/* The diagnostic of x->outcome, if it has one; at most 50 a second of a
 * kind from a listener. */
void accesslog_diagnose(struct thread *t, struct client *c, struct exchange *x);

/* A notice about a client that is no outcome: text, with room for
 * ACCESSLOG_HELD_MAX more bytes. At most 50 a second, as above. */
void accesslog_notice(const struct client *c, enum live_notice kind,
    struct fixbuf *text);

/* Appends how many lines were held back, if any were. */
#define ACCESSLOG_HELD_MAX 48
void accesslog_add_held(struct fixbuf *b, unsigned held);

/* Appends the client's address, its end hidden when Anonymise is on. */
void accesslog_add_peer(struct fixbuf *b, const struct thread *t,
    const struct client *c);

#endif
