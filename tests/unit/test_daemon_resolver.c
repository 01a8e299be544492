/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names that need no network: numbers, localhost, and what is no name. */
#include "daemon/resolver.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>
#include <sys/wait.h>

#include "daemon/channel.h"
#include "daemon/signals.h"
#include "tap.h"

#define PATIENCE_MS 20000

static struct {
	pid_t pid;
	int channel;
} process;

static void
start(void)
{
	const int signals = signals_open();
	int ends[2];

	if (signals < 0 || channel_open(ends) != 0)
		_exit(1);
	fflush(stdout);
	process.pid = fork();
	if (process.pid == 0) {
		close(ends[0]);
		_exit(resolver_run(ends[1], signals));
	}
	close(ends[1]);
	process.channel = ends[0];
}

/* A worker's way to it. */
static int
connect_worker(void)
{
	int ends[2];

	if (channel_open(ends) != 0)
		_exit(1);
	channel_send(process.channel, CHANNEL_ADOPT, NULL, ends[0]);
	close(ends[0]);
	return ends[1];
}

static bool
await(int fd, struct resolver_answer *a)
{
	struct pollfd in = { .fd = fd, .events = POLLIN };

	memset(a, 0, sizeof(*a));
	return poll(&in, 1, PATIENCE_MS) == 1 &&
	    resolver_take(fd, a) == RESOLVER_OK;
}

static void
test_names(int fd)
{
	struct resolver_answer a;
	struct addr want;

	is_int(resolver_take(fd, &a), RESOLVER_AGAIN, "nothing asked");
	is_int(resolver_ask(fd, 7, STR("127.0.0.9"), 81, AF_UNSPEC), 0, "ask");
	ok(await(fd, &a) && a.id == 7, "its answer");
	is_int(addr_from_ip(&want, STR("127.0.0.9"), 81), 0, "address");
	ok(addr_equal(&a.addr, &want), "address and port");
	is_int(resolver_ask(fd, 8, STR("::1"), 82, AF_UNSPEC), 0, "ask");
	ok(await(fd, &a) && a.id == 8, "its answer");
	is_int(addr_family(&a.addr), AF_INET6, "family");
	is_int(resolver_ask(fd, 9, STR("localhost"), 83, AF_UNSPEC), 0,
	    "ask a name");
	ok(await(fd, &a) && a.id == 9 && a.addr.len > 0, "found");
	is_int(addr_port(&a.addr), 83, "port");
	is_int(resolver_ask(fd, UINT64_MAX, STR("no..name"), 1, AF_UNSPEC), 0,
	    "nonsense");
	ok(await(fd, &a) && a.id == UINT64_MAX, "is answered");
	is_int(a.addr.len, 0, "not found");
	ok(a.why[0] != '\0', "with a reason: %s", a.why);
}

/* More than it looks up at once: each gets its answer. */
static void
test_many(int fd)
{
	struct resolver_answer a;
	bool seen[40] = { false };
	int answers = 0;

	for (unsigned i = 0; i < 40; i++)
		is_int(resolver_ask(fd, i, STR("127.0.0.1"), 80, AF_UNSPEC), 0,
		    "question %u", i);
	while (answers < 40 && await(fd, &a) && a.id < 40 && !seen[a.id]) {
		seen[a.id] = true;
		answers++;
	}
	is_int(answers, 40, "answers, each once");
}

static void
test_nonsense(int fd)
{
	struct resolver_question q = { .family = AF_UNIX, .name = "x" };
	struct resolver_answer a;
	char name[RESOLVER_NAME_MAX];

	memset(name, 'x', sizeof(name));
	is_int(resolver_ask(fd, 1, str_make(name, sizeof(name)), 1, AF_UNSPEC),
	    -1, "a name that is too long is not sent");
	is_int(resolver_ask(-1, 1, STR("x"), 1, AF_UNSPEC), -1,
	    "nobody to ask");
	is_int(send(fd, "abc", 3, 0), 3, "a short message");
	is_int(send(fd, &q, sizeof(q), 0), sizeof(q), "a wrong family");
	q.family = AF_INET;
	memset(q.name, 'x', sizeof(q.name));
	is_int(send(fd, &q, sizeof(q), 0), sizeof(q), "a name without end");
	is_int(resolver_ask(fd, 5, STR("127.0.0.1"), 1, AF_UNSPEC), 0,
	    "a good one");
	ok(await(fd, &a) && a.id == 5, "is the only one answered");
}

/* One worker goes, another stays; then the supervisor goes. */
static void
test_ends(int fd)
{
	struct resolver_answer a;
	struct pollfd in = { .events = POLLIN };
	int other = connect_worker(), status = -1;

	is_int(resolver_ask(other, 1, STR("127.0.0.1"), 1, AF_UNSPEC), 0,
	    "another worker");
	ok(await(other, &a) && a.id == 1, "is served too");
	close(fd);
	is_int(resolver_ask(other, 2, STR("127.0.0.1"), 1, AF_UNSPEC), 0,
	    "after one went");
	ok(await(other, &a) && a.id == 2, "the other is served");
	close(process.channel);
	in.fd = other;
	do /* the end of a child interrupts it, on some systems */
		status = poll(&in, 1, PATIENCE_MS);
	while (status < 0 && errno == EINTR);
	is_int(status, 1, "the supervisor is gone");
	is_int(resolver_take(other, &a), RESOLVER_GONE, "and so is it");
	waitpid(process.pid, &status, 0);
	is_int(status, 0, "exit status");
	close(other);
}

int
main(void)
{
	int fd;

	start();
	fd = connect_worker();
	test_names(fd);
	test_many(fd);
	test_nonsense(fd);
	test_ends(fd);
	return tap_done();
}
