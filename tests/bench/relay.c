/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A bare relay, the row of the race that no proxy can beat: relay PORT
 * BACKEND-PORT. Two threads, an edge-triggered epoll set each, a listening
 * socket each (SO_REUSEPORT), one back-end connection a client; bytes go
 * through unparsed. A benchmark, not an example: a peer that stops
 * reading is cut instead of waited for.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define THREADS 2
#define EVENTS 64
#define BLOCK 65536

/* One side of a pair; the other is its peer. */
struct side {
	int fd;
	struct side *peer;
	struct side *next_closed;
};

struct relay {
	int epoll, listener;
	uint16_t port, backend_port;
	struct side *closed; /* freed when no event can name them */
	char block[BLOCK];
};

static struct sockaddr_in
local(uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static void
set_on(int fd, int level, int option)
{
	int on = 1;

	if (setsockopt(fd, level, option, &on, sizeof(on)) != 0)
		die("setsockopt");
}

static void
watch(struct relay *r, int fd, void *what)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP | EPOLLET,
		.data.ptr = what };

	if (epoll_ctl(r->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
		die("epoll_ctl");
}

static void
open_listener(struct relay *r)
{
	struct sockaddr_in a = local(r->port);

	r->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	set_on(r->listener, SOL_SOCKET, SO_REUSEADDR);
	set_on(r->listener, SOL_SOCKET, SO_REUSEPORT);
	if (bind(r->listener, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    listen(r->listener, 512) != 0)
		die("listen");
	watch(r, r->listener, NULL);
}

static int
connect_backend(const struct relay *r)
{
	struct sockaddr_in a = local(r->backend_port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0)
		die("connect");
	return fd;
}

static struct side *
new_side(int fd)
{
	struct side *side = calloc(1, sizeof(*side));

	if (side == NULL)
		die("calloc");
	side->fd = fd;
	set_on(fd, IPPROTO_TCP, TCP_NODELAY);
	return side;
}

static void
accept_all(struct relay *r)
{
	int fd;

	while ((fd = accept4(r->listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		struct side *client = new_side(fd);
		struct side *backend = new_side(connect_backend(r));

		client->peer = backend;
		backend->peer = client;
		watch(r, client->fd, client);
		watch(r, backend->fd, backend);
	}
}

static void
close_pair(struct relay *r, struct side *side)
{
	struct side *sides[2] = { side, side->peer };

	for (int i = 0; i < 2; i++) {
		close(sides[i]->fd);
		sides[i]->fd = -1;
		sides[i]->next_closed = r->closed;
		r->closed = sides[i];
	}
}

/* A read shorter than the block has emptied the socket. */
static void
forward(struct relay *r, struct side *side)
{
	ssize_t got = BLOCK;

	while (side->fd >= 0 && got == BLOCK) {
		got = recv(side->fd, r->block, BLOCK, MSG_DONTWAIT);
		if (got < 0 && errno == EAGAIN)
			return;
		if (got <= 0 ||
		    send(side->peer->fd, r->block, (size_t)got,
			MSG_NOSIGNAL | MSG_DONTWAIT) != got)
			close_pair(r, side);
	}
}

static void
free_closed(struct relay *r)
{
	while (r->closed != NULL) {
		struct side *side = r->closed;

		r->closed = side->next_closed;
		free(side);
	}
}

static void
serve_event(struct relay *r, const struct epoll_event *event)
{
	struct side *side = event->data.ptr;

	if (side == NULL)
		accept_all(r);
	else if (side->fd >= 0)
		forward(r, side);
	if (side != NULL && side->fd >= 0 && (event->events & EPOLLRDHUP) != 0)
		close_pair(r, side);
}

static void *
run(void *arg)
{
	struct relay *r = arg;
	struct epoll_event events[EVENTS];

	for (;;) {
		int n = epoll_wait(r->epoll, events, EVENTS, -1);

		for (int i = 0; i < n; i++)
			serve_event(r, &events[i]);
		free_closed(r);
	}
	return NULL;
}

int
main(int argc, char **argv)
{
	static struct relay relays[THREADS];
	pthread_t thread;

	if (argc != 3) {
		fprintf(stderr, "usage: relay PORT BACKEND-PORT\n");
		return 2;
	}
	for (int i = 0; i < THREADS; i++) {
		relays[i].epoll = epoll_create1(0);
		relays[i].port = (uint16_t)strtoul(argv[1], NULL, 10);
		relays[i].backend_port = (uint16_t)strtoul(argv[2], NULL, 10);
		open_listener(&relays[i]);
		if (i > 0 && pthread_create(&thread, NULL, run, &relays[i]))
			die("pthread_create");
	}
	run(&relays[0]);
	return 0;
}
