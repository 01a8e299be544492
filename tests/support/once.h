/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SUPPORT_ONCE_H
#define SUPPORT_ONCE_H

#include "support/turns.h"

/*
 * One exchange on a thread of its own: what goes in at one end, and what
 * came out at the others. For tests of what is forwarded, answered and
 * logged, not of when.
 *
 *	once_open(&o, "xHTTP 2\n", "", "");
 *	once_ask(&o, "GET / HTTP/1.1\r\n...");
 *	is_str(once_asked(&o), "GET / ...", "forwarded");
 *	once_answer(&o, "HTTP/1.1 200 ...");
 *	is_str(once_answered(&o), "HTTP/1.1 200 ...", "relayed");
 *	once_close(&o);
 */
struct once {
	struct conf *conf;
	struct turns turns;
	struct wire *client;
	size_t asked, answered; /* bytes that were looked at */
};

/* Directives of the listener, of its service and of the back-end. The
 * listener is 127.0.0.1:80, the back-end 127.0.0.1:7001. */
void once_open(struct once *o, const char *listener, const char *service,
    const char *backend);
/* The same with a whole configuration. */
void once_open_conf(struct once *o, const char *text);
/* A test point when something is left over. */
void once_close(struct once *o);

void once_ask(struct once *o, const char *request);
void once_answer(struct once *o, const char *answer);
/* What came since the last look; "" when there is nothing. */
const char *once_asked(struct once *o);
const char *once_answered(struct once *o);

#endif
