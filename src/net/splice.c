/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/splice.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/check.h"
#include "base/compat.h"
#include "net/conn_layer.h"

int
splice_open(struct splice *s)
{
	int fd[2];

	*s = (struct splice){ .in = -1, .out = -1 };
	if (!COMPAT_SPLICE || pipe2(fd, O_NONBLOCK | O_CLOEXEC) != 0)
		return -1;
	s->out = fd[0];
	s->in = fd[1];
	return 0;
}

void
splice_close(struct splice *s)
{
	if (s->in < 0)
		return;
	close(s->in);
	close(s->out);
	*s = (struct splice){ .in = -1, .out = -1 };
}

bool
splice_can(const struct conn *from, const struct conn *to)
{
	return from->ops->splice_in != NULL && to->ops->splice_out != NULL;
}

enum conn_status
splice_fill(struct splice *s, struct conn *from, size_t n)
{
	enum conn_status st;
	ssize_t got;

	check(s->held == 0 && from->start == from->end);
	if (from->unreadable)
		return CONN_FAILED;
	if (from->eof)
		return CONN_CLOSED;
	got = from->ops->splice_in(from, s->in, n);
	st = conn_after_read(from, got);
	if (st == CONN_OK)
		s->held = (size_t)got;
	return st;
}

/* A part may be all that one call takes out of the pipe: only "again" says
 * that the socket is full. */
enum conn_status
splice_write(struct splice *s, struct conn *to)
{
	check(!to->finished);
	while (s->held > 0) {
		enum conn_status st;
		ssize_t sent;

		if (to->failed)
			return CONN_FAILED;
		sent = to->ops->splice_out(to, s->out, s->held);
		st = conn_after_write(to, sent);
		if (st != CONN_OK)
			return st;
		s->held -= (size_t)sent;
	}
	return CONN_OK;
}
