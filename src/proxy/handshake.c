/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "proxy/handshake.h"

#include "base/deadline.h"
#include "base/log.h"
#include "base/mem.h"
#include "http/host.h"
#include "net/tls.h"
#include "proxy/accesslog.h"
#include "proxy/account.h"
#include "proxy/rewrite.h"
#include "proxy/sanitize.h"
#include "proxy/steps.h"

/* With ClientCert a person may be choosing one: Client per flight, and at
 * most so many times in all (A.4 #13). */
#define HANDSHAKE_FLIGHTS 10

/* B.9.2: the certificate was looked at and found bad. */
static enum step_status
handshake_refused(struct thread *t, struct client *c)
{
	char memory[1024];
	struct fixbuf b;

	fixbuf_init(&b, memory, sizeof(memory));
	fixbuf_add(&b, STR("Bad certificate from "));
	accesslog_add_peer(&b, t, c);
	fixbuf_add(&b, STR(" on "));
	fixbuf_add(&b, c->listener->name);
	fixbuf_add(&b, STR(": "));
	fixbuf_add(&b, str_from(tls_error(&c->conn)));
	accesslog_notice(c, LIVE_CERTIFICATE, &b);
	return client_go(c, STEP_CLOSE);
}

/* Plain HTTP on an HTTPS port: a plain page says so (A.4 #10). */
static enum step_status
handshake_plain(struct thread *t, struct client *c)
{
	tls_make_plain(&c->conn);
	c->x = exchange_new(t);
	c->x->began_ms = t->now_ms;
	c->x->began = time(NULL);
	return client_fail(t, c, OUTCOME_CLIENT_PLAIN);
}

static enum step_status
handshake_failed(struct thread *t, struct client *c)
{
	/* Whoever looks if somebody listens here wanted no TLS. */
	if (!tls_heard(&c->conn)) {
		account_silent(t, c);
		return client_go(c, STEP_CLOSE);
	}
	account_handshake(t, c, false);
	if (tls_plain_http(&c->conn))
		return handshake_plain(t, c);
	if (tls_client_refused(&c->conn))
		return handshake_refused(t, c);
	/* Scanners fail all day: counted, not logged (B.9.2). */
	return client_go(c, STEP_CLOSE);
}

/* Client seconds in all; per flight when the client is asked for a
 * certificate. */
static int64_t
handshake_deadline(const struct client *c)
{
	const int64_t client_ms = c->listener->client_ms;
	unsigned flights = tls_flights(&c->conn);

	if (c->listener->tls.client_cert == 0)
		return c->opened_ms + client_ms;
	if (flights >= HANDSHAKE_FLIGHTS)
		flights = HANDSHAKE_FLIGHTS - 1;
	return c->opened_ms + client_ms * (flights + 1);
}

enum step_status
handshake_client(struct thread *t, struct client *c)
{
	int64_t by;

	switch (conn_handshake(&c->conn)) {
	case CONN_OK:
		account_handshake(t, c, !tls_client_refused(&c->conn));
		if (tls_client_refused(&c->conn))
			return handshake_refused(t, c);
		c->deadline_ms = t->now_ms + c->listener->client_ms;
		return client_go(c, STEP_IDLE);
	case CONN_AGAIN:
		by = handshake_deadline(c);
		if (!t->impatient && t->now_ms < by)
			return client_wait(c, c->conn.want, 0, by);
		account_handshake(t, c, false);
		return client_go(c, STEP_CLOSE);
	default:
		return handshake_failed(t, c);
	}
}

struct str
handshake_name(struct client *c, struct exchange *x)
{
	const struct conf_backend *conf = x->backend->conf;
	struct str name, port;

	if (!conf->https)
		return STR_NONE;
	/* Whoever asks; without a name to send it is verified all the same. */
	if (conf->tls.has_server_name &&
	    (!str_empty(conf->tls.server_name) ||
		str_empty(conf->tls.verify_list)))
		return conf->tls.server_name;
	host_split(rewrite_host(c, x), &name, &port);
	return name;
}

/* From connected to TLS; TimeOut begins. */
static bool
handshake_begin(struct thread *t, struct client *c)
{
	struct exchange *x = c->x;
	const struct conf_backend *conf = x->backend->conf;
	const struct str name = handshake_name(c, x);
	struct upstream *up = x->up;

	if (conn_init_tls_client(&up->conn, up->conn.fd, up->conn.ready,
		conf->tls_client, name) == -1)
		return false;
	up->name = mem_alloc(name.len + 1);
	if (name.len > 0)
		memcpy(up->name, name.p, name.len);
	x->connect_by_ms = t->now_ms + conf->timeout_ms;
	return true;
}

static enum step_status
handshake_backend_failed(struct thread *t, struct client *c)
{
	sanitize_detail(c->x, "%s", tls_error(&c->x->up->conn));
	return client_fail(t, c, OUTCOME_BACKEND_TLS);
}

enum step_status
handshake_backend(struct thread *t, struct client *c)
{
	struct exchange *x = c->x;
	struct upstream *up = x->up;
	int64_t by;

	if (up->name == NULL && !handshake_begin(t, c))
		return client_fail(t, c, OUTCOME_SHORTAGE);
	by = x->connect_by_ms;
	switch (conn_handshake(&up->conn)) {
	case CONN_OK:
		up->secured = true;
		return STEP_GO;
	case CONN_AGAIN:
		if (t->now_ms >= by) {
			sanitize_late(x, "TimeOut",
			    x->backend->conf->timeout_ms);
			return client_fail(t, c, OUTCOME_BACKEND_LATE_TLS);
		}
		return client_wait(c, 0, up->conn.want, by);
	default:
		return handshake_backend_failed(t, c);
	}
}
