/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/mailbox.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "unit/tap.h"

#define WRITERS 4
#define LETTERS 20000

static struct mailbox box;

static struct mailbox_item
letter(uint32_t arg)
{
	return (struct mailbox_item){ .kind = MAILBOX_MESSAGE,
		.arg = arg,
		.fd = -1 };
}

static bool
put(uint32_t arg)
{
	const struct mailbox_item item = letter(arg);

	return mailbox_put(&box, &item);
}

static bool
rings(int timeout_ms)
{
	struct pollfd p = { .fd = box.fd, .events = POLLIN };

	return poll(&p, 1, timeout_ms) == 1;
}

static void
test_one_thread(void)
{
	struct mailbox_item item;

	is_int(mailbox_open(&box), 0, "open");
	ok(!rings(0), "quiet");
	ok(!mailbox_take(&box, &item), "and empty");
	ok(put(1) && put(2), "two letters");
	ok(rings(0), "it rings");
	mailbox_quiet(&box);
	ok(!rings(0), "once for both");
	ok(mailbox_take(&box, &item) && item.arg == 1, "the first");
	ok(put(3), "another");
	ok(!rings(0), "who takes already is not rung");
	ok(mailbox_take(&box, &item) && item.arg == 2, "the second");
	ok(mailbox_take(&box, &item) && item.arg == 3, "the other");
	ok(!mailbox_take(&box, &item), "no more");
	ok(put(4) && rings(0), "then it rings again");
	is_int(box.first, 0, "and begins at its front");
	mailbox_quiet(&box);
	mailbox_ring(&box);
	ok(rings(0), "it rings without a letter, too");
	mailbox_quiet(&box);
	ok(!rings(0), "once");
	mailbox_close(&box);
}

static void
test_overflow(void)
{
	struct mailbox_item item, client = { .kind = MAILBOX_CLIENT };
	unsigned n = 0, wrong = 0;
	int ends[2];

	is_int(mailbox_open(&box), 0, "open");
	while (put(n) && n < 2 * MAILBOX_ROOM)
		n++;
	is_int(n, MAILBOX_ROOM, "so many have room");
	ok(mailbox_lost(&box), "that one was lost is known");
	ok(!mailbox_lost(&box), "once");
	if (pipe(ends) != 0)
		return;
	client.fd = ends[0];
	ok(!mailbox_put(&box, &client), "a client has no room either");
	ok(!mailbox_lost(&box), "and is not lost: it is given back");
	for (unsigned i = 0; i < n; i++)
		wrong += !mailbox_take(&box, &item) || item.arg != i;
	is_int(wrong, 0, "all that had room are there, in order");
	ok(mailbox_put(&box, &client), "now the client has room");
	mailbox_close(&box);
	errno = 0;
	ok(close(ends[0]) == -1 && errno == EBADF,
	    "a client that nobody took is closed");
	close(ends[1]);
}

static atomic_uint refused;

static void *
write_letters(void *arg)
{
	const uint32_t writer = *(const uint32_t *)arg;

	for (uint32_t i = 0; i < LETTERS; i++)
		while (!put(writer << 24 | i)) {
			atomic_fetch_add(&refused, 1);
			usleep(50);
		}
	return NULL;
}

/* Letters of several threads: none lost, none twice, each thread's in
 * order; and the owner is always woken. */
static void
test_threads(void)
{
	static const uint32_t number[WRITERS] = { 0, 1, 2, 3 };
	uint32_t next[WRITERS] = { 0 };
	unsigned taken = 0, wrong = 0;
	struct mailbox_item item;
	pthread_t id[WRITERS];

	is_int(mailbox_open(&box), 0, "open");
	for (unsigned i = 0; i < WRITERS; i++)
		if (pthread_create(&id[i], NULL, write_letters,
			(void *)&number[i]) != 0)
			return;
	while (taken < WRITERS * LETTERS) {
		if (!rings(5000))
			break;
		mailbox_quiet(&box);
		while (mailbox_take(&box, &item)) {
			const uint32_t writer = item.arg >> 24;

			taken++;
			wrong += writer >= WRITERS ||
			    (item.arg & 0xffffff) != next[writer]++;
		}
	}
	for (unsigned i = 0; i < WRITERS; i++)
		pthread_join(id[i], NULL);
	is_int(taken, WRITERS * LETTERS, "all letters came");
	is_int(wrong, 0, "each thread's in order");
	is_int(mailbox_lost(&box), refused > 0, "what had no room is known");
	ok(!mailbox_take(&box, &item), "and no others");
	mailbox_close(&box);
}

int
main(void)
{
	test_one_thread();
	test_overflow();
	test_threads();
	return tap_done();
}
