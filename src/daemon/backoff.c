/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/backoff.h"

#include "base/deadline.h"

int64_t
backoff_next_ms(struct backoff *b, int64_t age_ms)
{
	int64_t wait_ms;

	if (age_ms >= BACKOFF_YOUNG_MS)
		b->wait_ms = 0;
	wait_ms = b->wait_ms;
	b->wait_ms = wait_ms == 0 ? BACKOFF_FIRST_MS
				  : deadline_min(2 * wait_ms, BACKOFF_MOST_MS);
	return wait_ms;
}
