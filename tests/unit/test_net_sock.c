/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <netinet/tcp.h>
#include <sys/resource.h>

#include "base/attrs.h"
#include "net/sock.h"
#include "unit/tap.h"

static struct addr
ip(const char *text, uint16_t port)
{
	struct addr a;

	ok(addr_from_ip(&a, str_from(text), port) == 0, "%s", text);
	return a;
}

static int
wait_for(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	return poll(&p, 1, 5000);
}

static int
option(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	return getsockopt(fd, level, name, &value, &len) == 0 ? value : -1;
}

static void
check_flags(int fd, const char *what)
{
	ok((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0, "%s: non-blocking", what);
	ok((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0, "%s: close-on-exec", what);
}

static int
listen_on(const struct addr *a, struct addr *real)
{
	bool foreign = true;
	int fd = sock_listen(a, &foreign);

	ok(fd >= 0, "listening");
	ok(!foreign, "the address is our own");
	is_int(sock_local(fd, real), 0, "local address");
	return fd;
}

static int
connect_to(const struct addr *a)
{
	bool done;
	int fd = sock_connect(a, &done);

	ok(fd >= 0, "connecting begins");
	if (!done) {
		is_int(wait_for(fd, POLLOUT), 1, "an answer comes");
		is_int(sock_connect_result(fd), 0, "connected");
	}
	return fd;
}

/* A connection over IP: options, addresses, FIN. */
static void
test_pair(const char *text)
{
	struct addr any = ip(text, 0), real, here, peer;
	int listener = listen_on(&any, &real), client, server;
	char byte;

	ok(addr_port(&real) != 0, "the kernel chose a port");
	check_flags(listener, "listener");
	is_int(sock_accept(listener, &peer), -1, "nobody there yet");
	is_int(errno, EAGAIN, "and that does not block");
	client = connect_to(&real);
	check_flags(client, "client");
	is_int(wait_for(listener, POLLIN), 1, "the listener is told");
	server = sock_accept(listener, &peer);
	ok(server >= 0, "accepted");
	check_flags(server, "accepted");
	is_int(sock_local(client, &here), 0, "client's address");
	ok(addr_equal(&here, &peer), "is the one that was accepted");
	is_int(option(server, IPPROTO_TCP, TCP_NODELAY), 1, "no delay");
	is_int(option(server, SOL_SOCKET, SO_KEEPALIVE), 1, "keepalive");
	is_int(option(client, IPPROTO_TCP, TCP_NODELAY), 1, "no delay out");
	sock_finish(client);
	is_int(wait_for(server, POLLIN), 1, "the FIN arrives");
	is_int(read(server, &byte, 1), 0, "as an end");
	close(client);
	close(server);
	close(listener);
}

static void
test_port_taken(void)
{
	struct addr any = ip("127.0.0.1", 0), real;
	int listener = listen_on(&any, &real);
	bool foreign;

	is_int(sock_listen(&real, &foreign), -1, "a port that is taken");
	is_int(errno, EADDRINUSE, "says so");
	close(listener);
}

/* A connection that has just closed does not keep its listener away. */
static void
test_reuse(void)
{
	struct addr any = ip("127.0.0.1", 0), real, peer;
	int listener = listen_on(&any, &real), again;
	int client = connect_to(&real), server;
	bool foreign;

	is_int(wait_for(listener, POLLIN), 1, "a client came");
	server = sock_accept(listener, &peer);
	close(server); /* the side that closes first waits */
	close(listener);
	close(client);
	again = sock_listen(&real, &foreign);
	ok(again >= 0, "the port can be had again at once");
	close(again);
}

static void
test_foreign(const char *text)
{
	struct addr a = ip(text, 0);
	bool foreign = false;
	int fd = sock_listen(&a, &foreign);

	ok(fd >= 0, "an address that the machine does not own");
	ok(foreign, "is told to be foreign");
	close(fd);
}

/* The port was ours a moment ago, so nobody listens there. */
static void
test_refused(void)
{
	struct addr any = ip("127.0.0.1", 0), real;
	int listener = listen_on(&any, &real), fd;
	bool done;

	close(listener);
	fd = sock_connect(&real, &done);
	if (fd < 0) {
		is_int(errno, ECONNREFUSED, "refused at once");
		return;
	}
	is_int(wait_for(fd, POLLOUT), 1, "an answer comes");
	is_int(sock_connect_result(fd), ECONNREFUSED, "refused");
	close(fd);
}

/* A local port that connects to itself: the kernel does it, we refuse. */
static void
test_meeting_oneself(void)
{
	struct addr any = ip("127.0.0.1", 0), here;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ok(bind(fd, &any.sa, any.len) == 0, "a socket with a port");
	is_int(sock_local(fd, &here), 0, "which is known");
	ok(connect(fd, &here.sa, here.len) == 0, "connects to itself");
	is_int(sock_connect_result(fd), ECONNREFUSED, "and that is nobody");
	close(fd);
}

static int
fill_backlog(const struct addr *a, int *fds, int count)
{
	bool done;
	int n = 0;

	while (n < count && (fds[n] = sock_connect(a, &done)) >= 0)
		n++;
	return n;
}

static void
test_unix(const char *folder)
{
	struct addr a, peer;
	char path[80];
	bool foreign, done;
	int listener, client, server;

	snprintf(path, sizeof(path), "%s/s", folder);
	is_int(addr_from_path(&a, str_from(path)), 0, "a path");
	is_int(sock_connect(&a, &done), -1, "nothing there");
	is_int(errno, ENOENT, "says so");
	listener = sock_listen(&a, &foreign);
	ok(listener >= 0 && !foreign, "listening on a path");
	is_int(sock_listen(&a, &foreign), -1, "a path that is taken");
	is_int(errno, EADDRINUSE, "says so");
	client = sock_connect(&a, &done);
	ok(client >= 0 && done, "connected at once");
	check_flags(client, "client");
	server = sock_accept(listener, &peer);
	ok(server >= 0, "accepted");
	is_int(addr_family(&peer), AF_UNIX, "peer's family");
	close(server);
	close(client);
	close(listener);
	is_int(sock_connect(&a, &done), -1, "nobody behind the path");
	is_int(errno, ECONNREFUSED, "refuses");
	unlink(path);
}

static void
test_unix_backlog(const char *folder)
{
	static int fds[SOCK_BACKLOG + 8];
	struct addr a;
	char path[80];
	bool foreign;
	int listener, n;

	snprintf(path, sizeof(path), "%s/full", folder);
	is_int(addr_from_path(&a, str_from(path)), 0, "a path");
	listener = sock_listen(&a, &foreign);
	is_int(listen(listener, 2), 0, "with a short backlog");
	n = fill_backlog(&a, fds, ARRAY_LEN(fds));
	is_int(errno, EAGAIN, "a full backlog says: again");
	ok(n > 0 && n < 8, "after a few connections");
	while (n > 0)
		close(fds[--n]);
	close(listener);
	unlink(path);
}

static void
test_whose_error(void)
{
	static const int ours[] = { EMFILE, ENFILE, ENOBUFS, ENOMEM,
		EADDRNOTAVAIL, EADDRINUSE, EAGAIN };
	static const int peers[] = { ECONNREFUSED, ECONNRESET, ETIMEDOUT,
		EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, EPIPE, ENOENT, EACCES,
		EPERM };

	for (size_t i = 0; i < ARRAY_LEN(ours); i++)
		ok(!sock_error_is_peers(ours[i]), "ours: errno %d", ours[i]);
	for (size_t i = 0; i < ARRAY_LEN(peers); i++)
		ok(sock_error_is_peers(peers[i]), "peer's: errno %d", peers[i]);
}

static void
test_limit(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = 32;
	ok(setrlimit(RLIMIT_NOFILE, &limit) == 0, "a low soft limit");
	is_int(sock_raise_limit(), limit.rlim_max, "is raised to the hard one");
	getrlimit(RLIMIT_NOFILE, &limit);
	is_int(limit.rlim_cur, limit.rlim_max, "really");
}

int
main(void)
{
	char folder[] = "/tmp/test_net_sock.XXXXXX";

	ok(mkdtemp(folder) != NULL, "a folder for sockets");
	test_pair("127.0.0.1");
	test_pair("::1");
	test_port_taken();
	test_reuse();
	test_foreign("192.0.2.77");
	test_foreign("2001:db8::77");
	test_refused();
	test_meeting_oneself();
	test_unix(folder);
	test_unix_backlog(folder);
	test_whose_error();
	test_limit();
	is_int(sock_error(-1), EBADF, "error of no socket");
	rmdir(folder);
	return tap_done();
}
