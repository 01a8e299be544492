/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/conn_layer.h"
#include "net/sock.h"

/* Descriptors that no system call knows. */
#define FIRST_FD 1000000
#define PORTS_MAX 16

static struct {
	struct wire *wire[WIRES_MAX];
	unsigned count;
	struct {
		uint16_t port;
		enum wire_mode mode;
		int error;
	} listen[PORTS_MAX];
	unsigned ports;
	size_t room;
} wires = { .room = SIZE_MAX };

static void
must(bool held, const char *words)
{
	if (held)
		return;
	fprintf(stderr, "wire: %s\n", words);
	abort();
}

/* --- The test's end ----------------------------------------------------- */

static int
wire_new(uint16_t port)
{
	struct wire *w = calloc(1, sizeof(*w));

	if (wires.count == WIRES_MAX || w == NULL) {
		free(w);
		errno = EMFILE;
		return -1;
	}
	w->port = port;
	w->room = wires.room;
	w->out = calloc(1, w->out_cap = 64);
	must(w->out != NULL, "no memory");
	wires.wire[wires.count++] = w;
	return FIRST_FD + (int)wires.count - 1;
}

int
wire_open(void)
{
	return wire_new(0);
}

struct wire *
wire_nth(unsigned n)
{
	return n < wires.count ? wires.wire[n] : NULL;
}

struct wire *
wire_by_fd(int fd)
{
	return fd < FIRST_FD ? NULL : wire_nth((unsigned)(fd - FIRST_FD));
}

unsigned
wire_count(void)
{
	return wires.count;
}

struct wire *
wire_to_backend(unsigned n)
{
	for (unsigned i = 0; i < wires.count; i++)
		if (wires.wire[i]->port != 0 && n-- == 0)
			return wires.wire[i];
	return NULL;
}

void
wire_forget_all(void)
{
	while (wires.count > 0) {
		struct wire *w = wires.wire[--wires.count];

		free(w->in);
		free(w->out);
		free(w);
	}
	wires.ports = 0;
	wires.room = SIZE_MAX;
}

void
wire_listen(uint16_t port, enum wire_mode mode, int error)
{
	unsigned i = 0;

	while (i < wires.ports && wires.listen[i].port != port)
		i++;
	must(i < PORTS_MAX, "too many ports");
	wires.listen[i].port = port;
	wires.listen[i].mode = mode;
	wires.listen[i].error = error;
	if (i == wires.ports)
		wires.ports++;
}

void
wire_connect(struct wire *w, int error)
{
	if (!w->connecting || w->closed)
		return;
	w->connecting = false;
	w->connect_error = error;
	w->edge |= CONN_WRITE;
	if (error != 0) {
		w->broken = true;
		w->edge |= CONN_READ | CONN_HANGUP | CONN_BROKEN;
	}
}

static void
append(char **to, size_t *len, size_t *cap, struct str more)
{
	if (*len + more.len + 1 > *cap) {
		*cap = 2 * (*len + more.len + 1);
		*to = realloc(*to, *cap);
		must(*to != NULL, "no memory");
	}
	if (more.len > 0)
		memcpy(*to + *len, more.p, more.len);
	*len += more.len;
	(*to)[*len] = '\0';
}

static bool
peer_is_gone(const struct wire *w)
{
	return w->closed || w->fin || w->error != 0 || w->broken;
}

void
wire_send(struct wire *w, const char *bytes, size_t len)
{
	if (len == 0 || peer_is_gone(w))
		return;
	append(&w->in, &w->in_len, &w->in_cap, str_make(bytes, len));
	w->edge |= CONN_READ;
}

void
wire_fin(struct wire *w)
{
	if (peer_is_gone(w))
		return;
	w->fin = true;
	w->edge |= CONN_READ | CONN_HANGUP;
}

void
wire_reset(struct wire *w)
{
	if (w->connecting)
		wire_connect(w, ECONNRESET);
	if (w->closed || w->error != 0 || w->broken)
		return;
	w->error = ECONNRESET;
	w->edge |= CONN_READ | CONN_WRITE | CONN_HANGUP | CONN_BROKEN;
}

void
wire_give_room(struct wire *w, size_t bytes)
{
	w->room = bytes == SIZE_MAX || w->room == SIZE_MAX ? bytes
							   : w->room + bytes;
	if (w->refused && w->room > 0) {
		w->refused = false;
		w->edge |= CONN_WRITE;
	}
}

void
wire_room_of_new(size_t bytes)
{
	wires.room = bytes;
}

/* --- The connection's end ----------------------------------------------- */

static struct wire *
wire_of(const struct conn *c)
{
	struct wire *w = c->layer;

	must(!w->closed, "used after it was closed");
	must(!w->connecting, "used before it is connected");
	return w;
}

static ssize_t
say_again(struct conn *c, uint8_t event)
{
	c->ready &= (uint8_t)~event;
	c->want = event;
	errno = EAGAIN;
	return -1;
}

static ssize_t
tell_error(struct wire *w)
{
	errno = w->error;
	w->error = 0;
	w->broken = true;
	return -1;
}

static ssize_t
wire_read(struct conn *c, void *p, size_t n)
{
	struct wire *w = wire_of(c);
	size_t got = w->in_len - w->in_at;

	if ((c->ready & CONN_READ) == 0)
		return say_again(c, CONN_READ);
	if (got == 0 && w->error != 0)
		return tell_error(w);
	if (got == 0 && (w->fin || w->broken))
		return 0;
	if (got == 0)
		return say_again(c, CONN_READ);
	if (got > n)
		got = n;
	memcpy(p, w->in + w->in_at, got);
	w->in_at += got;
	if (got < n && (c->ready & CONN_HANGUP) == 0)
		c->ready &= (uint8_t)~CONN_READ;
	return (ssize_t)got;
}

static ssize_t
wire_write(struct conn *c, const struct iovec *iov, int count)
{
	struct wire *w = wire_of(c);
	const size_t before = w->out_len;

	if ((c->ready & CONN_WRITE) == 0)
		return say_again(c, CONN_WRITE);
	if (w->error != 0)
		return tell_error(w);
	if (w->broken) {
		errno = EPIPE;
		return -1;
	}
	for (int i = 0; i < count && w->room > 0; i++) {
		const struct str piece = str_head(str_make(iov[i].iov_base,
						      iov[i].iov_len),
		    w->room);

		append(&w->out, &w->out_len, &w->out_cap, piece);
		if (w->room != SIZE_MAX)
			w->room -= piece.len;
	}
	if (w->out_len - before == conn_iov_bytes(iov, count))
		return (ssize_t)(w->out_len - before);
	w->refused = true;
	(void)say_again(c, CONN_WRITE);
	return w->out_len > before ? (ssize_t)(w->out_len - before) : -1;
}

static int
wire_handshake(struct conn *c)
{
	(void)wire_of(c);
	return 0;
}

static void
wire_finish(struct conn *c)
{
	wire_of(c)->finished = true;
}

static void
wire_close(struct conn *c)
{
	struct wire *w = c->layer;

	must(!w->closed, "closed twice");
	w->closed = true;
}

static bool
wire_pending(const struct conn *c)
{
	(void)c;
	return false;
}

static const struct conn_ops wire_ops = {
	.name = "wire",
	.read = wire_read,
	.write = wire_write,
	.handshake = wire_handshake,
	.finish = wire_finish,
	.close = wire_close,
	.pending = wire_pending,
};

/* --- Instead of floor net's --------------------------------------------- */

void
conn_init_plain(struct conn *c, int fd, uint8_t ready)
{
	struct wire *w = wire_by_fd(fd);

	must(w != NULL, "no such descriptor");
	*c = (struct conn){ .ops = &wire_ops,
		.fd = fd,
		.ready = ready,
		.layer = w };
}

int
sock_connect(const struct addr *a, bool *done)
{
	const uint16_t port = addr_family(a) == AF_UNIX ? WIRE_UNIX_PORT
							: addr_port(a);
	enum wire_mode mode = WIRE_ACCEPTS;
	int fd;

	for (unsigned i = 0; i < wires.ports; i++) {
		if (wires.listen[i].port != port)
			continue;
		mode = wires.listen[i].mode;
		errno = wires.listen[i].error;
	}
	if (mode == WIRE_FAILS)
		return -1;
	fd = wire_new(port);
	if (fd == -1)
		return -1;
	*done = mode == WIRE_ACCEPTS;
	wire_by_fd(fd)->connecting = !*done;
	return fd;
}

int
sock_connect_result(int fd)
{
	return wire_by_fd(fd)->connect_error;
}

bool
sock_error_is_peers(int error)
{
	return error == ECONNREFUSED || error == ECONNRESET ||
	    error == EHOSTUNREACH || error == ENETUNREACH || error == ETIMEDOUT;
}

int
sock_local(int fd, struct addr *local)
{
	(void)fd;
	return addr_from_ip(local, STR("192.0.2.80"), 8080);
}

void
sock_finish(int fd)
{
	wire_by_fd(fd)->finished = true;
}

/* A script sees no difference between the ends of a wire. */
void
sock_reset_on_close(int fd)
{
	(void)wire_by_fd(fd);
}
