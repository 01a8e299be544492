/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "proxy/rate.h"

void
rate_init(struct rate *r)
{
	*r = (struct rate){ .since_ms = -1 };
}

void
rate_wait(struct rate *r, int64_t now_ms)
{
	r->since_ms = now_ms;
}

static void
rate_next_slot(struct rate *r)
{
	r->now = (r->now + 1) % (RATE_SLOTS + 1);
	r->slot[r->now] = 0;
	r->slot_ms = 0;
	if (r->complete < RATE_SLOTS)
		r->complete++;
}

void
rate_go_on(struct rate *r, int64_t now_ms)
{
	int64_t left = r->since_ms < 0 ? 0 : now_ms - r->since_ms;
	int64_t room;

	r->since_ms = -1;
	/* After so many all are empty. */
	if (left > (RATE_SLOTS + 1) * (int64_t)RATE_SLOT_MS)
		left = (RATE_SLOTS + 1) * (int64_t)RATE_SLOT_MS;
	while (left > 0) {
		room = RATE_SLOT_MS - r->slot_ms;
		if (left < room) {
			r->slot_ms += left;
			return;
		}
		left -= room;
		rate_next_slot(r);
	}
}

void
rate_add(struct rate *r, uint64_t bytes)
{
	r->slot[r->now] += bytes;
}

bool
rate_is_low(const struct rate *r, uint64_t per_second)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i <= RATE_SLOTS; i++)
		sum += r->slot[i];
	return r->complete == RATE_SLOTS &&
	    sum < per_second * (RATE_SLOTS * RATE_SLOT_MS / 1000);
}

int64_t
rate_due_ms(const struct rate *r)
{
	unsigned missing = RATE_SLOTS - r->complete;

	return (missing > 0 ? missing : 1) * (int64_t)RATE_SLOT_MS - r->slot_ms;
}
