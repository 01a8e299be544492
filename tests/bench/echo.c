/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The back-end of the WebSocket row: echo PORT. Answers a handshake with
 * 101 and then sends every byte back as it came: a relay does not look
 * into frames. One thread. A benchmark, not an example.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define EVENTS 64
#define BLOCK 16384

/* The key of the load is always that of RFC 6455, 1.3. */
static const char welcome[] = "HTTP/1.1 101 Switching Protocols\r\n"
			      "Upgrade: websocket\r\n"
			      "Connection: Upgrade\r\n"
			      "Sec-WebSocket-Accept: "
			      "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

struct peer {
	int fd;
	int open;
};

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static void
watch(int epoll, int fd, void *what)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = what };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
		die("epoll_ctl");
}

static int
listen_on(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;

	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
	    bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    listen(fd, 4096) != 0)
		die("listen");
	return fd;
}

static void
accept_all(int epoll, int listener)
{
	int fd, on = 1;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
		struct peer *p = calloc(1, sizeof(*p));

		if (p == NULL ||
		    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) !=
			0)
			die("accept");
		p->fd = fd;
		watch(epoll, fd, p);
	}
}

/* A handshake comes in one piece from all racers. */
static void
answer(struct peer *p)
{
	char block[BLOCK];
	const ssize_t got = recv(p->fd, block, sizeof(block), 0);
	const char *from = block;
	size_t n = (size_t)got;

	if (got < 0 && errno == EAGAIN)
		return;
	if (!p->open) {
		p->open = 1;
		from = welcome;
		n = sizeof(welcome) - 1;
	}
	if (got <= 0 || send(p->fd, from, n, MSG_NOSIGNAL) != (ssize_t)n) {
		close(p->fd);
		free(p);
	}
}

int
main(int argc, char **argv)
{
	struct epoll_event events[EVENTS];
	int epoll = epoll_create1(0), listener;

	if (argc != 2) {
		fprintf(stderr, "usage: echo PORT\n");
		return 2;
	}
	listener = listen_on((uint16_t)strtoul(argv[1], NULL, 10));
	watch(epoll, listener, NULL);
	for (;;) {
		const int n = epoll_wait(epoll, events, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr == NULL)
				accept_all(epoll, listener);
			else
				answer(events[i].data.ptr);
		}
	}
}
