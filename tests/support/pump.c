/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sends and receives HTTP bodies of any size as fast as sockets go, for
 * tests/real: pump serve PORT | get PORT BYTES | put PORT BYTES.
 *
 * A body is the numbers 0, 1, 2 ... as 64-bit words, so that a byte that is
 * lost, doubled or out of place is seen. BYTES is a multiple of 8; with a "c"
 * behind it the body is chunked. The server answers "GET /BYTES" with such a
 * body and any other request, once its body has come, with the number of
 * good bytes. One blocking process a connection; exit status 0: all is well.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#define BLOCK (256 * 1024)
#define HEAD_MAX 16384

struct size {
	uint64_t bytes;
	bool chunked;
};

/* Input: bytes start..end of buf are unread. */
struct input {
	int fd;
	size_t start, end;
	char buf[BLOCK + 8];
};

static void __attribute__((noreturn, format(printf, 1, 2)))
die(const char *fmt, ...)
{
	va_list args;

	fprintf(stderr, "pump: ");
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, " (%s)\n", strerror(errno));
	exit(1);
}

static struct size
size_from(const char *text)
{
	char *end;
	struct size size = { strtoull(text, &end, 10), false };

	size.chunked = *end == 'c';
	if (size.bytes % 8 != 0)
		die("%s is no multiple of 8", text);
	return size;
}

static void
send_all(int fd, const void *bytes, size_t len)
{
	const char *p = bytes;

	while (len > 0) {
		ssize_t sent = write(fd, p, len);

		if (sent <= 0)
			die("writing, %zu bytes left", len);
		p += sent;
		len -= (size_t)sent;
	}
}

static void __attribute__((format(printf, 2, 3)))
send_text(int fd, const char *fmt, ...)
{
	char text[512];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	send_all(fd, text, (size_t)len);
}

static void
send_framing(int fd, struct size size)
{
	if (size.chunked)
		send_text(fd, "Transfer-Encoding: chunked\r\n\r\n");
	else
		send_text(fd, "Content-Length: %" PRIu64 "\r\n\r\n",
		    size.bytes);
}

static void
send_body(int fd, struct size size)
{
	static uint64_t words[BLOCK / 8];
	uint64_t next = 0;

	for (uint64_t left = size.bytes; left > 0;) {
		size_t n = left < BLOCK ? (size_t)left : BLOCK;

		for (size_t i = 0; i < n / 8; i++)
			words[i] = next++;
		if (size.chunked)
			send_text(fd, "%zx\r\n", n);
		send_all(fd, words, n);
		if (size.chunked)
			send_text(fd, "\r\n");
		left -= n;
	}
	if (size.chunked)
		send_text(fd, "0\r\n\r\n");
}

/* More input behind what is unread: false at the end. */
static bool
fill(struct input *in)
{
	ssize_t got;

	memmove(in->buf, in->buf + in->start, in->end - in->start);
	in->end -= in->start;
	in->start = 0;
	got = read(in->fd, in->buf + in->end, BLOCK - in->end);
	if (got < 0)
		die("reading");
	in->end += (size_t)got;
	in->buf[in->end] = '\0';
	return got > 0;
}

/* The next bytes up to and with mark, as text in out; false at the end. */
static bool
read_until(struct input *in, const char *mark, char *out)
{
	char *found;
	size_t len;

	in->buf[in->end] = '\0';
	while ((found = strstr(in->buf + in->start, mark)) == NULL)
		if (in->end - in->start > HEAD_MAX || !fill(in))
			return false;
	len = (size_t)(found - in->buf) + strlen(mark) - in->start;
	if (len >= HEAD_MAX)
		die("a head of %zu bytes", len);
	memcpy(out, in->buf + in->start, len);
	out[len] = '\0';
	in->start += len;
	return true;
}

/* Checks len bytes that stand at position of the body. */
static void
check_bytes(const char *p, size_t len, uint64_t position)
{
	for (; len > 0 && position % 8 != 0; p++, len--, position++)
		if (*p != (char)(position / 8 >> 8 * (position % 8)))
			die("wrong byte at %" PRIu64, position);
	for (; len >= 8; p += 8, len -= 8, position += 8) {
		uint64_t word;

		memcpy(&word, p, 8);
		if (word != position / 8)
			die("wrong word at %" PRIu64, position);
	}
	for (; len > 0; p++, len--, position++)
		if (*p != (char)(position / 8 >> 8 * (position % 8)))
			die("wrong byte at %" PRIu64, position);
}

/* The next n bytes of the body, which begin at position. */
static void
take_bytes(struct input *in, uint64_t n, uint64_t position)
{
	while (n > 0) {
		size_t here = in->end - in->start;

		if (here == 0) {
			if (!fill(in))
				die("the body ends at %" PRIu64, position);
			continue;
		}
		if (here > n)
			here = (size_t)n;
		check_bytes(in->buf + in->start, here, position);
		in->start += here;
		position += here;
		n -= here;
	}
}

static uint64_t
take_chunks(struct input *in)
{
	char line[HEAD_MAX];
	uint64_t position = 0, n;

	do {
		if (!read_until(in, "\r\n", line))
			die("chunks end at %" PRIu64, position);
		n = strtoull(line, NULL, 16);
		take_bytes(in, n, position);
		position += n;
		if (!read_until(in, "\r\n", line) || strlen(line) != 2)
			die("no end of a chunk at %" PRIu64, position);
	} while (n > 0);
	return position;
}

/* The body that head announces: its length. */
static uint64_t
take_body(struct input *in, const char *head)
{
	const char *length = strcasestr(head, "\r\nContent-Length:");
	uint64_t bytes;

	if (strcasestr(head, "\r\nTransfer-Encoding: chunked") != NULL)
		return take_chunks(in);
	if (length == NULL)
		return 0;
	bytes = strtoull(length + strlen("\r\nContent-Length:"), NULL, 10);
	take_bytes(in, bytes, 0);
	return bytes;
}

static void
answer(struct input *in, const char *head)
{
	uint64_t got = take_body(in, head);
	struct size size;
	char text[32];
	int len;

	if (strncmp(head, "GET /", 5) == 0) {
		size = size_from(head + 5);
		send_text(in->fd, "HTTP/1.1 200 OK\r\n");
		send_framing(in->fd, size);
		send_body(in->fd, size);
		return;
	}
	len = snprintf(text, sizeof(text), "%" PRIu64 "\n", got);
	send_text(in->fd, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s",
	    len, text);
}

static void
serve_connection(int fd)
{
	static struct input in;
	char head[HEAD_MAX];

	in.fd = fd;
	while (read_until(&in, "\r\n\r\n", head))
		answer(&in, head);
	exit(0);
}

static struct sockaddr_in
local(const char *port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static void
serve(const char *port)
{
	struct sockaddr_in a = local(port);
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1, fd;

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    listen(listener, 64) != 0)
		die("listening on %s", port);
	signal(SIGCHLD, SIG_IGN);
	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		if (fork() == 0) {
			close(listener);
			serve_connection(fd);
		}
		close(fd);
	}
	die("accepting");
}

static int
connect_to(const char *port)
{
	struct sockaddr_in a = local(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0)
		die("connecting to %s", port);
	return fd;
}

static void
expect_good(struct input *in, char *head)
{
	if (!read_until(in, "\r\n\r\n", head))
		die("no answer");
	if (strncmp(head, "HTTP/1.1 200 ", 13) != 0)
		die("the answer is %.30s", head);
}

static void
get(int fd, const char *size_text)
{
	static struct input in;
	struct size size = size_from(size_text);
	char head[HEAD_MAX];
	uint64_t got;

	in.fd = fd;
	send_text(fd, "GET /%s HTTP/1.1\r\nHost: h.test\r\n\r\n", size_text);
	expect_good(&in, head);
	got = take_body(&in, head);
	if (got != size.bytes)
		die("%" PRIu64 " bytes instead of %s", got, size_text);
}

static void
put(int fd, const char *size_text)
{
	static struct input in;
	struct size size = size_from(size_text);
	char head[HEAD_MAX];

	in.fd = fd;
	send_text(fd, "PUT / HTTP/1.1\r\nHost: h.test\r\n");
	send_framing(fd, size);
	send_body(fd, size);
	expect_good(&in, head);
	if (!read_until(&in, "\n", head))
		die("no count");
	if (strtoull(head, NULL, 10) != size.bytes)
		die("%s arrived instead of %s", head, size_text);
}

int
main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	errno = 0;
	if (argc == 3 && strcmp(argv[1], "serve") == 0)
		serve(argv[2]);
	else if (argc == 4 && strcmp(argv[1], "get") == 0)
		get(connect_to(argv[2]), argv[3]);
	else if (argc == 4 && strcmp(argv[1], "put") == 0)
		put(connect_to(argv[2]), argv[3]);
	else
		die("usage: serve PORT | get PORT BYTES | put PORT BYTES");
	return 0;
}
