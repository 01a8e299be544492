/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes go through a pipe as they came; ends and failures are those of reads
 * and writes. */
#include "net/splice.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <sys/socket.h>

#include "base/compat.h"
#include "support/scripted.h"
#include "unit/tap.h"

#define LONG 200000

static struct conn from, to;
static int source, sink; /* the other ends */
static struct splice pipe_;

static void
open_one(struct conn *c, int *peer)
{
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd) != 0)
		abort();
	conn_init_plain(c, fd[0], CONN_READ | CONN_WRITE);
	*peer = fd[1];
}

static void
open_all(void)
{
	open_one(&from, &source);
	open_one(&to, &sink);
	is_int(splice_open(&pipe_), 0, "a pipe");
}

static void
close_all(void)
{
	splice_close(&pipe_);
	splice_close(&pipe_);
	conn_close(&from);
	conn_close(&to);
	close(source);
	close(sink);
}

static void
test_bytes(void)
{
	char in[16];

	open_all();
	ok(splice_can(&from, &to), "sockets can");
	is_int(splice_fill(&pipe_, &from, 100), CONN_AGAIN, "nothing yet");
	is_int(from.want, CONN_READ, "it waits for reading");
	is_int(write(source, "hello world", 11), 11, "the source speaks");
	is_int(splice_fill(&pipe_, &from, 100), CONN_AGAIN,
	    "without an event: again");
	conn_event(&from, CONN_READ);
	is_int(splice_fill(&pipe_, &from, 5), CONN_OK, "with one: bytes");
	is_int(pipe_.held, 5, "as many as were asked for");
	is_int(from.bytes_in, 5, "counted");
	is_int(splice_write(&pipe_, &to), CONN_OK, "all go on");
	is_int(to.bytes_out, 5, "counted");
	is_int(read(sink, in, sizeof(in)), 5, "and arrive");
	is_mem(in, 5, "hello", 5, "as they were");
	is_int(splice_fill(&pipe_, &from, 100), CONN_OK, "the rest");
	is_int(splice_write(&pipe_, &to), CONN_OK, "goes on");
	is_int(read(sink, in, sizeof(in)), 6, "and arrives");
	is_int(shutdown(source, SHUT_WR), 0, "the source ends");
	conn_event(&from, CONN_READ | CONN_HANGUP);
	is_int(splice_fill(&pipe_, &from, 100), CONN_CLOSED, "its end");
	is_int(splice_fill(&pipe_, &from, 100), CONN_CLOSED, "and again");
	close_all();
}

/* A sink that does not read. */
static void
test_full(void)
{
	static char block[LONG];
	enum conn_status st = CONN_OK;

	open_all();
	while (st == CONN_OK) {
		if (write(source, block, sizeof(block)) < 0)
			break;
		conn_event(&from, CONN_READ);
		while (st == CONN_OK) {
			if (splice_fill(&pipe_, &from, LONG) != CONN_OK)
				break;
			st = splice_write(&pipe_, &to);
		}
	}
	is_int(st, CONN_AGAIN, "full");
	is_int(to.want, CONN_WRITE, "it waits for writing");
	ok(pipe_.held > 0, "the rest stays in the pipe");
	is_int(to.bytes_out + pipe_.held, from.bytes_in, "nothing is lost");
	is_int(splice_write(&pipe_, &to), CONN_AGAIN, "no try without event");
	close(sink);
	conn_event(&to, CONN_WRITE);
	is_int(splice_write(&pipe_, &to), CONN_FAILED, "the sink has gone");
	is_int(to.error, EPIPE, "which is told");
	is_int(splice_write(&pipe_, &to), CONN_FAILED, "and again");
	close_all();
}

static void
test_others(void)
{
	struct scripted s;
	struct conn c;

	open_all();
	scripted_open(&s, &c, NULL, 0);
	ok(!splice_can(&from, &c) && !splice_can(&c, &to),
	    "what is no plain socket cannot");
	scripted_release(&s);
	close_all();
}

int
main(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGPIPE, &ignore, NULL);
	if (POUND_POSIX) { /* the call is Linux' own: bytes are copied */
		is_int(splice_open(&pipe_), -1, "no pipe here");
		return tap_done();
	}
	test_bytes();
	test_full();
	test_others();
	return tap_done();
}
