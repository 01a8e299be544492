/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plain connection over real sockets: what the kernel says, and when. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/conn.h"
#include "net/sock.h"
#include "unit/tap.h"

static struct conn conn;
static char memory[4096];
static int peer;

static void
wait_until(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	is_int(poll(&p, 1, 5000), 1, "the kernel tells");
}

/* Our side is conn, the other one peer, which blocks. */
static void
open_pair(uint8_t ready)
{
	struct addr a;
	bool done, foreign;
	int listener, fd;

	addr_from_ip(&a, STR("127.0.0.1"), 0);
	listener = sock_listen(&a, &foreign);
	sock_local(listener, &a);
	peer = socket(AF_INET, SOCK_STREAM, 0);
	done = connect(peer, &a.sa, a.len) == 0;
	wait_until(listener, POLLIN);
	fd = sock_accept(listener, &a);
	ok(done && fd >= 0, "a pair of sockets");
	close(listener);
	conn_init_plain(&conn, fd, ready);
	conn_lend_buffer(&conn, memory, sizeof(memory));
}

static void
close_pair(void)
{
	conn_close(&conn);
	close(peer);
}

static void
test_reading(void)
{
	open_pair(0);
	is_int(conn_handshake(&conn), CONN_OK, "no handshake");
	is_int(write(peer, "hello", 5), 5, "the peer speaks");
	wait_until(conn.fd, POLLIN);
	is_int(conn_fill(&conn), CONN_AGAIN, "without an event: again");
	conn_event(&conn, CONN_READ);
	is_int(conn_fill(&conn), CONN_OK, "with one: bytes");
	is_mem(memory, 5, "hello", 5, "these");
	is_int(conn.ready, 0, "the event is used up");
	conn_event(&conn, CONN_READ);
	is_int(conn_fill(&conn), CONN_AGAIN, "a false alarm");
	is_int(conn.ready, 0, "is used up as well");
	is_int(conn.want, CONN_READ, "it waits for reading");
	is_int(shutdown(peer, SHUT_WR), 0, "the peer finishes");
	wait_until(conn.fd, POLLRDHUP);
	conn_event(&conn, CONN_HANGUP);
	is_int(conn_fill(&conn), CONN_CLOSED, "its end");
	ok(!conn_pending(&conn), "nothing is hidden");
	close_pair();
}

static void
test_end_behind_bytes(void)
{
	open_pair(0);
	is_int(write(peer, "bye", 3), 3, "the peer speaks");
	is_int(shutdown(peer, SHUT_WR), 0, "and finishes");
	wait_until(conn.fd, POLLRDHUP);
	conn_event(&conn, CONN_READ | CONN_HANGUP);
	is_int(conn_fill(&conn), CONN_OK, "a short read");
	is_int(conn_fill(&conn), CONN_CLOSED, "does not hide the end");
	close_pair();
}

/* Writes until the kernel takes no more; returns the bytes. */
static size_t
write_all(const char *block, size_t size)
{
	struct iovec iov[2] = { { (char *)block, size / 2 },
		{ (char *)block + size / 2, size - size / 2 } };
	enum conn_status status;
	size_t written, total = 0;

	do {
		status = conn_write(&conn, iov, 2, &written);
		total += written;
	} while (status == CONN_OK);
	is_int(status, CONN_AGAIN, "full");
	return total;
}

static size_t
drain(size_t bytes)
{
	static char sink[65536];
	size_t total = 0;
	ssize_t got = 1;

	while (total < bytes && got > 0) {
		got = read(peer, sink, sizeof(sink));
		total += got > 0 ? (size_t)got : 0;
	}
	return total;
}

static void
test_writing(void)
{
	size_t size = 1 << 20, total, written;
	char *block = calloc(1, size);
	struct iovec one = { (char *)"x", 1 };

	open_pair(CONN_WRITE);
	total = write_all(block, size);
	ok(total > 0, "%zu bytes fit", total);
	is_int(conn.bytes_out, total, "and are counted");
	is_int(conn.ready & CONN_WRITE, 0, "the event is used up");
	is_int(drain(total), total, "the peer reads them");
	wait_until(conn.fd, POLLOUT);
	is_int(conn_write(&conn, &one, 1, &written), CONN_AGAIN,
	    "without an event nothing is tried");
	conn_event(&conn, CONN_WRITE);
	is_int(conn_write(&conn, &one, 1, &written), CONN_OK, "with one it is");
	is_int(written, 1, "one byte");
	free(block);
	close_pair();
}

static void
reset_by_peer(void)
{
	struct linger now = { 1, 0 };

	setsockopt(peer, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(peer);
	wait_until(conn.fd, POLLERR);
	conn_event(&conn, CONN_BROKEN);
}

static void
test_reset(void)
{
	open_pair(CONN_WRITE);
	reset_by_peer();
	is_int(conn_fill(&conn), CONN_FAILED, "a reset");
	is_int(conn.error, ECONNRESET, "is told as such");
	conn_close(&conn);
}

/* What came before the reset is not lost, and the end is not taken for
 * the peer's own. */
static void
test_reset_after_answer(void)
{
	struct iovec one = { (char *)"x", 1 };
	size_t written;

	open_pair(CONN_WRITE);
	is_int(write(peer, "early", 5), 5, "an early answer");
	wait_until(conn.fd, POLLIN);
	reset_by_peer();
	is_int(conn_write(&conn, &one, 1, &written), CONN_FAILED, "no write");
	is_int(conn_fill(&conn), CONN_OK, "the answer is there");
	is_mem(memory, 5, "early", 5, "as sent");
	is_int(conn_fill(&conn), CONN_FAILED, "no clean end");
	conn_close(&conn);
}

/* With the default action of SIGPIPE, which writing must not raise. */
static void
test_no_sigpipe(void)
{
	struct iovec one = { (char *)"x", 1 };
	size_t written;

	open_pair(CONN_WRITE);
	is_int(shutdown(conn.fd, SHUT_WR), 0, "no way out");
	is_int(conn_write(&conn, &one, 1, &written), CONN_FAILED, "no write");
	is_int(conn.error, EPIPE, "for that reason");
	close_pair();
}

static void
test_finish(void)
{
	char byte;

	open_pair(CONN_WRITE);
	conn_finish(&conn);
	is_int(read(peer, &byte, 1), 0, "the peer sees our end");
	is_int(write(peer, "y", 1), 1, "and can still speak");
	wait_until(conn.fd, POLLIN);
	conn_event(&conn, CONN_READ);
	is_int(conn_fill(&conn), CONN_OK, "to us");
	close_pair();
	is_int(conn.fd, -1, "closed");
}

/* Bytes and FIN go together; late bytes of the peer do not throw them away. */
static void
test_last(bool finishes)
{
	struct iovec one = { (char *)"bye", 3 };
	size_t written;
	char got[8];

	open_pair(CONN_WRITE);
	conn.last = true;
	is_int(conn_write(&conn, &one, 1, &written), CONN_OK, "written");
	is_int(recv(peer, got, sizeof(got), MSG_DONTWAIT), -1, "not sent yet");
	is_int(write(peer, "late", 4), 4, "the peer says more");
	wait_until(conn.fd, POLLIN);
	if (finishes)
		conn_finish(&conn);
	conn_close(&conn);
	is_int(recv(peer, got, sizeof(got), MSG_WAITALL), 3, "all comes");
	is_mem(got, 3, "bye", 3, "as it was");
	close_pair();
}

int
main(void)
{
	test_reading();
	test_end_behind_bytes();
	test_writing();
	test_reset();
	test_reset_after_answer();
	test_no_sigpipe();
	test_finish();
	test_last(false);
	test_last(true);
	return tap_done();
}
