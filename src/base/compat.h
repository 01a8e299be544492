/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one place for #if about the system: what is not everywhere gets a
 * name here and a fallback.
 */
#ifndef BASE_COMPAT_H
#define BASE_COMPAT_H

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <sys/socket.h>

#include <netinet/in.h>
#include <stdlib.h>

/* Calls that only Linux has; configure --disable-linux does without. */
#if defined(__linux__) && !POUND_POSIX
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>

#define COMPAT_SPLICE 1
static inline unsigned
compat_processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		return (unsigned)CPU_COUNT(&set);
	return 1;
}

/* Who wakes up waits until the one that runs has had its turn; threads made
 * from now on do the same. Not against a policy that somebody chose. */
static inline void
compat_schedule_batch(void)
{
	const struct sched_param none = { .sched_priority = 0 };

	if (sched_getscheduler(0) == SCHED_OTHER)
		(void)sched_setscheduler(0, SCHED_BATCH, &none);
}
#else
#include "base/compat_posix.h"
#endif

/* Bytes that the other end of a local socket has not read; 0 on systems
 * that ask terminals alone. */
#include <sys/ioctl.h>
static inline int
compat_unsent(int fd)
{
	int bytes = 0;

	return ioctl(fd, TIOCOUTQ, &bytes) == 0 ? bytes : 0;
}

#ifdef IP_FREEBIND
#define COMPAT_IP_FREEBIND IP_FREEBIND
#else
#define COMPAT_IP_FREEBIND (-1)
#endif

/* More will follow, or the end. */
#ifdef MSG_MORE
#define COMPAT_MSG_MORE MSG_MORE
#else
#define COMPAT_MSG_MORE 0
#endif

/* The peer has finished sending, without a read. */
#include <poll.h>
#ifdef POLLRDHUP
#define COMPAT_POLLRDHUP POLLRDHUP
#else
#define COMPAT_POLLRDHUP 0
#endif

#ifdef __GLIBC__
#include <malloc.h>
#define COMPAT_MALLOC_TRIM() ((void)malloc_trim(0))
#else
#define COMPAT_MALLOC_TRIM() ((void)0)
#endif

/* gcc says by a macro that a sanitizer watches, clang by a feature. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COMPAT_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define COMPAT_SANITIZED 1
#endif
#endif
#ifndef COMPAT_SANITIZED
#define COMPAT_SANITIZED 0
#endif

/*
 * A filter of system calls is for machines where we know its name for the
 * machine (AUDIT_ARCH_...) and the register of a call's result; a sanitizer
 * makes calls of its own.
 */
#if defined(__linux__) && defined(__x86_64__) && !defined(__ILP32__) && \
    !COMPAT_SANITIZED
#define COMPAT_SECCOMP_ARCH 0xc000003eU
#define COMPAT_SECCOMP_FAIL(context, error) \
	((context)->uc_mcontext.gregs[REG_RAX] = -(error))
#elif defined(__linux__) && defined(__AARCH64EL__) && !COMPAT_SANITIZED
#define COMPAT_SECCOMP_ARCH 0xc00000b7U
#define COMPAT_SECCOMP_FAIL(context, error) \
	((context)->uc_mcontext.regs[0] = (unsigned long long)-(error))
#else
#define COMPAT_SECCOMP_ARCH 0U
#define COMPAT_SECCOMP_FAIL(context, error) ((void)(context))
#endif

#if defined(__linux__)
#include <sys/syscall.h>
/* Machines that came later have none of these. */
#ifndef SYS_open
#define SYS_open (-1)
#define SYS_poll (-1)
#define SYS_epoll_wait (-1)
#define SYS_stat (-1)
#define SYS_lstat (-1)
#define SYS_access (-1)
#define SYS_readlink (-1)
#define SYS_getdents (-1)
#define SYS_alarm (-1)
#define SYS_time (-1)
#define SYS_fork (-1)
#define SYS_vfork (-1)
#endif
/* Older libraries have no names for these. */
#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 (-1)
#endif
#ifndef SYS_clone3
#define SYS_clone3 (-1)
#endif
#ifndef SYS_rseq
#define SYS_rseq (-1)
#endif
#ifndef SYS_faccessat2
#define SYS_faccessat2 (-1)
#endif
#endif

/* configure --with-maxbuf=N; a build without configure has the default. */
#ifndef POUND_MAXBUF
#define POUND_MAXBUF 8192
#endif

#endif
