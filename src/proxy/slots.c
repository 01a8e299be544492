/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "proxy/slots.h"

#include "base/check.h"
#include "base/mem.h"

#define SLOTS_FIRST 64u

void
slots_init(struct slots *s, uint32_t max)
{
	*s = (struct slots){ .max = max, .free = SLOTS_NONE };
}

void
slots_release(struct slots *s)
{
	mem_free(s->place);
	slots_init(s, s->max);
}

static void
slots_grow(struct slots *s)
{
	uint32_t room = s->room == 0 ? SLOTS_FIRST : s->room * 2;

	if (room > s->max)
		room = s->max;
	s->place = mem_resize(s->place, room, sizeof(*s->place));
	for (uint32_t i = room; i-- > s->room;) {
		s->place[i] = (struct slots_place){ NULL, 0, s->free };
		s->free = i;
	}
	s->room = room;
}

uint32_t
slots_add(struct slots *s, void *object, uint32_t *generation)
{
	uint32_t slot;

	if (s->free == SLOTS_NONE) {
		if (s->room >= s->max)
			return SLOTS_NONE;
		slots_grow(s);
	}
	slot = s->free;
	s->free = s->place[slot].next_free;
	s->place[slot].object = object;
	s->used++;
	*generation = s->place[slot].generation;
	return slot;
}

void
slots_remove(struct slots *s, uint32_t slot)
{
	check(slot < s->room && s->place[slot].object != NULL);
	s->place[slot].object = NULL;
	s->place[slot].generation = (s->place[slot].generation + 1) &
	    UINT32_C(0x3fffffff);
	s->place[slot].next_free = s->free;
	s->free = slot;
	s->used--;
}

void *
slots_find(const struct slots *s, uint32_t slot, uint32_t generation)
{
	if (slot >= s->room || s->place[slot].generation != generation)
		return NULL;
	return s->place[slot].object;
}
