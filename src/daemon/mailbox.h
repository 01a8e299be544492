/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What other threads tell a pool thread: one bounded ring a thread and an
 * eventfd that wakes it. Any thread puts; the owner takes.
 */
#ifndef DAEMON_MAILBOX_H
#define DAEMON_MAILBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attrs.h"
#include "base/lock.h"
#include "net/addr.h"

#define MAILBOX_ROOM 1024

enum mailbox_kind {
	MAILBOX_CLIENT,	 /* fd, peer, arg: listener; the taker owns fd */
	MAILBOX_MESSAGE, /* message, arg: see enum thread_message */
	MAILBOX_ACCEPT,	 /* look at the listening sockets */
};

struct mailbox_item {
	enum mailbox_kind kind;
	int message;
	uint32_t arg;
	int fd;
	struct addr peer;
};

struct mailbox {
	struct lock lock;
	int fd; /* eventfd */
	uint32_t first, count;
	bool lost; /* a message found no room: look at everything */
	struct mailbox_item *item;
};

/* 0 or -1 with errno. */
MUST_USE int mailbox_open(struct mailbox *m);
/* Closes what was not taken. */
void mailbox_close(struct mailbox *m);

/* false: no room. The owner then learns that, but of a client. */
bool mailbox_put(struct mailbox *m, const struct mailbox_item *item);
/* Wakes the owner without saying anything. */
void mailbox_ring(struct mailbox *m);

/* At the eventfd's event, once, before taking. */
void mailbox_quiet(struct mailbox *m);
bool mailbox_take(struct mailbox *m, struct mailbox_item *item);
/* Whether messages were lost since the last call. */
bool mailbox_lost(struct mailbox *m);

#endif
