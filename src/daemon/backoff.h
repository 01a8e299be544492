/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How long the supervisor waits before it starts a process again that
 * died (A.6 #2): the first time not at all; from then on 1, 2, 4 ... 60
 * seconds, as long as each dies within 5 s of its start. Pure.
 */
#ifndef DAEMON_BACKOFF_H
#define DAEMON_BACKOFF_H

#include <stdint.h>

#define BACKOFF_YOUNG_MS 5000
#define BACKOFF_FIRST_MS 1000
#define BACKOFF_MOST_MS 60000

struct backoff {
	int64_t wait_ms; /* before the next start; 0 at first */
};

/* One died age_ms after its start: milliseconds to wait now. */
int64_t backoff_next_ms(struct backoff *b, int64_t age_ms);

#endif
