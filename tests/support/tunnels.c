/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Both ends of many WebSockets, for tests/real:
 *
 *	tunnels serve PORT     accepts any handshake and sends back all bytes
 *	tunnels hold PORT      is told on standard input, a line at a time, and
 *	                       tells a number on standard output:
 *	    open N             N more that stay silent; how many were opened
 *	    talk N SECONDS     N others that say 1 KiB and wait for it, again
 *	                       and again; how many answers came in all
 *	    ask                a word on each silent one; how many answered
 *	    alive              how many silent ones nobody has closed
 *
 * One thread and one epoll set each. Exit status 0: the input ended.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
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
#include <sys/resource.h>
#include <sys/socket.h>

#define FDS_MAX 65536
#define PIECE 1024
#define EVENTS 256
#define PATIENCE_MS 30000

static const char shake[] =
    "GET /ws HTTP/1.1\r\nHost: h.test\r\nConnection: Upgrade\r\n"
    "Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Version: 13\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)"
    " AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36\r\n"
    "Origin: http://h.test\r\n\r\n";
static const char accepted[] =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
    "Upgrade: websocket\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "tunnels: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct sockaddr_in
loopback(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port) };

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

static void
raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static void
watch(int set, int fd)
{
	struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (epoll_ctl(set, EPOLL_CTL_ADD, fd, &e) != 0)
		die("epoll_ctl");
}

/* Small pieces to a peer that reads: room is always there. */
static void
say(int fd, const void *bytes, size_t len)
{
	const char *p = bytes;
	ssize_t sent;

	while (len > 0) {
		sent = send(fd, p, len, MSG_NOSIGNAL);
		if (sent < 0 && errno != EAGAIN)
			return;
		if (sent > 0) {
			p += sent;
			len -= (size_t)sent;
		}
	}
}

/* ------ serve ------ */

static bool shaken[FDS_MAX];

static void
serve_one(int fd)
{
	static char buf[65536];
	const ssize_t got = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);

	if (got > 0 && shaken[fd]) {
		say(fd, buf, (size_t)got);
	} else if (got > 0) {
		/* A proxy sends its head in one piece. */
		shaken[fd] = true;
		say(fd, accepted, sizeof(accepted) - 1);
	} else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
		shaken[fd] = false;
		close(fd);
	}
}

static void __attribute__((noreturn)) serve(int port)
{
	struct sockaddr_in a = loopback(port);
	struct epoll_event events[EVENTS];
	const int set = epoll_create1(0);
	const int door = socket(AF_INET, SOCK_STREAM, 0);
	int on = 1, n;

	setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(door, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    listen(door, 4096) != 0)
		die("listen");
	watch(set, door);
	for (;;) {
		n = epoll_wait(set, events, EVENTS, -1);
		for (int i = 0; i < n; i++) {
			const int fd = events[i].data.fd;
			const int new = fd == door ? accept(door, NULL, NULL)
						   : -1;

			if (new >= 0 && new < FDS_MAX)
				watch(set, new);
			else if (fd != door)
				serve_one(fd);
		}
	}
}

/* ------ hold ------ */

static int silent[FDS_MAX];
static int silents;

/* A new tunnel; -1: it was not accepted. */
static int
open_one(int port)
{
	struct sockaddr_in a = loopback(port);
	const struct timeval patience = { .tv_sec = PATIENCE_MS / 1000 };
	const int fd = socket(AF_INET, SOCK_STREAM, 0);
	char answer[1024];
	size_t got = 0;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (fd < 0 || fd >= FDS_MAX ||
	    connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0)
		die("connect");
	say(fd, shake, sizeof(shake) - 1);
	while (got < sizeof(answer) - 1) {
		const ssize_t n = recv(fd, answer + got,
		    sizeof(answer) - 1 - got, 0);

		if (n <= 0)
			break;
		got += (size_t)n;
		answer[got] = '\0';
		if (strstr(answer, "\r\n\r\n") != NULL)
			break;
	}
	if (strncmp(answer, "HTTP/1.1 101 ", got < 13 ? got : 13) == 0 &&
	    got > 13)
		return fd;
	close(fd);
	return -1;
}

static int
open_silent(int port, int count)
{
	int opened = 0;

	for (int i = 0; i < count; i++) {
		const int fd = open_one(port);

		if (fd >= 0) {
			silent[silents++] = fd;
			opened++;
		}
	}
	return opened;
}

/* Whether n bytes come back that were said. */
static bool
echoed(int fd, const char *word, size_t n)
{
	char back[PIECE];
	size_t got = 0;

	say(fd, word, n);
	while (got < n) {
		const ssize_t more = recv(fd, back + got, n - got, 0);

		if (more <= 0)
			return false;
		got += (size_t)more;
	}
	return memcmp(back, word, n) == 0;
}

static int
ask(void)
{
	char word[16];
	int good = 0;

	for (int i = 0; i < silents; i++) {
		snprintf(word, sizeof(word), "word%07d", i);
		good += echoed(silent[i], word, strlen(word));
	}
	return good;
}

static int
alive(void)
{
	int open = 0;
	char byte;

	for (int i = 0; i < silents; i++)
		open += recv(silent[i], &byte, 1, MSG_DONTWAIT | MSG_PEEK) <
			0 &&
		    errno == EAGAIN;
	return open;
}

/* One more answer is there, or not yet all of it. */
static long
talk_event(int fd, size_t *missing, const char *piece)
{
	static char buf[PIECE];
	const ssize_t got = recv(fd, buf, *missing, MSG_DONTWAIT);

	if (got <= 0 && errno != EAGAIN)
		die("a busy one was closed");
	if (got <= 0)
		return 0;
	*missing -= (size_t)got;
	if (*missing > 0)
		return 0;
	*missing = PIECE;
	say(fd, piece, PIECE);
	return 1;
}

static long
talk(int port, int count, int seconds)
{
	static size_t missing[FDS_MAX];
	struct epoll_event events[EVENTS];
	const int set = epoll_create1(0);
	const int64_t end = now_ms() + (int64_t)seconds * 1000;
	int *fd = calloc((size_t)count, sizeof(*fd));
	char piece[PIECE];
	long answers = 0;

	memset(piece, 'p', sizeof(piece));
	for (int i = 0; i < count; i++) {
		fd[i] = open_one(port);
		if (fd[i] < 0)
			die("no busy one");
		watch(set, fd[i]);
		missing[fd[i]] = PIECE;
		say(fd[i], piece, PIECE);
	}
	while (now_ms() < end) {
		const int n = epoll_wait(set, events, EVENTS, 100);

		for (int i = 0; i < n; i++)
			answers += talk_event(events[i].data.fd,
			    &missing[events[i].data.fd], piece);
	}
	for (int i = 0; i < count; i++)
		close(fd[i]);
	free(fd);
	close(set);
	return answers;
}

static int
hold(int port)
{
	char line[100];
	int n, seconds;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		if (sscanf(line, "open %d", &n) == 1)
			printf("%d\n", open_silent(port, n));
		else if (sscanf(line, "talk %d %d", &n, &seconds) == 2)
			printf("%ld\n", talk(port, n, seconds));
		else if (strncmp(line, "ask", 3) == 0)
			printf("%d\n", ask());
		else if (strncmp(line, "alive", 5) == 0)
			printf("%d\n", alive());
		fflush(stdout);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: tunnels serve|hold PORT\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	raise_descriptors();
	if (strcmp(argv[1], "serve") == 0)
		serve((int)strtol(argv[2], NULL, 10));
	return hold((int)strtol(argv[2], NULL, 10));
}
