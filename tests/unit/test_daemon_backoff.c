/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/backoff.h"

#include <stddef.h>

#include "base/attrs.h"
#include "tap.h"

/* Lives of a worker after one another, and the wait after each. */
static const struct {
	int64_t age_ms, wait_ms;
} lives[] = {
	{ 0, 0 }, /* the first time at once, however young */
	{ 10, 1000 },
	{ 4999, 2000 },
	{ 0, 4000 },
	{ 0, 8000 },
	{ 0, 16000 },
	{ 0, 32000 },
	{ 0, 60000 },
	{ 0, 60000 },
	{ 5000, 0 }, /* it lived long enough: from the start */
	{ 1000, 1000 },
	{ 1000, 2000 },
	{ 3600000, 0 },
	{ 3600000, 0 }, /* each of them */
	{ 6000, 0 },
	{ 4000, 1000 },
};

int
main(void)
{
	struct backoff b = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(lives); i++)
		is_int(backoff_next_ms(&b, lives[i].age_ms), lives[i].wait_ms,
		    "life %zu of %d ms", i, (int)lives[i].age_ms);
	return tap_done();
}
