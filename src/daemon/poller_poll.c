/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * poll(2), which has levels: a socket that can be written to says so at
 * each call. So a connection is asked for READ or WRITE only when its owner
 * has used up the last one, for the peer's FIN until that was told, and
 * for nothing once it is broken. Who is not asked costs a place in the
 * array all the same: this is for systems without anything better.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>

#include "base/check.h"
#include "base/compat.h"
#include "base/mem.h"
#include "daemon/poller.h"
#include "net/conn.h"

#define ROOM_FIRST 64

struct poller_entry {
	uint64_t token;
	bool level; /* a listener: told as long as it is so */
	uint8_t told;
};

struct poller_table {
	unsigned count, room;
	unsigned turn; /* who is told first */
	struct poller_entry *entry;
	struct pollfd *poll; /* of the same index */
};

int
poller_open(struct poller *p, poller_used_up *used_up, const void *owner)
{
	p->used_up = used_up;
	p->owner = owner;
	p->fd = -1;
	p->table = mem_alloc(sizeof(*p->table));
	return 0;
}

void
poller_close(struct poller *p)
{
	if (p->table == NULL)
		return;
	mem_free(p->table->entry);
	mem_free(p->table->poll);
	mem_free(p->table);
	p->table = NULL;
}

static void
grow(struct poller_table *t)
{
	t->room = t->room == 0 ? ROOM_FIRST : 2 * t->room;
	t->entry = mem_resize(t->entry, t->room, sizeof(*t->entry));
	t->poll = mem_resize(t->poll, t->room, sizeof(*t->poll));
}

static int
add(struct poller *p, int fd, uint64_t token, bool level)
{
	struct poller_table *t = p->table;

	if (t->count == t->room)
		grow(t);
	t->entry[t->count] = (struct poller_entry){ .token = token,
		.level = level };
	t->poll[t->count] = (struct pollfd){ .fd = fd };
	t->count++;
	return 0;
}

int
poller_add(struct poller *p, int fd, uint64_t token)
{
	return add(p, fd, token, false);
}

int
poller_add_listener(struct poller *p, int fd, uint64_t token)
{
	return add(p, fd, token, true);
}

static void
drop(struct poller_table *t, unsigned i)
{
	t->count--;
	t->entry[i] = t->entry[t->count];
	t->poll[i] = t->poll[t->count];
}

/* poll(2) passes over negative descriptors; this is such a one, and its
 * own inverse. */
static int
hidden(int fd)
{
	return ~fd;
}

static int
real(int fd)
{
	return fd < 0 ? hidden(fd) : fd;
}

void
poller_remove(struct poller *p, int fd)
{
	struct poller_table *t = p->table;

	for (unsigned i = t->count; i > 0; i--)
		if (t->entry[i - 1].level && real(t->poll[i - 1].fd) == fd)
			drop(t, i - 1);
}

/* What to look for now; false: it has been closed. */
static bool
ask(const struct poller *p, const struct poller_entry *e, struct pollfd *f)
{
	int used;

	if (e->level) {
		f->events = POLLIN;
		return true;
	}
	used = p->used_up(p->owner, e->token);
	if (used < 0)
		return false;
	f->events = 0;
	if ((used & CONN_READ) != 0)
		f->events |= POLLIN;
	if ((used & CONN_WRITE) != 0)
		f->events |= POLLOUT;
	if ((e->told & CONN_HANGUP) == 0)
		f->events |= COMPAT_POLLRDHUP;
	f->fd = real(f->fd);
	if ((e->told & CONN_BROKEN) != 0)
		f->fd = hidden(f->fd);
	return true;
}

static void
ask_all(const struct poller *p)
{
	struct poller_table *t = p->table;

	for (unsigned i = t->count; i > 0; i--)
		if (!ask(p, &t->entry[i - 1], &t->poll[i - 1]))
			drop(t, i - 1);
}

static uint8_t
translate(short events)
{
	uint8_t e = 0;

	if ((events & POLLIN) != 0)
		e |= CONN_READ;
	if ((events & POLLOUT) != 0)
		e |= CONN_WRITE;
	if ((events & COMPAT_POLLRDHUP) != 0)
		e |= CONN_HANGUP;
	if ((events & (POLLERR | POLLHUP | POLLNVAL)) != 0)
		e |= CONN_BROKEN;
	return e;
}

/* Who comes first changes, so that nobody is passed over for ever. */
static int
collect(struct poller_table *t, struct poller_event *events)
{
	int n = 0;

	for (unsigned k = 0; k < t->count && n < POLLER_EVENTS; k++) {
		const unsigned i = (t->turn + k) % t->count;
		struct poller_entry *e = &t->entry[i];

		if (t->poll[i].revents == 0)
			continue;
		events[n].token = e->token;
		events[n].events = translate(t->poll[i].revents);
		e->told |= events[n].events;
		n++;
	}
	t->turn++;
	return n;
}

int
poller_wait(struct poller *p, struct poller_event *events, int timeout_ms)
{
	struct poller_table *t = p->table;

	ask_all(p);
	if (poll(t->poll, t->count, timeout_ms) == -1) {
		check(errno == EINTR);
		return 0;
	}
	return collect(t, events);
}
