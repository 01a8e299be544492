/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys of session tickets: who can read which, and for how long. */
#include <string.h>
#include <unistd.h>

#include <sys/wait.h>

#include "base/deadline.h"
#include "net/ticket.h"
#include "net/tls_internal.h"
#include "unit/tap.h"

static struct ticket_owner owner_a = { .policy = "policy a" };
static struct ticket_owner owner_b = { .policy = "policy b" };
static int64_t start_ms;

static bool
same(const struct ticket_keys *a, const struct ticket_keys *b)
{
	return memcmp(a->cipher, b->cipher, sizeof(a->cipher)) == 0 &&
	    memcmp(a->mac, b->mac, sizeof(a->mac)) == 0;
}

static void
test_policies(void)
{
	struct ticket_keys a, again, b, found;

	ticket_now(&owner_a, start_ms, &a);
	ticket_now(&owner_a, start_ms, &again);
	ticket_now(&owner_b, start_ms, &b);
	ok(same(&a, &again) && memcmp(a.name, again.name, 16) == 0,
	    "the same keys for the same policy");
	ok(!same(&a, &b) && memcmp(a.name, b.name, 16) != 0,
	    "others for another");
	ok(memcmp(a.cipher, a.mac, 32) != 0, "two keys");
	is_int(ticket_find(&owner_a, start_ms, a.name, &found), 1,
	    "found by name");
	ok(same(&a, &found), "the same ones");
	is_int(ticket_find(&owner_b, start_ms, a.name, &found), 0,
	    "unknown to another policy");
	a.name[0] ^= 1;
	is_int(ticket_find(&owner_a, start_ms, a.name, &found), 0,
	    "of a period that never was");
}

/* The keys that another process finds with the ring it inherits now. */
static struct ticket_keys
keys_of_child(int64_t now_ms)
{
	struct ticket_keys k = { 0 };
	int fd[2];
	pid_t pid;

	if (pipe(fd) != 0)
		return k;
	pid = fork();
	if (pid == 0) {
		ticket_now(&owner_a, now_ms, &k);
		_exit(write(fd[1], &k, sizeof(k)) == sizeof(k) ? 0 : 1);
	}
	if (read(fd[0], &k, sizeof(k)) != sizeof(k))
		memset(&k, 0, sizeof(k));
	waitpid(pid, NULL, 0);
	close(fd[0]);
	close(fd[1]);
	return k;
}

static void
test_periods(void)
{
	struct ticket_keys first, second, found, child;
	int64_t then = start_ms + TICKET_PERIOD_MS;

	child = keys_of_child(then);

	ticket_now(&owner_a, start_ms, &first);
	ticket_now(&owner_a, then, &second);
	ok(!same(&first, &second), "new keys after a period");
	ok(same(&child, &second) && memcmp(child.name, second.name, 16) == 0,
	    "a worker that was forked before it agrees");
	is_int(ticket_find(&owner_a, then, first.name, &found), 2,
	    "the ones before are known, but to be renewed");
	ok(same(&first, &found), "the same ones");
	then += TICKET_PERIOD_MS;
	is_int(ticket_find(&owner_a, then, first.name, &found), 0,
	    "and gone after another");
	is_int(ticket_find(&owner_a, then, second.name, &found), 2,
	    "when the second ones grow old");
	then += 100 * TICKET_PERIOD_MS;
	is_int(ticket_find(&owner_a, then, second.name, &found), 0,
	    "after a long time nothing is known");
	child = keys_of_child(then);
	ticket_now(&owner_a, then, &first);
	ok(same(&child, &first), "one that is forked later, too");
	ok(owner_a.has[0] != owner_a.has[1],
	    "and what was kept of older periods is gone");
}

int
main(void)
{
	ticket_init();
	start_ms = deadline_now_ms();
	test_policies();
	test_periods();
	return tap_done();
}
