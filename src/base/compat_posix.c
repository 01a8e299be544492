/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/compat_posix.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/attrs.h"
#include "base/lock.h"

#undef socket
#undef socketpair
#undef recvmsg

#define KINDS (SOCK_NONBLOCK | SOCK_CLOEXEC)

/* ------ descriptors ------ */

/* fd, or -1 and it is closed. */
static int
mark(int fd, bool nonblocking)
{
	if (fd == -1)
		return -1;
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) != -1 &&
	    (!nonblocking || fcntl(fd, F_SETFL, O_NONBLOCK) != -1))
		return fd;
	close(fd);
	return -1;
}

static int
mark_both(int *ends, bool nonblocking)
{
	if (mark(ends[0], nonblocking) == -1) {
		close(ends[1]);
		return -1;
	}
	if (mark(ends[1], nonblocking) == -1) {
		close(ends[0]);
		return -1;
	}
	return 0;
}

int
compat_socket(int family, int type, int protocol)
{
	return mark(socket(family, type & ~KINDS, protocol),
	    (type & SOCK_NONBLOCK) != 0);
}

int
compat_socketpair(int family, int type, int protocol, int *ends)
{
	if (socketpair(family, type & ~KINDS, protocol, ends) == -1)
		return -1;
	return mark_both(ends, (type & SOCK_NONBLOCK) != 0);
}

int
compat_accept(int fd, struct sockaddr *peer, socklen_t *len, int flags)
{
	return mark(accept(fd, peer, len), (flags & SOCK_NONBLOCK) != 0);
}

int
compat_pipe(int *ends, int flags)
{
	if (pipe(ends) == -1)
		return -1;
	return mark_both(ends, (flags & O_NONBLOCK) != 0);
}

int
compat_dup(int from, int to)
{
	return mark(dup2(from, to), false);
}

ssize_t
compat_recvmsg(int fd, struct msghdr *message, int flags)
{
	const ssize_t n = recvmsg(fd, message, flags & ~MSG_CMSG_CLOEXEC);

	if (n == -1)
		return -1;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL;
	     c = CMSG_NXTHDR(message, c)) {
		int passed;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = CMSG_LEN(0); at + sizeof(int) <= c->cmsg_len;
		     at += sizeof(int)) {
			memcpy(&passed, (char *)c + at, sizeof(passed));
			(void)fcntl(passed, F_SETFD, FD_CLOEXEC);
		}
	}
	return n;
}

/* ------ a bell: a datagram socket that is connected to itself ------ */

int
compat_bell(void)
{
	struct sockaddr_in self = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(self);
	const int fd = compat_socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	if (fd == -1)
		return -1;
	if (bind(fd, (struct sockaddr *)&self, sizeof(self)) == 0 &&
	    getsockname(fd, (struct sockaddr *)&self, &len) == 0 &&
	    connect(fd, (struct sockaddr *)&self, len) == 0)
		return fd;
	close(fd);
	return -1;
}

/* ------ signals: a pipe that the handler writes to ------ */

/* Of this process, for its handler. */
static int ends[2] = { -1, -1 };

static void
on_signal(int number)
{
	const struct signalfd_siginfo info = { (uint32_t)number };
	const int error = errno;

	if (write(ends[1], &info, sizeof(info)) < 0)
		errno = error; /* it is full of news that nobody reads */
	errno = error;
}

static void
nothing(void)
{
}

/* Under the same numbers, a pipe of its own. */
static void
after_fork(void)
{
	int fresh[2];

	if (ends[0] == -1 || compat_pipe(fresh, O_NONBLOCK) == -1)
		return;
	for (int i = 0; i < 2; i++) {
		(void)compat_dup(fresh[i], ends[i]);
		close(fresh[i]);
	}
}

int
compat_signals(const sigset_t *mask)
{
	struct sigaction action = { .sa_handler = on_signal,
		.sa_flags = SA_RESTART };
	const bool first = ends[0] == -1;

	if (compat_pipe(ends, O_NONBLOCK) == -1)
		return -1;
	if (first)
		lock_at_fork(nothing, nothing, after_fork);
	action.sa_mask = *mask;
	for (int number = 1; number < NSIG; number++)
		if (sigismember(mask, number) == 1)
			(void)sigaction(number, &action, NULL);
	(void)sigprocmask(SIG_UNBLOCK, mask, NULL);
	return ends[0];
}

int
compat_prctl(int what UNUSED, ...)
{
	return 0;
}
