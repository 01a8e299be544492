/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/mailbox.h"

#include <unistd.h>

#include "base/compat.h"
#include "base/mem.h"

int
mailbox_open(struct mailbox *m)
{
	*m = (struct mailbox){ .fd = -1 };
	lock_init(&m->lock, LOCK_MAILBOX);
	m->item = mem_alloc(MAILBOX_ROOM * sizeof(*m->item));
	m->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return m->fd == -1 ? -1 : 0;
}

void
mailbox_close(struct mailbox *m)
{
	struct mailbox_item item;

	while (mailbox_take(m, &item))
		if (item.kind == MAILBOX_CLIENT)
			close(item.fd);
	if (m->fd != -1)
		close(m->fd);
	mem_free(m->item);
	lock_release(&m->lock);
}

void
mailbox_ring(struct mailbox *m)
{
	const uint64_t one = 1;
	const ssize_t n = write(m->fd, &one, sizeof(one));

	(void)n; /* the counter is full: it rings already */
}

bool
mailbox_put(struct mailbox *m, const struct mailbox_item *item)
{
	bool room, empty;

	lock_take(&m->lock);
	room = m->count < MAILBOX_ROOM;
	empty = m->count == 0;
	if (empty)
		m->first = 0; /* little of its memory is ever touched */
	if (room)
		m->item[(m->first + m->count++) % MAILBOX_ROOM] = *item;
	else if (item->kind != MAILBOX_CLIENT)
		m->lost = true;
	lock_drop(&m->lock);
	if (room && empty)
		mailbox_ring(m);
	return room;
}

void
mailbox_quiet(struct mailbox *m)
{
	uint64_t count;
	const ssize_t n = read(m->fd, &count, sizeof(count));

	(void)n;
}

bool
mailbox_take(struct mailbox *m, struct mailbox_item *item)
{
	bool some;

	lock_take(&m->lock);
	some = m->count > 0;
	if (some) {
		*item = m->item[m->first];
		m->first = (m->first + 1) % MAILBOX_ROOM;
		m->count--;
	}
	lock_drop(&m->lock);
	return some;
}

bool
mailbox_lost(struct mailbox *m)
{
	bool lost;

	lock_take(&m->lock);
	lost = m->lost;
	m->lost = false;
	lock_drop(&m->lock);
	return lost;
}
