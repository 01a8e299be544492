/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plain stream: bytes go between the socket and the caller as they are. */
#include "net/conn_layer.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <sys/socket.h>

#include "base/compat.h"
#include "net/sock.h"

/* The event is used up: the kernel tells when there is something again. */
static ssize_t
say_again(struct conn *c, uint8_t event)
{
	c->ready &= (uint8_t)~event;
	c->want = event;
	errno = EAGAIN;
	return -1;
}

static bool
is_again(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK;
}

/*
 * A short read has emptied the socket, and what comes later makes a new
 * event. Not so a hangup: its event is spent, only reading finds the end.
 */
static ssize_t
plain_read(struct conn *c, void *p, size_t n)
{
	ssize_t got;

	if ((c->ready & CONN_READ) == 0)
		return say_again(c, CONN_READ);
	do {
		got = recv(c->fd, p, n, 0);
	} while (got < 0 && errno == EINTR);
	if (got < 0 && is_again(errno))
		return say_again(c, CONN_READ);
	if (got > 0 && (size_t)got < n && (c->ready & CONN_HANGUP) == 0)
		c->ready &= (uint8_t)~CONN_READ;
	return got;
}

static ssize_t
send_pieces(int fd, const struct iovec *iov, int count, int flags)
{
	struct msghdr message = { .msg_iov = (struct iovec *)iov,
		.msg_iovlen = (size_t)count };
	ssize_t sent;

	do {
		sent = count == 1 ? send(fd, iov->iov_base, iov->iov_len, flags)
				  : sendmsg(fd, &message, flags);
	} while (sent < 0 && errno == EINTR);
	return sent;
}

static ssize_t
plain_write(struct conn *c, const struct iovec *iov, int count)
{
	ssize_t sent;

	if ((c->ready & CONN_WRITE) == 0)
		return say_again(c, CONN_WRITE);
	sent = send_pieces(c->fd, iov, count,
	    MSG_NOSIGNAL | (c->last ? COMPAT_MSG_MORE : 0));
	if (sent < 0 && is_again(errno))
		return say_again(c, CONN_WRITE);
	if (sent >= 0 && (size_t)sent < conn_iov_bytes(iov, count))
		(void)say_again(c, CONN_WRITE);
	return sent;
}

/* The pipe may be full before the socket is empty: a short one tells
 * nothing about the socket. */
static ssize_t
plain_splice_in(struct conn *c, int pipe, size_t n)
{
	ssize_t got;

	if ((c->ready & CONN_READ) == 0)
		return say_again(c, CONN_READ);
	do {
		got = splice(c->fd, NULL, pipe, NULL, n,
		    SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	} while (got < 0 && errno == EINTR);
	return got < 0 && is_again(errno) ? say_again(c, CONN_READ) : got;
}

/* A peer that has gone makes a signal, which is ignored, and EPIPE. */
static ssize_t
plain_splice_out(struct conn *c, int pipe, size_t n)
{
	ssize_t sent;

	if ((c->ready & CONN_WRITE) == 0)
		return say_again(c, CONN_WRITE);
	do {
		sent = splice(pipe, NULL, c->fd, NULL, n,
		    SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	} while (sent < 0 && errno == EINTR);
	/* Nothing at all is an error that is not told. */
	if (sent == 0)
		errno = EPIPE;
	if (sent <= 0)
		return sent < 0 && is_again(errno) ? say_again(c, CONN_WRITE)
						   : -1;
	return sent;
}

static int
plain_handshake(struct conn *c)
{
	(void)c;
	return 0;
}

static void
plain_finish(struct conn *c)
{
	sock_finish(c->fd);
}

/* Unread bytes turn a close into a reset, which throws away what waits. */
static void
plain_close(struct conn *c)
{
	if (c->last && !c->finished)
		sock_finish(c->fd);
	close(c->fd);
}

static bool
plain_pending(const struct conn *c)
{
	(void)c;
	return false;
}

static const struct conn_ops plain_ops = {
	.name = "plain",
	.read = plain_read,
	.write = plain_write,
	.handshake = plain_handshake,
	.finish = plain_finish,
	.close = plain_close,
	.pending = plain_pending,
	.splice_in = plain_splice_in,
	.splice_out = plain_splice_out,
};

void
conn_init_plain(struct conn *c, int fd, uint8_t ready)
{
	*c = (struct conn){ .ops = &plain_ops, .fd = fd, .ready = ready };
}
