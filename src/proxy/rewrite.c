/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "proxy/rewrite.h"

#include "base/check.h"
#include "http/compose.h"
#include "http/status.h"
#include "http/url.h"
#include "net/sock.h"
#include "net/tls.h"

/* Room for what is added to a head besides AddHeader lines. */
#define REWRITE_EXTRA 1024

/* AddHeader's line if it is about that name: its value, or STR_NONE. */
static struct str
rewrite_added_value(struct str line, struct str name)
{
	if (!str_starts_nocase(line, name) || line.len <= name.len ||
	    line.p[name.len] != ':')
		return STR_NONE;
	return str_trim(str_skip(line, name.len + 1));
}

/* AddHeader "Host: x", or nothing. */
static struct str
rewrite_added_host(const struct conf_texts *added)
{
	struct str host = STR_NONE;

	for (size_t i = 0; i < added->count; i++) {
		const struct str v = rewrite_added_value(added->text[i],
		    STR("Host"));

		if (v.p != NULL)
			host = v;
	}
	return host;
}

struct str
rewrite_host(const struct client *c, struct exchange *x)
{
	const struct str added = rewrite_added_host(&c->listener->add_header);
	struct fixbuf b;
	struct addr local;
	char *p;

	if (added.p != NULL)
		return added;
	if (!str_empty(x->host))
		return x->host;
	p = arena_alloc(&x->arena, ADDR_TEXT_MAX);
	if (p == NULL || sock_local(c->conn.fd, &local) == -1 ||
	    addr_family(&local) == AF_UNIX)
		return STR("localhost");
	fixbuf_init(&b, p, ADDR_TEXT_MAX);
	addr_add_bracketed(&b, &local);
	return fixbuf_str(&b);
}

/* "X-Forwarded-For: {the client's list}, {peer}" (A.2 #11) */
static void
rewrite_add_forwarded(struct fixbuf *out, const struct client *c,
    const struct exchange *x)
{
	fixbuf_add(out, STR("X-Forwarded-For: "));
	for (unsigned i = 0; i < x->req.field_count; i++) {
		const struct field *f = &x->req.field[i];

		if (f->id != FIELD_X_FORWARDED_FOR || f->skip ||
		    str_empty(f->value))
			continue;
		fixbuf_add(out, f->value);
		fixbuf_add(out, STR(", "));
	}
	fixbuf_add(out, client_peer(c));
	fixbuf_add(out, STR("\r\n"));
}

static void
rewrite_add_lines(struct fixbuf *out, const struct client *c,
    struct exchange *x)
{
	const struct conf_texts *added = &c->listener->add_header;

	for (size_t i = 0; i < added->count; i++) {
		const struct str line = added->text[i];
		struct str v;

		if (rewrite_added_value(line, STR("Host")).p != NULL)
			continue;
		v = rewrite_added_value(line, STR("Connection"));
		if (v.p != NULL)
			x->no_keep |= field_has_token(v, STR("close"));
		fixbuf_add(out, line);
		fixbuf_add(out, STR("\r\n"));
	}
}

/* "Destination: {scheme}://{back-end}{path}" (A.2 #23); what is no URL,
 * or cannot be one (a UNIX back-end), stays. */
static void
rewrite_add_destination(struct fixbuf *out, const struct field *f,
    const struct backend *b)
{
	char memory[ADDR_TEXT_MAX];
	struct fixbuf authority;
	struct url u;

	if (!url_split(f->value, &u) || addr_family(&b->addr) == AF_UNIX) {
		compose_field(out, f->name, f->value);
		return;
	}
	fixbuf_init(&authority, memory, sizeof(memory));
	addr_add_bracketed(&authority, &b->addr);
	fixbuf_add(out, f->name);
	fixbuf_add(out, STR(": "));
	url_compose(out, b->conf->https, fixbuf_str(&authority), u.rest);
	fixbuf_add(out, STR("\r\n"));
}

static size_t
rewrite_request_size(const struct client *c, const struct exchange *x)
{
	const struct conf_texts *added = &c->listener->add_header;
	size_t size = x->head_len + x->target.forward.len + REWRITE_EXTRA;

	size += x->host.len + 4 * (size_t)x->req.field_count;
	for (size_t i = 0; i < added->count; i++)
		size += added->text[i].len + 2;
	/* One that is rewritten becomes longer. */
	if (c->listener->rewrite_destination)
		for (unsigned i = 0; i < x->req.field_count; i++)
			if (x->req.field[i].id == FIELD_DESTINATION)
				size += ADDR_TEXT_MAX;
	return size;
}

static void
rewrite_request_field(struct fixbuf *out, const struct client *c,
    const struct exchange *x, const struct field *f)
{
	if (f->id == FIELD_TRANSFER_ENCODING)
		compose_field(out, f->name, STR("chunked"));
	else if (f->id == FIELD_CONNECTION)
		compose_field(out, f->name, STR("Upgrade"));
	else if (f->id == FIELD_DESTINATION &&
	    c->listener->rewrite_destination && x->backend != NULL)
		rewrite_add_destination(out, f, x->backend);
	else
		compose_field(out, f->name, f->value);
}

static void
rewrite_request_fields(struct fixbuf *out, const struct client *c,
    const struct exchange *x, struct str host)
{
	bool host_sent = false;

	for (unsigned i = 0; i < x->req.field_count; i++)
		host_sent |= x->req.field[i].id == FIELD_HOST;
	if (!host_sent)
		compose_field(out, STR("Host"), host);
	for (unsigned i = 0; i < x->req.field_count; i++) {
		const struct field *f = &x->req.field[i];

		if (f->skip || f->id == FIELD_X_FORWARDED_FOR)
			continue;
		if (f->id == FIELD_HOST)
			compose_field(out, f->name, host);
		else
			rewrite_request_field(out, c, x, f);
	}
}

static void
rewrite_request_into(struct flow *out, struct thread *t, struct client *c,
    struct exchange *x)
{
	const int level = c->listener->https ? c->listener->xssl_headers : 0;
	const struct str host = rewrite_host(c, x);
	size_t size = rewrite_request_size(c, x);
	size_t from;

	if (level > 0)
		size += tls_headers_room(&c->conn, level);
	flow_text_room(out, &t->blocks, size);
	from = out->text.len;
	compose_request_line(&out->text, x->method, x->target.forward);
	rewrite_request_fields(&out->text, c, x, host);
	rewrite_add_lines(&out->text, c, x);
	if (level > 0)
		tls_add_headers(&out->text, &c->conn, level,
		    c->listener->tls.client_cert > 0);
	rewrite_add_forwarded(&out->text, c, x);
	compose_end(&out->text);
	flow_queue_text(out, from);
}

void
rewrite_request(struct thread *t, struct client *c, struct exchange *x)
{
	flow_init(&x->to_backend);
	rewrite_request_into(&x->to_backend, t, c, x);
	flow_begin(&x->to_backend, &x->req_framing,
	    x->req_framing.kind == FRAMING_CHUNKED,
	    c->listener->has_max_request ? c->listener->max_request : 0);
}

void
rewrite_trace(struct thread *t, struct client *c, struct exchange *x,
    struct flow *out)
{
	rewrite_request_into(out, t, c, x);
}

/* Fields a Connection field of the answer names (strict-http 8). */
static void
rewrite_skip_named(struct response *resp, struct str list)
{
	struct str token;

	while (field_next_token(&list, &token)) {
		for (unsigned i = 0; i < resp->field_count; i++) {
			struct field *f = &resp->field[i];

			if ((field_flags(f->id) & FIELD_FRAMING) == 0 &&
			    str_eq_nocase(f->name, token))
				f->skip = true;
		}
	}
}

static void
rewrite_skip_fields(struct response *resp, bool keep_length)
{
	bool length_seen = !keep_length;

	for (unsigned i = 0; i < resp->field_count; i++) {
		struct field *f = &resp->field[i];

		if (f->id == FIELD_CONNECTION)
			rewrite_skip_named(resp, f->value);
		if ((field_flags(f->id) & FIELD_HOP) != 0)
			f->skip = true;
		if (f->id == FIELD_CONTENT_LENGTH) {
			f->skip |= length_seen;
			length_seen = true;
		}
	}
}

/* The length as a number of our own: "5, 5" becomes "5". */
static void
rewrite_add_length(struct fixbuf *out, const struct field *f,
    const struct framing *framing)
{
	fixbuf_add(out, f->name);
	fixbuf_add(out, STR(": "));
	fixbuf_add_u64(out, framing->length);
	fixbuf_add(out, STR("\r\n"));
}

/* Transfer-Encoding stays where it stood, if the body is still chunked. */
static void
rewrite_response_fields(struct fixbuf *out, const struct exchange *x,
    bool chunks)
{
	for (unsigned i = 0; i < x->resp.field_count; i++) {
		const struct field *f = &x->resp.field[i];

		if (f->skip)
			continue;
		if (f->id == FIELD_TRANSFER_ENCODING) {
			if (chunks)
				compose_field(out, f->name, STR("chunked"));
			chunks = false;
		} else if (f->id == FIELD_CONTENT_LENGTH) {
			rewrite_add_length(out, f, &x->resp_framing);
		} else {
			compose_field(out, f->name, f->value);
		}
	}
	if (chunks)
		compose_field(out, STR("Transfer-Encoding"), STR("chunked"));
}

static size_t
rewrite_response_size(const struct exchange *x)
{
	size_t size = x->resp.line.len + REWRITE_EXTRA;

	for (unsigned i = 0; i < x->resp.field_count; i++)
		size += x->resp.field[i].name.len + x->resp.field[i].value.len +
		    4;
	return size;
}

/* A service with StrictTransportSecurity says so itself, over TLS only
 * (B.7.5); what the back-end says of it never counts. */
static bool
rewrite_has_hsts(const struct exchange *x)
{
	return x->service != NULL && x->service->has_hsts;
}

void
rewrite_add_hsts(struct fixbuf *out, const struct client *c,
    const struct exchange *x)
{
	if (!c->listener->https || !rewrite_has_hsts(x))
		return;
	fixbuf_add(out, STR("Strict-Transport-Security: max-age="));
	fixbuf_add_u64(out, x->service->hsts);
	fixbuf_add(out, STR("\r\n"));
}

static void
rewrite_skip_hsts(struct exchange *x)
{
	if (!rewrite_has_hsts(x))
		return;
	for (unsigned i = 0; i < x->resp.field_count; i++)
		if (x->resp.field[i].id == FIELD_STRICT_TRANSPORT_SECURITY)
			x->resp.field[i].skip = true;
}

/* Whether the client can tell where the answer ends without a close. */
static bool
rewrite_delimited(const struct exchange *x)
{
	if (x->resp_framing.kind == FRAMING_NONE ||
	    x->resp_framing.kind == FRAMING_LENGTH)
		return true;
	return x->req.minor == 1 && !x->rpc_out;
}

void
rewrite_response(struct thread *t, struct client *c, struct exchange *x)
{
	struct flow *f = &x->to_client;
	const enum framing_kind kind = x->resp_framing.kind;
	const bool chunks = x->req.minor == 1 && !x->rpc_out &&
	    (kind == FRAMING_CHUNKED || kind == FRAMING_CLOSE);
	size_t from;

	c->keep = x->keep_wanted && rewrite_delimited(x) && !t->draining;
	rewrite_skip_fields(&x->resp,
	    kind == FRAMING_LENGTH || x->resp_framing.has_length);
	rewrite_skip_hsts(x);
	flow_text_room(f, &t->blocks, rewrite_response_size(x));
	from = f->text.len;
	compose_status_line(&f->text, x->resp.status, x->resp.reason);
	rewrite_response_fields(&f->text, x, chunks);
	if (!c->keep)
		compose_field(&f->text, STR("Connection"), STR("close"));
	else if (x->req.minor == 0)
		compose_field(&f->text, STR("Connection"), STR("keep-alive"));
	rewrite_add_hsts(&f->text, c, x);
	compose_end(&f->text);
	flow_queue_text(f, from);
	flow_begin(f, &x->resp_framing, chunks, 0);
	/* Uploads come in smaller pieces: a pipe makes them dearer. */
	f->splices = true;
	f->chunked.gentle = !x->backend->conf->strict;
}

/* An interim answer has no body, and nothing that speaks of one. */
static void
rewrite_skip_framing(struct response *resp)
{
	rewrite_skip_fields(resp, false);
	for (unsigned i = 0; i < resp->field_count; i++)
		if (resp->field[i].id == FIELD_TRANSFER_ENCODING)
			resp->field[i].skip = true;
}

/* The two fields that make a 101 one (checked by the caller), each once. */
static void
rewrite_keep_upgrade(struct response *resp)
{
	bool connection = false, upgrade = false;

	for (unsigned i = 0; i < resp->field_count; i++) {
		struct field *f = &resp->field[i];

		if (f->id == FIELD_UPGRADE && !upgrade) {
			upgrade = true;
			f->skip = false;
		}
		if (f->id == FIELD_CONNECTION && !connection) {
			connection = true;
			f->skip = false;
			f->value = STR("Upgrade");
		}
	}
}

void
rewrite_upgrade(struct thread *t, struct exchange *x)
{
	struct flow *f = &x->to_client;
	size_t from;

	rewrite_skip_framing(&x->resp);
	rewrite_keep_upgrade(&x->resp);
	flow_text_room(f, &t->blocks, rewrite_response_size(x));
	from = f->text.len;
	compose_status_line(&f->text, x->resp.status, x->resp.reason);
	compose_fields(&f->text, x->resp.field, x->resp.field_count);
	compose_end(&f->text);
	flow_queue_text(f, from);
}

void
rewrite_interim(struct thread *t, struct exchange *x)
{
	struct flow *f = &x->to_client;
	size_t from;

	rewrite_skip_framing(&x->resp);
	flow_text_room(f, &t->blocks, rewrite_response_size(x));
	from = f->text.len;
	compose_status_line(&f->text, x->resp.status, x->resp.reason);
	compose_fields(&f->text, x->resp.field, x->resp.field_count);
	compose_end(&f->text);
	flow_queue_text(f, from);
}
