/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * OpenSSL's view of the socket. It keeps the rules of an edge-triggered
 * descriptor: nothing is tried while the event is used up, and a short
 * read uses it up unless the end is near.
 */
#include <errno.h>

#include <sys/socket.h>

#include "base/check.h"
#include "net/tls_internal.h"

/* The type of a TLS record that begins a handshake (RFC 8446, 5.1). */
#define RECORD_HANDSHAKE 0x16

static bool
is_again(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK;
}

static int
say_again(BIO *b, struct tls_conn *t, uint8_t event)
{
	t->sock &= (uint8_t)~event;
	if (event == CONN_READ)
		BIO_set_retry_read(b);
	else
		BIO_set_retry_write(b);
	return -1;
}

static int
say_failed(struct tls_conn *t, int error)
{
	t->error = error;
	return -1;
}

static ssize_t
receive(int fd, void *p, size_t n, int flags)
{
	ssize_t got;

	do {
		got = recv(fd, p, n, flags);
	} while (got < 0 && errno == EINTR);
	return got;
}

/*
 * A client's first byte tells TLS from plain HTTP before OpenSSL sees
 * it, so that the bytes stay in the socket and no alert goes out. A hello
 * in the form of SSL 2 is OpenSSL's to judge.
 */
static bool
is_letter(unsigned char c)
{
	return (unsigned char)((c | 0x20) - 'a') < 26;
}

static bool
speaks_plain(struct tls_conn *t)
{
	unsigned char first = RECORD_HANDSHAKE;

	if (receive(t->fd, &first, 1, MSG_PEEK) <= 0)
		return false;
	t->looked = true;
	t->plain = is_letter(first);
	return t->plain;
}

static int
bio_read(BIO *b, char *p, int n)
{
	struct tls_conn *t = BIO_get_data(b);
	ssize_t got;

	BIO_clear_retry_flags(b);
	if ((t->sock & CONN_READ) == 0)
		return say_again(b, t, CONN_READ);
	if (!t->looked && t->server != NULL && speaks_plain(t))
		return say_failed(t, EPROTO);
	got = receive(t->fd, p, (size_t)n, 0);
	if (got < 0)
		return is_again(errno) ? say_again(b, t, CONN_READ)
				       : say_failed(t, errno);
	t->ended = got == 0;
	t->received = true;
	if (got > 0 && got < n && (t->sock & CONN_HANGUP) == 0)
		t->sock &= (uint8_t)~CONN_READ;
	return (int)got;
}

static int
bio_write(BIO *b, const char *p, int n)
{
	struct tls_conn *t = BIO_get_data(b);
	ssize_t sent;

	BIO_clear_retry_flags(b);
	if ((t->sock & CONN_WRITE) == 0)
		return say_again(b, t, CONN_WRITE);
	do {
		sent = send(t->fd, p, (size_t)n, MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return is_again(errno) ? say_again(b, t, CONN_WRITE)
				       : say_failed(t, errno);
	if (sent < n)
		t->sock &= (uint8_t)~CONN_WRITE;
	if (t->received && !t->open && t->flights < UINT8_MAX)
		t->flights++;
	t->received = false;
	return (int)sent;
}

static long
bio_ctrl(BIO *b, int command, long number, void *pointer)
{
	struct tls_conn *t = BIO_get_data(b);

	(void)number;
	(void)pointer;
	if (command == BIO_CTRL_EOF)
		return t->ended;
	return command == BIO_CTRL_FLUSH;
}

BIO_METHOD *
tls_bio_method(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "connection");

	check(m != NULL);
	check(BIO_meth_set_read(m, bio_read) == 1 &&
	    BIO_meth_set_write(m, bio_write) == 1 &&
	    BIO_meth_set_ctrl(m, bio_ctrl) == 1);
	return m;
}

void
tls_bio_attach(struct tls_conn *t, const BIO_METHOD *method)
{
	BIO *b = BIO_new(method);

	check(b != NULL);
	BIO_set_data(b, t);
	BIO_set_init(b, 1);
	SSL_set_bio(t->ssl, b, b);
}
