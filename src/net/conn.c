/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/conn.h"

#include <errno.h>
#include <string.h>

#include "base/check.h"
#include "net/conn_layer.h"

void
conn_event(struct conn *c, uint8_t events)
{
	if ((events & CONN_BROKEN) != 0)
		events |= CONN_HANGUP | CONN_WRITE;
	if ((events & CONN_HANGUP) != 0)
		events |= CONN_READ;
	c->ready |= events;
	if (c->ops->event != NULL)
		c->ops->event(c, events);
}

/* At the end of what the peer sends a socket is readable for ever. */
uint8_t
conn_used_up(const struct conn *c)
{
	const uint8_t ready = c->ops->left != NULL ? c->ops->left(c) : c->ready;
	const uint8_t over = c->eof || c->unreadable ? CONN_READ : 0;

	return (uint8_t)((CONN_READ | CONN_WRITE) & ~ready & ~over);
}

void
conn_consume(struct conn *c, size_t n)
{
	check(n <= c->end - c->start);
	c->start += n;
}

void
conn_lend_buffer(struct conn *c, char *memory, size_t cap)
{
	check(c->start == c->end);
	c->buf = memory;
	c->cap = cap;
	c->start = c->end = 0;
}

char *
conn_take_buffer(struct conn *c)
{
	char *memory = c->buf;

	c->buf = NULL;
	c->cap = c->start = c->end = 0;
	return memory;
}

void
conn_compact(struct conn *c)
{
	size_t unread = c->end - c->start;

	if (c->start == 0)
		return;
	if (unread > 0)
		memmove(c->buf, c->buf + c->start, unread);
	c->start = 0;
	c->end = unread;
}

/* The first failure is the one that explains the others. */
static enum conn_status
fail(struct conn *c, int error)
{
	if (!c->failed)
		c->error = error;
	c->failed = true;
	return CONN_FAILED;
}

static enum conn_status
fail_reading(struct conn *c, int error)
{
	c->unreadable = true;
	return fail(c, error);
}

/*
 * A write that met a reset has taken the error from the socket, and the end
 * that a read finds after it is not the peer's. EPIPE is different: there
 * the peer's FIN came before the reset.
 */
static enum conn_status
end_reading(struct conn *c)
{
	c->ready &= (uint8_t) ~(CONN_READ | CONN_HANGUP);
	if (c->failed && c->error != EPIPE)
		return fail_reading(c, c->error);
	c->eof = true;
	return CONN_CLOSED;
}

enum conn_status
conn_after_read(struct conn *c, ssize_t got)
{
	if (got > 0) {
		c->bytes_in += (uint64_t)got;
		return CONN_OK;
	}
	if (got == 0)
		return end_reading(c);
	return errno == EAGAIN ? CONN_AGAIN : fail_reading(c, errno);
}

enum conn_status
conn_after_write(struct conn *c, ssize_t sent)
{
	if (sent < 0)
		return errno == EAGAIN ? CONN_AGAIN : fail(c, errno);
	c->bytes_out += (uint64_t)sent;
	return CONN_OK;
}

enum conn_status
conn_fill(struct conn *c)
{
	enum conn_status st;
	ssize_t got;

	if (c->unreadable)
		return CONN_FAILED;
	if (c->eof)
		return CONN_CLOSED;
	if (c->end == c->cap)
		return CONN_FULL;
	got = c->ops->read(c, c->buf + c->end, c->cap - c->end);
	st = conn_after_read(c, got);
	if (st == CONN_OK)
		c->end += (size_t)got;
	return st;
}

enum conn_status
conn_write(struct conn *c, const struct iovec *iov, int count, size_t *written)
{
	size_t total = conn_iov_bytes(iov, count);
	enum conn_status st;
	ssize_t sent;

	check(!c->finished);
	*written = 0;
	if (c->failed)
		return CONN_FAILED;
	if (total == 0)
		return CONN_OK;
	sent = c->ops->write(c, iov, count);
	st = conn_after_write(c, sent);
	if (st != CONN_OK)
		return st;
	*written = (size_t)sent;
	return *written == total ? CONN_OK : CONN_AGAIN;
}

bool
conn_pending(const struct conn *c)
{
	return c->ops->pending(c);
}

bool
conn_quiet(struct conn *c)
{
	if (c->start < c->end || c->eof || c->failed)
		return false;
	if (!conn_awake(c, CONN_READ | CONN_HANGUP))
		return true;
	return c->ops->quiet != NULL && c->ops->quiet(c);
}

enum conn_status
conn_handshake(struct conn *c)
{
	if (c->failed)
		return CONN_FAILED;
	if (c->ops->handshake(c) == 0)
		return CONN_OK;
	return errno == EAGAIN ? CONN_AGAIN : fail_reading(c, errno);
}

void
conn_finish(struct conn *c)
{
	if (c->finished || c->fd < 0)
		return;
	c->finished = true;
	c->ops->finish(c);
}

void
conn_cut(struct conn *c)
{
	c->finished = c->cut = true;
}

void
conn_close(struct conn *c)
{
	if (c->fd < 0)
		return;
	c->ops->close(c);
	c->fd = -1;
	c->ready = 0;
}

const char *
conn_error(const struct conn *c)
{
	if (!c->failed)
		return "no error";
	return c->ops->words != NULL ? c->ops->words(c) : strerror(c->error);
}
