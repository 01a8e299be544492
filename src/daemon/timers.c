/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/timers.h"

#include "base/check.h"
#include "base/deadline.h"
#include "base/mem.h"

#define TIMERS_NONE UINT32_MAX

void
timers_init(struct timers *t)
{
	*t = (struct timers){ NULL, 0, 0 };
}

void
timers_release(struct timers *t)
{
	mem_free(t->heap);
	timers_init(t);
}

static void
timers_put(struct timers *t, uint32_t i, struct timers_entry e)
{
	t->heap[i] = e;
	e.client->timer = i;
}

static void
timers_rise(struct timers *t, uint32_t i)
{
	const struct timers_entry e = t->heap[i];

	while (i > 0 && t->heap[(i - 1) / 2].at_ms > e.at_ms) {
		timers_put(t, i, t->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	timers_put(t, i, e);
}

static void
timers_sink(struct timers *t, uint32_t i)
{
	const struct timers_entry e = t->heap[i];

	for (;;) {
		uint32_t child = 2 * i + 1;

		if (child >= t->count)
			break;
		if (child + 1 < t->count &&
		    t->heap[child + 1].at_ms < t->heap[child].at_ms)
			child++;
		if (t->heap[child].at_ms >= e.at_ms)
			break;
		timers_put(t, i, t->heap[child]);
		i = child;
	}
	timers_put(t, i, e);
}

static void
timers_resize(struct timers *t, uint32_t room)
{
	t->heap = mem_resize(t->heap, room, sizeof(*t->heap));
	t->room = room;
}

void
timers_set(struct timers *t, struct client *c)
{
	if (c->timer != TIMERS_NONE) {
		struct timers_entry *e = &t->heap[c->timer];

		if (c->deadline_ms >= e->at_ms)
			return;
		e->at_ms = c->deadline_ms;
		timers_rise(t, c->timer);
		return;
	}
	if (t->count == t->room)
		timers_resize(t, t->room == 0 ? 64 : t->room * 2);
	t->heap[t->count] = (struct timers_entry){ c->deadline_ms, c };
	c->timer = t->count++;
	timers_rise(t, c->timer);
}

void
timers_remove(struct timers *t, struct client *c)
{
	const uint32_t i = c->timer;

	if (i == TIMERS_NONE)
		return;
	check(i < t->count && t->heap[i].client == c);
	c->timer = TIMERS_NONE;
	t->count--;
	if (i < t->count) {
		timers_put(t, i, t->heap[t->count]);
		timers_rise(t, i);
		timers_sink(t, t->heap[i].client->timer);
	}
	if (t->room > 1024 && t->count < t->room / 4)
		timers_resize(t, t->room / 2);
}

int64_t
timers_next(const struct timers *t)
{
	return t->count == 0 ? DEADLINE_NEVER : t->heap[0].at_ms;
}

struct client *
timers_expired(struct timers *t, int64_t now_ms)
{
	while (t->count > 0 && t->heap[0].at_ms <= now_ms) {
		struct client *c = t->heap[0].client;

		if (c->deadline_ms <= now_ms) {
			timers_remove(t, c);
			return c;
		}
		t->heap[0].at_ms = c->deadline_ms;
		timers_sink(t, 0);
	}
	return NULL;
}
