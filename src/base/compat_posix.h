/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * For systems that are not Linux: calls that only Linux has, under the same
 * names, made of what POSIX has. Included by compat.h alone. What a system
 * has under these names with other numbers is hidden: one way for all.
 */
#ifndef BASE_COMPAT_POSIX_H
#define BASE_COMPAT_POSIX_H

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <sys/random.h>
#include <sys/socket.h>

/* Sockets and pipes that are made non-blocking and closed by exec. Another
 * thread may fork between the two steps; Pound's do not. */
#undef SOCK_NONBLOCK
#undef SOCK_CLOEXEC
#define SOCK_NONBLOCK 0x10000000
#define SOCK_CLOEXEC 0x20000000
#define socket(family, type, protocol) compat_socket(family, type, protocol)
#define socketpair(family, type, protocol, ends) \
	compat_socketpair(family, type, protocol, ends)
#define accept4(fd, peer, len, flags) compat_accept(fd, peer, len, flags)
#define pipe2(ends, flags) compat_pipe(ends, flags)
#define dup3(from, to, flags) compat_dup(from, to)
int compat_socket(int family, int type, int protocol);
int compat_socketpair(int family, int type, int protocol, int *ends);
int compat_accept(int fd, struct sockaddr *peer, socklen_t *len, int flags);
int compat_pipe(int *ends, int flags);
int compat_dup(int from, int to);

/* Descriptors that came in a message are closed by exec. */
#undef MSG_CMSG_CLOEXEC
#define MSG_CMSG_CLOEXEC 0x20000000
#define recvmsg(fd, message, flags) compat_recvmsg(fd, message, flags)
ssize_t compat_recvmsg(int fd, struct msghdr *message, int flags);

/* One descriptor that is readable after a write of 8 bytes. Several writes
 * may take several reads: who is waked looks again, and finds nothing. */
#define EFD_NONBLOCK 0
#define EFD_CLOEXEC 0
#define eventfd(count, flags) compat_bell()
int compat_bell(void);

/* One for the process and its children, each of which has its own. */
struct signalfd_siginfo {
	uint32_t ssi_signo;
};
#define SFD_NONBLOCK 0
#define SFD_CLOEXEC 0
#define signalfd(fd, mask, flags) compat_signals(mask)
int compat_signals(const sigset_t *mask);

/* Bodies are copied: splice_open() finds no pipes. */
#undef SPLICE_F_MOVE
#undef SPLICE_F_NONBLOCK
#define SPLICE_F_MOVE 0
#define SPLICE_F_NONBLOCK 0
#define splice(in, in_at, out, out_at, count, flags) \
	((void)(in), (void)(out), (void)(count), (ssize_t)-1)
#define COMPAT_SPLICE 0

/* What these ask for is not there, or not needed. */
#define PR_SET_PDEATHSIG 1
#define PR_SET_DUMPABLE 4
#define PR_SET_NO_NEW_PRIVS 38
#define prctl(...) compat_prctl(__VA_ARGS__)
int compat_prctl(int what, ...);
#define secure_getenv(name) (getuid() == geteuid() ? getenv(name) : NULL)
#define getrandom(bytes, count, flags) \
	(getentropy(bytes, count) == 0 ? (ssize_t)(count) : -1)
#define compat_processors() ((unsigned)sysconf(_SC_NPROCESSORS_ONLN))
#define compat_schedule_batch() ((void)0)

#endif
