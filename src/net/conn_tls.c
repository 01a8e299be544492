/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The TLS stream. What an operation waits for comes from OpenSSL alone:
 * conn.ready says what the owner may try, tls_conn.sock what the socket
 * has; a bit that is clear in the one comes back with the event of the
 * other that read_needs or write_needs names.
 */
#include "net/conn_layer.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>

#include "base/check.h"
#include "base/mem.h"
#include "net/clientcert.h"
#include "net/sock.h"
#include "net/tls_internal.h"

/* A record at most (RFC 8446, 5.1). */
#define RECORD_MAX ((size_t)16384)
/* A piece so large is not copied to go out together with others. */
#define PIECE_LARGE ((size_t)8192)
/* Records without data that one read takes in; reads that one fill makes. */
#define IDLE_RECORDS_MAX 16
#define READS_MAX 64

static ssize_t
say_again(struct conn *c, uint8_t event, uint8_t needs)
{
	c->ready &= (uint8_t)~event;
	c->want = needs;
	errno = EAGAIN;
	return -1;
}

/* A call of OpenSSL has failed for good. The first reason counts: later
 * calls fail without one. */
static ssize_t
say_failed(struct tls_conn *t, int ssl_error)
{
	if (t->reason == 0)
		t->reason = ERR_peek_error();
	ERR_clear_error();
	if (t->error == 0)
		t->error = ssl_error == SSL_ERROR_SYSCALL ? ECONNRESET : EPROTO;
	errno = t->error;
	return -1;
}

static void
tls_event(struct conn *c, uint8_t events)
{
	struct tls_conn *t = tls_conn_of(c);

	t->sock |= events;
	if ((events & t->read_needs) != 0)
		c->ready |= CONN_READ;
	if ((events & t->write_needs) != 0)
		c->ready |= CONN_WRITE;
}

static uint8_t
tls_left(const struct conn *c)
{
	return tls_conn_of(c)->sock;
}

/* --- Reading --- */

/* OpenSSL has stopped after so many bytes: total, or what it means. */
static ssize_t
stop_reading(struct conn *c, int error, size_t total)
{
	struct tls_conn *t = tls_conn_of(c);
	ssize_t result;

	switch (error) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		t->read_needs = error == SSL_ERROR_WANT_READ ? CONN_READ
							     : CONN_WRITE;
		/* It may be there already, but for records without data. */
		if ((t->sock & t->read_needs) != 0)
			result = say_failed(t, SSL_ERROR_SSL);
		else
			result = say_again(c, CONN_READ, t->read_needs);
		break;
	case SSL_ERROR_ZERO_RETURN:
		result = 0;
		break;
	default:
		result = say_failed(t, error);
	}
	return total > 0 ? (ssize_t)total : result;
}

/*
 * As much as there is and fits. What stays in OpenSSL keeps CONN_READ
 * set; it is clear only when the socket is empty, too.
 */
static ssize_t
take(struct conn *c, char *p, size_t n,
    int (*from)(SSL *ssl, void *p, size_t n, size_t *got))
{
	struct tls_conn *t = tls_conn_of(c);
	size_t total = 0, got;
	unsigned idle = 0;

	if ((c->ready & CONN_READ) == 0)
		return say_again(c, CONN_READ, t->read_needs);
	for (unsigned i = 0; total < n && i < READS_MAX; i++) {
		int error;

		ERR_clear_error();
		if (from(t->ssl, p + total, n - total, &got) == 1) {
			total += got;
			if (SSL_has_pending(t->ssl) != 0 ||
			    (t->sock & CONN_READ) != 0)
				continue;
			t->read_needs = CONN_READ;
			c->ready &= (uint8_t)~CONN_READ;
			break;
		}
		error = SSL_get_error(t->ssl, 0);
		if (error != SSL_ERROR_WANT_READ ||
		    (t->sock & CONN_READ) == 0 || ++idle > IDLE_RECORDS_MAX)
			return stop_reading(c, error, total);
	}
	return (ssize_t)total;
}

static ssize_t
tls_read(struct conn *c, void *p, size_t n)
{
	return take(c, p, n, SSL_read_ex);
}

static bool
tls_quiet(struct conn *c)
{
	char byte;

	return take(c, &byte, 1, SSL_peek_ex) == -1 && errno == EAGAIN;
}

static bool
tls_pending(const struct conn *c)
{
	return (c->ready & CONN_READ) != 0 &&
	    SSL_has_pending(tls_conn_of(c)->ssl) != 0;
}

/* --- Writing --- */

/* Where we are in the caller's pieces. */
struct source {
	const struct iovec *iov;
	int count;
	size_t used; /* of the first one */
	size_t left; /* of all */
};

static void
source_skip(struct source *s, size_t n)
{
	s->left -= n;
	s->used += n;
	while (s->count > 0 && s->used >= s->iov->iov_len) {
		s->used -= s->iov->iov_len;
		s->iov++;
		s->count--;
	}
}

static void
source_copy(const struct source *s, char *to, size_t n)
{
	size_t used = s->used;

	for (const struct iovec *v = s->iov; n > 0; v++) {
		size_t part = v->iov_len - used;

		if (part > n)
			part = n;
		if (part > 0)
			memcpy(to, (const char *)v->iov_base + used, part);
		to += part;
		n -= part;
		used = 0;
	}
}

/* The bytes of the next record: where they lie, or a copy of several
 * pieces in stage. A record that is stuck has to come again whole. */
static struct str
next_record(const struct source *s, const struct tls_conn *t, char *stage)
{
	const char *first = (const char *)s->iov->iov_base + s->used;
	size_t here = s->iov->iov_len - s->used;
	size_t n = s->left < RECORD_MAX ? s->left : RECORD_MAX;

	check(s->left >= t->stuck);
	if (here >= n)
		return str_make(first, n);
	if (here >= PIECE_LARGE && here >= t->stuck)
		return str_make(first, here);
	source_copy(s, stage, n);
	return str_make(stage, n);
}

static ssize_t
stop_writing(struct conn *c, int error, size_t stuck)
{
	struct tls_conn *t = tls_conn_of(c);

	switch (error) {
	case SSL_ERROR_WANT_READ:
		t->write_needs = CONN_READ;
		break;
	case SSL_ERROR_WANT_WRITE:
		t->write_needs = CONN_WRITE;
		break;
	default:
		return say_failed(t, error);
	}
	t->stuck = stuck;
	return say_again(c, CONN_WRITE, t->write_needs);
}

static ssize_t
tls_write(struct conn *c, const struct iovec *iov, int count)
{
	struct tls_conn *t = tls_conn_of(c);
	struct source s = { iov, count, 0, conn_iov_bytes(iov, count) };
	const size_t total = s.left;
	char stage[RECORD_MAX];
	size_t sent;

	if ((c->ready & CONN_WRITE) == 0)
		return say_again(c, CONN_WRITE, t->write_needs);
	source_skip(&s, 0);
	while (s.left > 0) {
		struct str record = next_record(&s, t, stage);

		ERR_clear_error();
		if (SSL_write_ex(t->ssl, record.p, record.len, &sent) == 1) {
			t->stuck = 0;
			source_skip(&s, sent);
			continue;
		}
		if (stop_writing(c, SSL_get_error(t->ssl, 0), record.len) ==
			-1 &&
		    errno != EAGAIN)
			return -1;
		errno = EAGAIN;
		return total > s.left ? (ssize_t)(total - s.left) : -1;
	}
	return (ssize_t)total;
}

/* --- Beginning and end --- */

/* The owner starts with what the socket has, and with bytes that came
 * behind the handshake. The buffers of OpenSSL go until there is use. */
static int
handshake_done(struct conn *c, struct tls_conn *t)
{
	t->open = true;
	(void)SSL_free_buffers(t->ssl);
	c->ready |= t->sock;
	if (SSL_has_pending(t->ssl) != 0)
		c->ready |= CONN_READ;
	t->read_needs = CONN_READ;
	t->write_needs = CONN_WRITE;
	if (t->server != NULL)
		clientcert_limit_session(t->ssl);
	ERR_clear_error();
	return 0;
}

static int
tls_handshake(struct conn *c)
{
	struct tls_conn *t = tls_conn_of(c);
	int error;

	if (t->open)
		return 0;
	ERR_clear_error();
	if (SSL_do_handshake(t->ssl) == 1)
		return handshake_done(c, t);
	error = SSL_get_error(t->ssl, 0);
	if (error == SSL_ERROR_WANT_READ)
		return (int)say_again(c, CONN_READ, CONN_READ);
	if (error == SSL_ERROR_WANT_WRITE)
		return (int)say_again(c, CONN_WRITE, CONN_WRITE);
	return (int)say_failed(t, error);
}

/* close_notify, written once and not waited for. A record that is stuck
 * would have to go out before it. */
static void
say_goodbye(const struct conn *c, struct tls_conn *t)
{
	if (!t->open || c->failed || t->stuck > 0)
		return;
	ERR_clear_error();
	(void)SSL_shutdown(t->ssl);
	ERR_clear_error();
}

static void
tls_finish(struct conn *c)
{
	say_goodbye(c, tls_conn_of(c));
	sock_finish(c->fd);
}

void
conn_tls_release(struct conn *c)
{
	struct tls_conn *t = tls_conn_of(c);

	if (!c->finished)
		say_goodbye(c, t);
	/* An end without close_notify spoils no session (RFC 5246, 7.2.1);
	 * what a fatal alert spoils OpenSSL has forgotten already. */
	if (t->server == NULL)
		tls_client_ended(t);
	else if (t->open)
		SSL_set_shutdown(t->ssl,
		    SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(t->ssl);
	ERR_clear_error();
	mem_free(t->name);
	mem_free(t->headers);
	mem_free(t);
	c->layer = NULL;
}

static void
tls_close(struct conn *c)
{
	conn_tls_release(c);
	close(c->fd);
}

static const struct conn_ops tls_ops = {
	.name = "TLS",
	.read = tls_read,
	.write = tls_write,
	.handshake = tls_handshake,
	.finish = tls_finish,
	.close = tls_close,
	.pending = tls_pending,
	.event = tls_event,
	.left = tls_left,
	.quiet = tls_quiet,
	.words = tls_error,
};

static struct tls_conn *
init(struct conn *c, int fd, uint8_t ready, SSL_CTX *ctx)
{
	struct tls_conn *t;
	SSL *ssl;

	ERR_clear_error();
	ssl = SSL_new(ctx);
	if (ssl == NULL)
		return NULL;
	t = mem_alloc(sizeof(*t));
	*t = (struct tls_conn){ .ssl = ssl,
		.fd = fd,
		.sock = ready,
		.read_needs = CONN_READ,
		.write_needs = CONN_WRITE };
	SSL_set_app_data(ssl, t);
	*c = (struct conn){ .ops = &tls_ops,
		.fd = fd,
		.ready = ready,
		.layer = t };
	return t;
}

int
conn_init_tls_server(struct conn *c, int fd, uint8_t ready,
    const struct tls_server *s)
{
	struct tls_conn *t = init(c, fd, ready, s->ctx);

	if (t == NULL)
		return -1;
	t->server = s;
	tls_bio_attach(t, s->bio);
	SSL_set_accept_state(t->ssl);
	return 0;
}

int
conn_init_tls_client(struct conn *c, int fd, uint8_t ready,
    const struct tls_client *client, struct str host)
{
	struct tls_conn *t = init(c, fd, ready, client->ctx);

	if (t == NULL)
		return -1;
	tls_bio_attach(t, client->bio);
	SSL_set_connect_state(t->ssl);
	tls_client_name(client, t, host);
	return 0;
}
