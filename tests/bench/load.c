/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The load that wrk cannot make:
 *
 *   load ws PORT CLIENTS SECONDS    WebSockets, a 32-byte message each way
 *                                   in turn; prints messages, times, errors
 *   load idle PORT CLIENTS [tls]    each makes one request and stays; prints
 *                                   "ready", waits for a line, and measures
 *                                   what new clients wait for an answer
 *
 * A benchmark, not an example.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <openssl/ssl.h>

#define EVENTS 64
#define FRAME 38 /* 2 bytes, a mask, 32 bytes */
#define PROBES 300
#define TIMES_MAX 4000000
#define ANSWER_MAX 8192

static const char handshake[] = "GET /ws HTTP/1.1\r\n"
				"Host: localhost\r\n"
				"Upgrade: websocket\r\n"
				"Connection: Upgrade\r\n"
				"Sec-WebSocket-Version: 13\r\n"
				"Sec-WebSocket-Key: "
				"dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
static const char request[] = "GET /1k HTTP/1.1\r\nHost: localhost\r\n\r\n";

static uint32_t times[TIMES_MAX]; /* microseconds */
static size_t time_count;
static unsigned long errors;

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static int64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void
note_time(int64_t since_us)
{
	if (time_count < TIMES_MAX)
		times[time_count++] = (uint32_t)(now_us() - since_us);
}

static int
compare(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void
print_times(unsigned long count)
{
	qsort(times, time_count, sizeof(*times), compare);
	printf("count %lu errors %lu p50 %.3f p99 %.3f\n", count, errors,
	    time_count > 0 ? times[time_count / 2] / 1e3 : 0.0,
	    time_count > 0 ? times[time_count * 99 / 100] / 1e3 : 0.0);
	fflush(stdout);
}

static int
connect_to(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0)
		die("connect");
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0)
		die("setsockopt");
	return fd;
}

/* --- WebSockets --- */

struct socket_client {
	int fd;
	size_t got; /* of the frame that comes back */
	int64_t sent_us;
	char sent[FRAME];
};

static void
open_socket(struct socket_client *c, uint16_t port)
{
	char in[ANSWER_MAX];
	size_t n = 0;

	c->fd = connect_to(port);
	if (write(c->fd, handshake, sizeof(handshake) - 1) < 0)
		die("write");
	while (n < 4 || memcmp(in + n - 4, "\r\n\r\n", 4) != 0) {
		if (n == sizeof(in) || read(c->fd, in + n, 1) != 1)
			die("handshake");
		n++;
	}
	if (memcmp(in, "HTTP/1.1 101", 12) != 0) {
		fprintf(stderr, "no 101: %.*s\n", (int)n, in);
		exit(1);
	}
	for (int i = 0; i < FRAME; i++)
		c->sent[i] = (char)('a' + i % 26);
	c->sent[0] = (char)0x82;
	c->sent[1] = (char)(0x80 | (FRAME - 6));
}

static void
send_frame(struct socket_client *c)
{
	c->got = 0;
	c->sent_us = now_us();
	if (send(c->fd, c->sent, FRAME, MSG_NOSIGNAL) != FRAME)
		errors++;
}

/* 1: the message is back, and was counted. */
static unsigned
receive_frame(struct socket_client *c)
{
	char in[FRAME];
	const ssize_t n = recv(c->fd, in, FRAME - c->got, MSG_DONTWAIT);

	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n <= 0 || memcmp(in, c->sent + c->got, (size_t)n) != 0) {
		errors++;
		close(c->fd);
		return 0;
	}
	c->got += (size_t)n;
	if (c->got < FRAME)
		return 0;
	note_time(c->sent_us);
	return 1;
}

static int
run_sockets(uint16_t port, unsigned clients, int64_t us)
{
	struct socket_client *c = calloc(clients, sizeof(*c));
	struct epoll_event events[EVENTS];
	const int epoll = epoll_create1(0);
	unsigned long count = 0;
	int64_t end;

	for (unsigned i = 0; i < clients; i++) {
		struct epoll_event e = { .events = EPOLLIN, .data.ptr = &c[i] };

		open_socket(&c[i], port);
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, c[i].fd, &e) != 0)
			die("epoll_ctl");
	}
	end = now_us() + us;
	for (unsigned i = 0; i < clients; i++)
		send_frame(&c[i]);
	while (now_us() < end) {
		const int n = epoll_wait(epoll, events, EVENTS, 100);

		for (int i = 0; i < n; i++) {
			if (receive_frame(events[i].data.ptr) == 0)
				continue;
			count += 2; /* there and back */
			send_frame(events[i].data.ptr);
		}
	}
	print_times(count);
	free(c);
	return 0;
}

/* --- Idle clients --- */

struct stream {
	int fd;
	SSL *ssl; /* NULL: plain */
};

static ssize_t
stream_read(struct stream *s, char *p, size_t n)
{
	return s->ssl != NULL ? SSL_read(s->ssl, p, (int)n) : read(s->fd, p, n);
}

/* One answer of 1 KiB. 0 if it was one. */
static int
ask(struct stream *s)
{
	const size_t n = sizeof(request) - 1;
	char in[ANSWER_MAX + 1];
	size_t got = 0;
	const char *end;

	if ((s->ssl != NULL ? SSL_write(s->ssl, request, (int)n)
			    : write(s->fd, request, n)) != (ssize_t)n)
		return -1;
	for (;;) {
		const ssize_t r = stream_read(s, in + got, ANSWER_MAX - got);

		if (r <= 0)
			return -1;
		got += (size_t)r;
		in[got] = '\0';
		end = strstr(in, "\r\n\r\n");
		if (end != NULL && got - (size_t)(end + 4 - in) >= 1024)
			break;
	}
	return memcmp(in, "HTTP/1.1 200", 12) == 0 ? 0 : -1;
}

/* The descriptor stays open, the session's memory goes: the other side
 * does not know. */
static int
visit(uint16_t port, SSL_CTX *ctx)
{
	struct stream s = { .fd = connect_to(port), .ssl = NULL };

	if (ctx != NULL) {
		s.ssl = SSL_new(ctx);
		if (SSL_set_fd(s.ssl, s.fd) != 1 || SSL_connect(s.ssl) != 1)
			errors++;
	}
	if (ask(&s) != 0)
		errors++;
	SSL_free(s.ssl);
	return s.fd;
}

static int
run_idle(uint16_t port, unsigned clients, const char *tls)
{
	SSL_CTX *ctx = tls != NULL ? SSL_CTX_new(TLS_client_method()) : NULL;
	char line[16];

	for (unsigned i = 0; i < clients; i++)
		(void)visit(port, ctx);
	printf("ready\n");
	fflush(stdout);
	if (fgets(line, sizeof(line), stdin) == NULL)
		return 1;
	for (unsigned i = 0; i < PROBES; i++) {
		const int64_t since = now_us();
		const int fd = visit(port, ctx);

		note_time(since);
		close(fd);
	}
	print_times(PROBES);
	SSL_CTX_free(ctx);
	return 0;
}

int
main(int argc, char **argv)
{
	const uint16_t port = (uint16_t)(argc > 2 ? strtoul(argv[2], NULL, 10)
						  : 0);
	const unsigned clients = (unsigned)(argc > 3
		? strtoul(argv[3], NULL, 10)
		: 0);

	if (argc == 5 && strcmp(argv[1], "ws") == 0)
		return run_sockets(port, clients,
		    (int64_t)strtoul(argv[4], NULL, 10) * 1000000);
	if (argc >= 4 && strcmp(argv[1], "idle") == 0)
		return run_idle(port, clients, argc > 4 ? argv[4] : NULL);
	fprintf(stderr,
	    "usage: load ws PORT CLIENTS SECONDS, or idle PORT "
	    "CLIENTS [tls]\n");
	return 2;
}
