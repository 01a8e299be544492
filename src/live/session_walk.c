/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "live/session_internal.h"

/*
 * Sessions one after another, for the listing and for the next worker: page
 * by page, the lock is let go between two of them.
 */

/* Cells that a walk looks at before it lets go of the lock. */
#define SESSION_LOOK CELLS_CHUNK

static void
view_fill(const struct session_table *t, const struct session_cell *e,
    struct session_view *view, int64_t now_ms)
{
	view->backend = session_backend_of(t, e);
	view->idle_ms = now_ms > e->used_ms ? now_ms - e->used_ms : 0;
	view->digest = e->digest;
	view->len = e->len;
	view->hash = e->hash;
	session_key_show(t, e, view->key);
}

/* Cells, since those do not move; a bounded number for each lock. */
static size_t
walk_some(struct session_table *t, uint32_t *cursor, struct session_view *page,
    size_t room, int64_t now_ms)
{
	const uint32_t end = cells_end(&t->cells);
	size_t n = 0;

	for (unsigned i = 0; i < SESSION_LOOK && *cursor < end && n < room;
	     i++) {
		const struct session_cell *e = session_cell_at(t, *cursor);

		if (e == NULL) {
			*cursor = (*cursor | (CELLS_CHUNK - 1)) + 1;
			continue;
		}
		if (e->kind == SESSION_ENTRY && session_lives(t, e, now_ms))
			view_fill(t, e, &page[n++], now_ms);
		++*cursor;
	}
	return n;
}

size_t
session_walk(struct session_table *t, uint32_t *cursor,
    struct session_view *page, size_t room, int64_t now_ms)
{
	size_t n;
	bool more;

	do {
		lock_take(&t->lock);
		n = walk_some(t, cursor, page, room, now_ms);
		more = *cursor < cells_end(&t->cells);
		lock_drop(&t->lock);
	} while (n == 0 && more);
	return n;
}

void
session_newest_begin(struct session_table *t)
{
	lock_take(&t->lock);
	t->falling = t->risen = t->newest;
	lock_drop(&t->lock);
}

/* Those that were used or came since the last page. */
static size_t
rise(struct session_table *t, struct session_view *page, size_t room,
    int64_t now_ms)
{
	uint32_t i = t->risen != 0 ? session_cell_at(t, t->risen)->newer
				   : t->oldest;
	size_t n = 0;

	while (i != 0 && n < room) {
		const struct session_cell *e = session_cell_at(t, i);

		if (session_lives(t, e, now_ms))
			view_fill(t, e, &page[n++], now_ms);
		t->risen = i;
		i = e->newer;
	}
	return n;
}

/* Those that were used before the walk began, the latest first. */
static size_t
fall(struct session_table *t, struct session_view *page, size_t room,
    int64_t now_ms)
{
	size_t n = 0;

	for (unsigned i = 0; i < SESSION_LOOK && t->falling != 0 && n < room;
	     i++) {
		const struct session_cell *e = session_cell_at(t, t->falling);

		if (session_lives(t, e, now_ms))
			view_fill(t, e, &page[n++], now_ms);
		t->falling = e->older;
	}
	return n;
}

size_t
session_newest(struct session_table *t, struct session_view *page, size_t room,
    int64_t now_ms)
{
	size_t n;
	bool more;

	do {
		lock_take(&t->lock);
		n = rise(t, page, room, now_ms);
		n += fall(t, page + n, room - n, now_ms);
		more = t->falling != 0;
		lock_drop(&t->lock);
	} while (n == 0 && more);
	return n;
}
