/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a worker can no longer do, tried one by one under its own filter, in
 * a child: by a thread that was there before the filter and by the one that
 * installed it. And what it must still be able to do.
 */
#include "daemon/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/check.h"
#include "base/compat.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/pattern.h"
#include "net/addr.h"
#include "support/dies.h"
#include "unit/tap.h"

#define TEXT_MAX 4096
#define BIG ((size_t)8 << 20)

struct attempt {
	const char *name;
	long number;
	long a[5];
};

static char path[] = "/tmp/pound-test-seccomp";
static char program[] = "/bin/true";
static char null[] = "/dev/null";
static char here[] = "/";
static char *const arguments[] = { program, NULL };
static char page[8192] __attribute__((aligned(4096)));

#define PTR(p) ((long)(intptr_t)(p))

/* With arguments that would work, or at least do no harm. */
static const struct attempt attempts[] = {
	/* files */
	{ "openat", SYS_openat, { AT_FDCWD, PTR(null), O_RDONLY } },
	{ "openat, writing", SYS_openat,
	    { AT_FDCWD, PTR(path), O_WRONLY | O_CREAT, 0600 } },
	{ "open", SYS_open, { PTR(null), O_RDONLY } },
	{ "openat2", SYS_openat2, { AT_FDCWD, PTR(null), PTR(page), 24 } },
	{ "open_by_handle_at", SYS_open_by_handle_at, { AT_FDCWD, PTR(page) } },
	{ "newfstatat", SYS_newfstatat, { AT_FDCWD, PTR(here), PTR(page) } },
	{ "mkdirat", SYS_mkdirat, { AT_FDCWD, PTR(here), 0700 } },
	{ "unlinkat", SYS_unlinkat, { AT_FDCWD, PTR(path) } },
	{ "symlinkat", SYS_symlinkat, { PTR(here), AT_FDCWD, PTR(here) } },
	{ "linkat", SYS_linkat, { AT_FDCWD, PTR(here), AT_FDCWD, PTR(here) } },
	{ "renameat2", SYS_renameat2,
	    { AT_FDCWD, PTR(here), AT_FDCWD, PTR(here) } },
	{ "fchmodat", SYS_fchmodat, { AT_FDCWD, PTR(path), 0777 } },
	{ "fchownat", SYS_fchownat, { AT_FDCWD, PTR(path), 0, 0 } },
	{ "truncate", SYS_truncate, { PTR(path), 0 } },
	{ "memfd_create", SYS_memfd_create, { PTR(path), 0 } },
	{ "getdents64", SYS_getdents64, { 0, PTR(page), sizeof(page) } },
	{ "chdir", SYS_chdir, { PTR(here) } },
	{ "mount", SYS_mount, { PTR(null), PTR(path), PTR(path) } },
	{ "umount2", SYS_umount2, { PTR(path) } },
	/* programs and processes */
	{ "execve", SYS_execve, { PTR(program), PTR(arguments), 0 } },
	{ "execveat", SYS_execveat,
	    { AT_FDCWD, PTR(program), PTR(arguments), 0, 0 } },
	{ "fork", SYS_fork, { 0 } },
	{ "clone", SYS_clone, { SIGCHLD } },
	{ "clone3", SYS_clone3, { PTR(page), 0 } },
	{ "kill", SYS_kill, { 1, 0 } },
	{ "tgkill", SYS_tgkill, { 1, 1, 0 } },
	{ "tkill", SYS_tkill, { 1, 0 } },
	{ "rt_sigqueueinfo", SYS_rt_sigqueueinfo, { 1, 0, PTR(page) } },
	{ "ptrace", SYS_ptrace, { 16, 1 } },
	{ "process_vm_readv", SYS_process_vm_readv, { 1, 0, 0, 0, 0 } },
	{ "pidfd_open", SYS_pidfd_open, { 1, 0 } },
	{ "unshare", SYS_unshare, { CLONE_NEWNS } },
	{ "setns", SYS_setns, { 0, 0 } },
	{ "mmap of code", SYS_mmap,
	    { 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
		-1 } },
	{ "mprotect to code", SYS_mprotect,
	    { PTR(page), 4096, PROT_READ | PROT_EXEC } },
	{ "personality", SYS_personality, { 0x0400000 } },
	/* root */
	{ "setuid", SYS_setuid, { 0 } },
	{ "setgid", SYS_setgid, { 0 } },
	{ "setreuid", SYS_setreuid, { 0, 0 } },
	{ "setresuid", SYS_setresuid, { 0, 0, 0 } },
	{ "setresgid", SYS_setresgid, { 0, 0, 0 } },
	{ "setfsuid", SYS_setfsuid, { 0 } },
	{ "setgroups", SYS_setgroups, { 0, 0 } },
	{ "capset", SYS_capset, { PTR(page), PTR(page) } },
	{ "chroot", SYS_chroot, { PTR(here) } },
	{ "pivot_root", SYS_pivot_root, { PTR(here), PTR(here) } },
	{ "prctl", SYS_prctl, { PR_SET_DUMPABLE, 1 } },
	{ "seccomp", SYS_seccomp, { 1, 0, PTR(page) } },
	/* the kernel's back rooms */
	{ "bpf", SYS_bpf, { 0, PTR(page), 0 } },
	{ "perf_event_open", SYS_perf_event_open, { PTR(page), 0, -1, -1 } },
	{ "io_uring_setup", SYS_io_uring_setup, { 1, PTR(page) } },
	{ "userfaultfd", SYS_userfaultfd, { 1 } },
	{ "keyctl", SYS_keyctl, { 0, 0 } },
	{ "init_module", SYS_init_module, { PTR(page), 0, PTR(here) } },
	{ "reboot", SYS_reboot, { 0 } },
	{ "ioctl", SYS_ioctl, { 0, 0x5412, PTR(page) } },
	{ "prlimit64", SYS_prlimit64, { 0, 7, PTR(page), 0 } },
	/* other networks */
	{ "packet socket", SYS_socket, { AF_PACKET, SOCK_RAW, 0 } },
	{ "netlink socket", SYS_socket, { AF_NETLINK, SOCK_RAW, 0 } },
	{ "vsock socket", SYS_socket, { AF_VSOCK, SOCK_STREAM, 0 } },
	{ "bind", SYS_bind, { 0, PTR(page), 16 } },
	{ "listen", SYS_listen, { 0, 1 } },
};

/* What the threads of a child found, by name; the parent reads it. */
struct findings {
	char text[TEXT_MAX];
	size_t len;
};

static void
find(struct findings *f, const char *name)
{
	const int n = snprintf(f->text + f->len, sizeof(f->text) - f->len,
	    "[%s: %m] ", name);

	if (n > 0 && f->len + (size_t)n < sizeof(f->text))
		f->len += (size_t)n;
}

static void
try_all(struct findings *f)
{
	for (size_t i = 0; i < ARRAY_LEN(attempts); i++) {
		const struct attempt *t = &attempts[i];
		long result;

		if (t->number < 0)
			continue;
		errno = 0;
		result = syscall(t->number, t->a[0], t->a[1], t->a[2], t->a[3],
		    t->a[4]);
		if (result == 0 && t->number == SYS_fork)
			_exit(1);
		if (result != -1 || errno != EPERM)
			find(f, t->name);
	}
}

/* ------ in a child ------ */

struct child {
	struct findings found;
	int go; /* readable when the filter is there */
};

static void *
wait_and_try(void *arg)
{
	struct child *c = arg;
	char byte;

	if (read(c->go, &byte, 1) != 1)
		find(&c->found, "read");
	try_all(&c->found);
	return NULL;
}

static void
attack(struct findings *f)
{
	struct child c = { .found.len = 0 };
	struct lock_thread other;
	int go[2];

	if (pipe(go) != 0)
		find(f, "pipe");
	c.go = go[0];
	if (lock_thread_start(&other, wait_and_try, &c) != 0)
		find(f, "thread");
	if (seccomp_install(SECCOMP_WORKER) != 0)
		find(f, "install");
	try_all(f);
	if (write(go[1], "x", 1) != 1)
		find(f, "write");
	lock_thread_join(&other);
	if (c.found.len > 0)
		find(f, c.found.text);
}

/* Proves that the attempts above are refused by nothing but the filter. */
static void
attack_without(struct findings *f)
{
	const int fd = open(null, O_RDONLY);
	const pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	if (fd < 0 || close(fd) != 0)
		find(f, "open");
	if (pid < 0 || waitpid(pid, NULL, 0) != pid)
		find(f, "fork");
	if (socket(AF_NETLINK, SOCK_RAW, 0) < 0)
		find(f, "netlink");
	if (mprotect(page, 4096, PROT_READ | PROT_EXEC) != 0)
		find(f, "mprotect");
	if (prctl(PR_SET_DUMPABLE, 1) != 0 || chdir("/") != 0)
		find(f, "prctl, chdir");
}

static void
use_network(struct findings *f)
{
	const struct sockaddr_in nobody = { .sin_family = AF_INET,
		.sin_port = htons(1),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	if (fd < 0)
		find(f, "socket");
	if (connect(fd, (const void *)&nobody, sizeof(nobody)) == 0 ||
	    (errno != EINPROGRESS && errno != ECONNREFUSED))
		find(f, "connect");
	if (poll(&p, 1, 1000) < 0)
		find(f, "poll");
	close(fd);
}

static void
use_memory(struct findings *f)
{
	void *big = mem_alloc(BIG), *map;

	big = mem_resize(big, 2, BIG);
	mem_free(big);
	map = mem_map(BIG);
	mem_unmap(map, BIG);
	mem_trim();
	if (getrandom(page, 64, 0) != 64)
		find(f, "getrandom");
}

static void
use_time(struct findings *f)
{
	const time_t now = time(NULL);
	struct tm tm;

	if (localtime_r(&now, &tm) == NULL ||
	    strftime(page, sizeof(page), "%e %H:%M:%S", &tm) == 0)
		find(f, "local time");
	if (nanosleep(&(struct timespec){ 0, 1000 }, NULL) != 0)
		find(f, "nanosleep");
}

static void
live_on(struct findings *f)
{
	size_t offset;
	struct pattern *pattern = pattern_new(STR("^(a|b)*c$"), 0, page,
	    sizeof(page), &offset);

	tzset(); /* as the log does, before the jail */
	if (seccomp_install(SECCOMP_WORKER) != 0)
		find(f, "install");
	use_memory(f);
	use_network(f);
	use_time(f);
	if (pattern_match(pattern, STR("ababc"), NULL) != PATTERN_MATCH)
		find(f, "pattern");
	pattern_thread_release();
	pattern_free(pattern);
	if (seccomp_next_refused() != -1)
		find(f, "something was refused");
}

static void
look_up(struct findings *f)
{
	const char *why = "";
	struct addr a;
	pid_t pid;
	int fd;

	if (seccomp_install(SECCOMP_RESOLVER) != 0)
		find(f, "install");
	pid = fork();
	if (pid < 0)
		find(f, "fork");
	if (addr_resolve(&a, "localhost", 80, AF_UNSPEC, &why) != 0)
		find(f, why);
	if (pid == 0)
		_exit(f->len > 0);
	if (waitpid(pid, &fd, 0) != pid || fd != 0)
		find(f, "the same in a child");
	fd = open("/etc/passwd", O_RDONLY);
	if (fd < 0)
		find(f, "open");
	if (seccomp_next_refused() != -1)
		find(f, "something was refused");
	if (open(path, O_WRONLY | O_CREAT, 0600) != -1 || errno != EPERM)
		find(f, "open, writing");
	if (execve(program, arguments, NULL) != -1 || errno != EPERM)
		find(f, "execve");
	if (setuid(0) != -1 || errno != EPERM || kill(1, 0) != -1 ||
	    errno != EPERM || socket(AF_PACKET, SOCK_RAW, 0) != -1 ||
	    errno != EPERM)
		find(f, "setuid, kill, packet socket");
}

static void
tell_once(struct findings *f)
{
	int call, told = 0;

	if (seccomp_install(SECCOMP_WORKER) != 0)
		find(f, "install");
	for (int i = 0; i < 3; i++)
		if (syscall(SYS_setuid, 0) != -1 ||
		    syscall(SYS_openat, AT_FDCWD, null, O_RDONLY) != -1 ||
		    syscall(60000) != -1)
			find(f, "not refused");
	while ((call = seccomp_next_refused()) >= 0)
		told += call == SYS_openat	 ? 1
		    : call == SYS_setuid	 ? 10
		    : call == SECCOMP_NUMBER_MAX ? 100
						 : 1000;
	if (told != 111)
		find(f, "not each of them, once");
	(void)syscall(SYS_setuid, 0);
	if (seccomp_next_refused() != -1)
		find(f, "told twice");
}

/* Somebody else's SIGSYS is none of the filter's, and does not kill. */
static void
stray_signal(struct findings *f)
{
	if (seccomp_install(SECCOMP_WORKER) != 0)
		find(f, "install");
	errno = EINTR;
	(void)raise(SIGSYS);
	if (errno != EINTR || seccomp_next_refused() != -1)
		find(f, "was taken for a call");
}

/* What function finds in a child: nothing, if all is well. */
static const char *
in_child(void (*function)(struct findings *f))
{
	static struct findings f;
	int way[2], status;
	ssize_t n;

	f.len = 0;
	if (pipe(way) != 0)
		return "no pipe";
	fflush(stdout);
	if (fork() == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
			find(&f, "no_new_privs");
		function(&f);
		_exit(write(way[1], f.text, f.len) < 0);
	}
	close(way[1]);
	n = read(way[0], f.text, sizeof(f.text) - 1);
	f.text[n > 0 ? n : 0] = '\0';
	close(way[0]);
	if (wait(&status) < 0 || status != 0)
		return "it died";
	return f.text;
}

/* ------ last words ------ */

static void
check_under_filter(void)
{
	volatile int two = 2;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (seccomp_install(SECCOMP_WORKER) == 0)
		check(two == 3);
}

static void
log_under_filter(void)
{
	log_open(LOG_SINK_PLAIN, 0, false);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (seccomp_install(SECCOMP_WORKER) != 0)
		return;
	(void)syscall(SYS_mkdirat, AT_FDCWD, here, 0700);
	seccomp_log_refused(SECCOMP_WORKER);
	abort();
}

int
main(void)
{
	char line[64];

	if (!seccomp_built()) {
		is_int(seccomp_install(SECCOMP_WORKER), -1, "no filter");
		return tap_done();
	}
	snprintf(line, sizeof(line), "the worker made system call %d,",
	    (int)SYS_mkdirat);
	is_str(in_child(attack), "", "what a worker can still do of it");
	is_str(in_child(attack_without), "", "the same without a filter");
	is_str(in_child(live_on), "", "what a worker must be able to do");
	is_str(in_child(look_up), "", "a resolver");
	is_str(in_child(tell_once), "", "each call is told once");
	is_str(in_child(stray_signal), "", "a stray SIGSYS");
	ok(dies(check_under_filter, "check failed: two == 3"),
	    "a failed check writes its words and aborts");
	ok(dies(log_under_filter, line), "a refused call has a line");
	return tap_done();
}
