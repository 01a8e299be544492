/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/sock.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <netinet/tcp.h>
#include <sys/resource.h>

#include "base/compat.h"

/* close() that leaves the reason of a failure in errno. */
static int
fail_closing(int fd)
{
	int error = errno;

	close(fd);
	errno = error;
	return -1;
}

static bool
is_ip(const struct addr *a)
{
	return addr_family(a) == AF_INET || addr_family(a) == AF_INET6;
}

static int
set_on(int fd, int level, int option)
{
	int on = 1;

	return setsockopt(fd, level, option, &on, sizeof(on));
}

/* What fails here costs latency or a late notice, not the connection. */
static void
set_stream_options(int fd)
{
	(void)set_on(fd, IPPROTO_TCP, TCP_NODELAY);
	(void)set_on(fd, SOL_SOCKET, SO_KEEPALIVE);
}

static int
open_stream(const struct addr *a)
{
	return socket(addr_family(a),
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* The standby of a pair listens on the address before it owns it. */
static int
bind_foreign(int fd, const struct addr *a)
{
	if (set_on(fd, IPPROTO_IP, COMPAT_IP_FREEBIND) != 0) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	return bind(fd, &a->sa, a->len);
}

static int
bind_somehow(int fd, const struct addr *a, bool *foreign)
{
	if (is_ip(a) && set_on(fd, SOL_SOCKET, SO_REUSEADDR) != 0)
		return -1;
	if (bind(fd, &a->sa, a->len) == 0)
		return 0;
	if (errno != EADDRNOTAVAIL || !is_ip(a))
		return -1;
	*foreign = true;
	return bind_foreign(fd, a);
}

static int
listen_on(int fd, const struct addr *a, bool *foreign)
{
	*foreign = false;
	if (fd < 0)
		return -1;
	if (bind_somehow(fd, a, foreign) != 0 || listen(fd, SOCK_BACKLOG) != 0)
		return fail_closing(fd);
	/* Each connection that is accepted has them from here. */
	if (is_ip(a))
		set_stream_options(fd);
	return fd;
}

int
sock_listen(const struct addr *a, bool *foreign)
{
	return listen_on(open_stream(a), a, foreign);
}

int
sock_listen_shared(const struct addr *a, bool *foreign)
{
	const int fd = open_stream(a);

	sock_share(fd, true);
	return listen_on(fd, a, foreign);
}

void
sock_share(int listen_fd, bool on)
{
	const int value = on ? 1 : 0;

	(void)setsockopt(listen_fd, SOL_SOCKET, SO_REUSEPORT, &value,
	    sizeof(value));
}

bool
sock_listens(int fd, struct addr *addr)
{
	int type = 0, listens = 0;
	socklen_t size = sizeof(type);

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 ||
	    type != SOCK_STREAM)
		return false;
	size = sizeof(listens);
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 ||
	    listens == 0 || sock_local(fd, addr) != 0)
		return false;
	return fcntl(fd, F_SETFL, O_NONBLOCK) == 0;
}

void
sock_stop_listening(int listen_fd)
{
	(void)shutdown(listen_fd, SHUT_RD);
}

bool
sock_address_owned(const struct addr *a)
{
	struct addr any_port = *a;
	bool owned;
	int fd;

	if (!is_ip(a))
		return true;
	addr_set_port(&any_port, 0);
	fd = open_stream(a);
	if (fd < 0)
		return true;
	owned = bind(fd, &any_port.sa, any_port.len) == 0 ||
	    errno != EADDRNOTAVAIL;
	close(fd);
	return owned;
}

int
sock_accept(int listen_fd, struct addr *peer)
{
	int fd;

	*peer = (struct addr){ .len = sizeof(peer->un) };
	fd = accept4(listen_fd, &peer->sa, &peer->len,
	    SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		peer->len = 0;
	return fd;
}

/*
 * When nobody listens on a local port that the kernel also gives to
 * outgoing connections, a connection can meet itself. That is a refusal.
 */
static bool
meets_itself(int fd)
{
	struct addr here = { .len = sizeof(here.un) };
	struct addr there = { .len = sizeof(there.un) };

	return getsockname(fd, &here.sa, &here.len) == 0 && is_ip(&here) &&
	    getpeername(fd, &there.sa, &there.len) == 0 &&
	    addr_equal(&here, &there);
}

int
sock_connect_result(int fd)
{
	int error = sock_error(fd);

	if (error == 0 && meets_itself(fd))
		return ECONNREFUSED;
	return error;
}

/* 0 connected, EINPROGRESS, or what went wrong. */
static int
start_connect(int fd, const struct addr *a)
{
	if (connect(fd, &a->sa, a->len) == 0)
		return sock_connect_result(fd);
	if (errno == EINTR)
		return EINPROGRESS;
	if (errno == EAGAIN && is_ip(a))
		return EADDRNOTAVAIL; /* no local port is left */
	return errno;
}

int
sock_connect(const struct addr *a, bool *done)
{
	int fd = open_stream(a);
	int error;

	*done = false;
	if (fd < 0)
		return -1;
	if (is_ip(a))
		set_stream_options(fd);
	error = start_connect(fd, a);
	*done = error == 0;
	if (error == 0 || error == EINPROGRESS)
		return fd;
	errno = error;
	return fail_closing(fd);
}

/*
 * Ours is what runs out here and comes back by itself. A local rule that
 * forbids the way (EACCES, EPERM) is not: it lasts, concerns this back-end
 * alone, and the others can take its requests until a check finds the way
 * open again. The same holds for a missing path or address family.
 */
bool
sock_error_is_peers(int error)
{
	switch (error) {
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
	case EADDRNOTAVAIL:
	case EADDRINUSE:
	case EAGAIN:
		return false;
	default:
		return true;
	}
}

int
sock_local(int fd, struct addr *local)
{
	*local = (struct addr){ .len = sizeof(local->un) };
	if (getsockname(fd, &local->sa, &local->len) == 0)
		return 0;
	local->len = 0;
	return -1;
}

void
sock_finish(int fd)
{
	(void)shutdown(fd, SHUT_WR);
}

void
sock_reset_on_close(int fd)
{
	const struct linger now = { .l_onoff = 1, .l_linger = 0 };

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

int
sock_error(int fd)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		return errno;
	return error;
}

unsigned long
sock_raise_limit(void)
{
	struct rlimit limit;
	rlim_t soft;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 0;
	soft = limit.rlim_cur;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		return soft;
	return limit.rlim_cur;
}
