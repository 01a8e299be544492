/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/poller.h"

#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/conn.h"
#include "net/sock.h"
#include "unit/tap.h"

static struct poller poller;
static struct poller_event event[POLLER_EVENTS];
/* What the owner was told and has not used up; CLOSED: no more. */
static int ready;
#define CLOSED (-1)

static int
used_up(const void *owner, uint64_t token)
{
	(void)token;
	return owner != &ready || ready == CLOSED
	    ? -1
	    : (CONN_READ | CONN_WRITE) & ~ready;
}

/* The events of the one that has some; -1: none, or several. */
static int
look(uint64_t token)
{
	const int n = poller_wait(&poller, event, 0);

	if (n == 0)
		return 0;
	if (n != 1 || event[0].token != token)
		return -1;
	ready |= event[0].events;
	return event[0].events;
}

/* Two ends of a TCP connection, whose FIN and RST are told apart. */
static bool
connect_pair(int ends[2])
{
	struct addr here = { .len = sizeof(here.un) }, peer;
	bool foreign, done;
	int listener;

	if (addr_from_ip(&here, STR("127.0.0.1"), 0) == -1 ||
	    (listener = sock_listen(&here, &foreign)) == -1 ||
	    sock_local(listener, &here) == -1)
		return false;
	ends[0] = sock_connect(&here, &done);
	for (unsigned i = 0; i < 1000; i++) {
		ends[1] = sock_accept(listener, &peer);
		if (ends[1] != -1)
			break;
		usleep(1000);
	}
	close(listener);
	return ends[0] != -1 && ends[1] != -1;
}

static int
wait_for(uint64_t token, int wanted)
{
	int events = 0;

	for (unsigned i = 0; i < 1000 && (events & wanted) != wanted; i++) {
		const int more = look(token);

		if (more == -1)
			return -1;
		events |= more;
		if ((events & wanted) != wanted)
			usleep(1000);
	}
	return events;
}

static void
test_edges(void)
{
	const uint64_t token = UINT64_C(0xfedcba9876543210);
	char byte;
	int ends[2];

	if (!ok(connect_pair(ends), "a connection"))
		return;
	is_int(poller_add(&poller, ends[1], token), 0, "watched");
	is_int(look(token), CONN_WRITE, "it can be written to");
	is_int(look(token), 0, "which is told once");
	is_int(send(ends[0], "a", 1, 0), 1, "a byte");
	ok((wait_for(token, CONN_READ) & CONN_READ) != 0, "can be read");
	is_int(look(token), 0, "which is told once");
	is_int(recv(ends[1], &byte, 1, 0), 1, "it is read");
	ready &= ~CONN_READ;
	is_int(send(ends[0], "b", 1, 0), 1, "another byte");
	ok((wait_for(token, CONN_READ) & CONN_READ) != 0, "is news");
	is_int(shutdown(ends[0], SHUT_WR), 0, "the end");
	ok((wait_for(token, CONN_HANGUP) & CONN_BROKEN) == 0,
	    "is a hangup, and nothing is broken");
	is_int(recv(ends[1], &byte, 1, 0), 1, "bytes before it are there");
	ready = CONN_WRITE; /* and what is left is the end, told already */
	close(ends[0]);
	close(ends[1]);
	ready = CLOSED;
	is_int(look(token), 0, "what is closed tells nothing");
}

static void
test_reset(void)
{
	const struct linger now = { 1, 0 };
	int ends[2];

	if (!ok(connect_pair(ends), "a connection"))
		return;
	ready = 0;
	is_int(poller_add(&poller, ends[1], 7), 0, "watched");
	is_int(setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0,
	    "that resets");
	close(ends[0]);
	ok((wait_for(7, CONN_BROKEN) & CONN_BROKEN) != 0, "is broken");
	is_int(look(7), 0, "which is told once");
	close(ends[1]);
	ready = CLOSED;
}

/* An eventfd tells again and again, until it is quiet. */
static void
test_level(void)
{
	const uint64_t one = 1;
	uint64_t count;
	const int fd = eventfd(0, EFD_NONBLOCK);

	is_int(poller_add_listener(&poller, fd, 9), 0, "a listener");
	is_int(look(9), 0, "quiet");
	is_int(write(fd, &one, sizeof(one)), sizeof(one), "it rings");
	is_int(look(9), CONN_READ, "which is told");
	is_int(look(9), CONN_READ, "and told");
	is_int(read(fd, &count, sizeof(count)), sizeof(count), "until");
	is_int(look(9), 0, "it is quiet");
	is_int(write(fd, &one, sizeof(one)), sizeof(one), "it rings");
	poller_remove(&poller, fd);
	is_int(look(9), 0, "for nobody");
	is_int(poller_add_listener(&poller, fd, 9), 0, "and again");
	is_int(look(9), CONN_READ, "for us");
	close(fd);
}

int
main(void)
{
	is_int(poller_open(&poller, used_up, &ready), 0, "a poller");
	test_edges();
	test_reset();
	test_level();
	poller_close(&poller);
	is_int(poller.fd, -1, "closed");
	return tap_done();
}
