/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The kernel asks the filter at each system call. Three answers:
 *
 *	on the list      the call is made
 *	QUIET            EPERM
 *	all others       SIGSYS, whose handler notes the number and puts EPERM
 *	                 where the result of the call is expected
 *
 * The handler runs in the midst of anything, so all it does is to set a
 * bit. Whoever waits anyhow looks at the bits and writes the log line.
 */
#include "daemon/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/check.h"
#include "base/compat.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"

/* si_code of a SIGSYS that a filter has sent; the C library lacks it. */
#define FROM_FILTER 1

#define WORD_BITS 64

/* A test of an argument, the low half of it: these are ints and flags. */
enum check {
	CHECK_ANY,
	CHECK_NETWORK,	     /* sockets of IPv4, IPv6 and UNIX */
	CHECK_NETLINK,	     /* what getaddrinfo(3) asks for addresses */
	CHECK_NO_CODE,	     /* memory that cannot be executed */
	CHECK_ITSELF,	     /* the process itself */
	CHECK_READ_ONLY,     /* openat(2) */
	CHECK_READ_ONLY_OLD, /* open(2) */
};

struct rule {
	int number; /* -1: not on this machine */
	enum check check;
	bool resolver_only;
};

static const struct rule rules[] = {
#define WORKER(name, check) { SYS_##name, CHECK_##check, false },
#define RESOLVER(name, check) { SYS_##name, CHECK_##check, true },
#define QUIET(name)
#include "daemon/seccomp.def"
#undef WORKER
#undef RESOLVER
#undef QUIET
};

static const int quiet[] = {
#define WORKER(name, check)
#define RESOLVER(name, check)
#define QUIET(name) SYS_##name,
#include "daemon/seccomp.def"
#undef WORKER
#undef RESOLVER
#undef QUIET
};

static const char *const role_names[] = {
	[SECCOMP_WORKER] = "worker",
	[SECCOMP_RESOLVER] = "resolver",
};

/* Of this process: noted by the handler, told by who asks. */
static struct {
	_Atomic uint64_t noted[(SECCOMP_NUMBER_MAX + 1) / WORD_BITS];
	uint64_t told[(SECCOMP_NUMBER_MAX + 1) / WORD_BITS];
} refused;

bool
seccomp_built(void)
{
	return COMPAT_SECCOMP_ARCH != 0;
}

/* ------ the program ------ */

#define PROGRAM_MAX 512

struct program {
	struct sock_filter step[PROGRAM_MAX];
	unsigned short len;
};

static void
add(struct program *p, struct sock_filter step)
{
	check(p->len < PROGRAM_MAX);
	p->step[p->len++] = step;
}

static void
load(struct program *p, size_t offset)
{
	add(p,
	    (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		(uint32_t)offset));
}

static void
answer(struct program *p, uint32_t action)
{
	add(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

/* Goes on with the next step if it is so, else past skip steps. */
static void
unless(struct program *p, uint16_t test, uint32_t value, uint8_t skip)
{
	add(p,
	    (struct sock_filter)BPF_JUMP(BPF_JMP | test | BPF_K, value, 0,
		skip));
}

/* The low half of an argument; both machines are little endian. */
static void
load_argument(struct program *p, size_t number)
{
	load(p,
	    offsetof(struct seccomp_data, args) + number * sizeof(uint64_t));
}

static void
allow_if_equal(struct program *p, uint32_t value)
{
	unless(p, BPF_JEQ, value, 1);
	answer(p, SECCOMP_RET_ALLOW);
}

static void
allow_if_none(struct program *p, size_t argument, uint32_t bits)
{
	load_argument(p, argument);
	add(p,
	    (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 1,
		0));
	answer(p, SECCOMP_RET_ALLOW);
}

/* Answers, or falls through with whatever in the accumulator. */
static void
add_check(struct program *p, enum check check)
{
	const uint32_t writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;

	switch (check) {
	case CHECK_ANY:
		answer(p, SECCOMP_RET_ALLOW);
		break;
	case CHECK_NETWORK:
		load_argument(p, 0);
		allow_if_equal(p, AF_INET);
		allow_if_equal(p, AF_INET6);
		allow_if_equal(p, AF_UNIX);
		break;
	case CHECK_NETLINK:
		load_argument(p, 0);
		allow_if_equal(p, AF_NETLINK);
		break;
	case CHECK_NO_CODE:
		allow_if_none(p, 2, PROT_EXEC);
		break;
	case CHECK_ITSELF:
		load_argument(p, 0);
		allow_if_equal(p, 0);
		allow_if_equal(p, (uint32_t)getpid());
		break;
	case CHECK_READ_ONLY:
		allow_if_none(p, 2, writing);
		break;
	case CHECK_READ_ONLY_OLD:
		allow_if_none(p, 1, writing);
		break;
	}
}

static void
add_rule(struct program *p, const struct rule *r)
{
	unsigned short jump;

	if (r->number < 0)
		return;
	jump = p->len;
	unless(p, BPF_JEQ, (uint32_t)r->number, 0);
	add_check(p, r->check);
	if (r->check != CHECK_ANY)
		load(p, offsetof(struct seccomp_data, nr));
	p->step[jump].jf = (uint8_t)(p->len - jump - 1);
}

static void
compose(struct program *p, enum seccomp_role role)
{
	p->len = 0;
	load(p, offsetof(struct seccomp_data, arch));
	add(p,
	    (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
		COMPAT_SECCOMP_ARCH, 1, 0));
	answer(p, SECCOMP_RET_TRAP);
	load(p, offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		if (role == SECCOMP_RESOLVER || !rules[i].resolver_only)
			add_rule(p, &rules[i]);
	for (size_t i = 0; i < ARRAY_LEN(quiet); i++) {
		if (quiet[i] < 0)
			continue;
		unless(p, BPF_JEQ, (uint32_t)quiet[i], 1);
		answer(p, SECCOMP_RET_ERRNO | EPERM);
	}
	answer(p, SECCOMP_RET_TRAP);
}

/* ------ what is refused ------ */

static void
on_refused(int number UNUSED, siginfo_t *info, void *context)
{
	ucontext_t *at = context;
	unsigned call;

	if (info->si_code != FROM_FILTER)
		return;
	call = (unsigned)info->si_syscall;
	if (call > SECCOMP_NUMBER_MAX)
		call = SECCOMP_NUMBER_MAX;
	atomic_fetch_or(&refused.noted[call / WORD_BITS],
	    UINT64_C(1) << call % WORD_BITS);
	COMPAT_SECCOMP_FAIL(at, EPERM);
}

int
seccomp_next_refused(void)
{
	for (unsigned i = 0; i < ARRAY_LEN(refused.told); i++) {
		const uint64_t fresh = atomic_load(&refused.noted[i]) &
		    ~refused.told[i];

		if (fresh == 0)
			continue;
		for (unsigned bit = 0; bit < WORD_BITS; bit++)
			if ((fresh >> bit & 1) != 0) {
				refused.told[i] |= UINT64_C(1) << bit;
				return (int)(i * WORD_BITS + bit);
			}
	}
	return -1;
}

void
seccomp_log_refused(enum seccomp_role role)
{
	int call;

	while ((call = seccomp_next_refused()) >= 0)
		log_line(LOG_PRIO_WARNING,
		    "the %s made system call %d, which is not on its list: "
		    "refused (please report it; Seccomp 0 would allow it)",
		    role_names[role], call);
}

/* ------ from now on ------ */

#define BLOCKS 8
#define BLOCK_BYTES ((size_t)100 * 1024)

/*
 * When a heap of a thread shrinks for the first time, the C library opens
 * a file in /proc to learn how (and does without if it cannot). Let that
 * be now: the blocks are too small for mappings of their own, and too
 * large to be kept.
 */
static void *
shrink_heap(void *arg UNUSED)
{
	void *block[BLOCKS];

	for (size_t i = 0; i < BLOCKS; i++)
		block[i] = mem_alloc(BLOCK_BYTES);
	for (size_t i = BLOCKS; i > 0; i--)
		mem_free(block[i - 1]);
	return NULL;
}

static void
warm_up(void)
{
	struct lock_thread thread;

	if (lock_thread_start(&thread, shrink_heap, NULL) == 0)
		lock_thread_join(&thread);
}

/* Marks of speculation (SPEC_ALLOW) are left as they are: nothing in the
 * process is kept from the rest of it. Before Linux 4.17 there is no such
 * flag, and no such cost. */
static int
load_program(const struct sock_fprog *program)
{
	const unsigned flags = SECCOMP_FILTER_FLAG_TSYNC;
	long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
	    flags | SECCOMP_FILTER_FLAG_SPEC_ALLOW, program);

	if (result < 0 && errno == EINVAL)
		result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags,
		    program);
	if (result > 0)
		errno = ESRCH; /* the number of a thread with another filter */
	return result == 0 ? 0 : -1;
}

int
seccomp_install(enum seccomp_role role)
{
	struct sigaction action = { .sa_sigaction = on_refused,
		.sa_flags = SA_SIGINFO | SA_RESTART };
	struct program p;
	struct sock_fprog whole = { .filter = p.step };

	if (!seccomp_built()) {
		errno = ENOSYS;
		return -1;
	}
	sigemptyset(&action.sa_mask);
	if (sigaction(SIGSYS, &action, NULL) != 0)
		return -1;
	if (role == SECCOMP_WORKER)
		warm_up();
	compose(&p, role);
	whole.len = p.len;
	return load_program(&whole);
}

void
seccomp_confine(enum seccomp_role role)
{
	if (seccomp_built() && seccomp_install(role) != 0)
		log_line(LOG_PRIO_WARNING,
		    "the system takes no filter of system calls, so the %s "
		    "has none: %m",
		    role_names[role]);
}
