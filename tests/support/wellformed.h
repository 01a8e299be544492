/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SUPPORT_WELLFORMED_H
#define SUPPORT_WELLFORMED_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What Pound may send, judged by a reader of its own that shares no code
 * with it and forgives nothing: messages of HTTP/1.1 one after another, as
 * strict-http's "clean" and RFC 9112 have them.
 *
 *	METHOD SP target SP HTTP/1.1, CRLF only, token names, one blank
 *	behind the colon, no control bytes, no folding; exactly one Host and
 *	one X-Forwarded-For in a request; either one Content-Length in its
 *	shortest form or "chunked", never both; no hop-by-hop field; chunk
 *	sizes in plain lower-case hex, no extensions, no trailers.
 */
struct wellformed {
	unsigned messages; /* complete ones, without interim answers */
	bool partial;	   /* bytes of another follow, good so far */
	bool upgrade;	   /* the last one may open a tunnel: not read on */
	bool last_closes;  /* answers: the last one ends with its connection */
	const char *wrong; /* what is wrong, or NULL */
	size_t at;	   /* where the message begins */
};

void wellformed_requests(struct wellformed *w, const char *p, size_t len);

/* ended: no byte follows. Answers to HEAD are taken for such with a body:
 * not to be asked about those. */
void wellformed_answers(struct wellformed *w, const char *p, size_t len,
    bool ended);

#endif
