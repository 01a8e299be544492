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

/* Appends the client's address, its end hidden when Anonymise is on. */
void accesslog_add_peer(struct fixbuf *b, const struct thread *t,
    const struct client *c);

#endif
