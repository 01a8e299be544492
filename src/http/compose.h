/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writing heads: what we forward is composed from what was understood,
 * never copied from the wire; order, spelling and repetition of fields
 * and the bytes of values stay. Each function appends to a fixbuf; the
 * caller looks at overflow once at the end.
 */
#ifndef HTTP_COMPOSE_H
#define HTTP_COMPOSE_H

#include "base/fixbuf.h"
#include "http/message.h"

/* "METHOD SP target SP HTTP/1.1 CRLF" */
void compose_request_line(struct fixbuf *out, struct str method,
    struct str target);
/* "HTTP/1.1 SP NNN SP reason CRLF" */
void compose_status_line(struct fixbuf *out, int status, struct str reason);
/* "name: value CRLF" */
void compose_field(struct fixbuf *out, struct str name, struct str value);
/* All fields that are not skipped, in order. */
void compose_fields(struct fixbuf *out, const struct field *field,
    unsigned count);
/* CRLF */
void compose_end(struct fixbuf *out);
/* A chunk's "size CRLF" in canonical hex. */
void compose_chunk_size(struct fixbuf *out, uint64_t size);

/* & < > " as entities, for pages. */
void compose_html(struct fixbuf *out, struct str text);

#endif
