/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whether what a peer sends keeps a rate: bytes per second over any half
 * minute of the time in which we wait for the peer. While somebody else
 * holds us up, a back-end that does not read, this clock stands still.
 *
 * Time is cut into slots of three seconds; the last ten complete ones and
 * the present one are known. Pure; times in milliseconds.
 */
#ifndef PROXY_RATE_H
#define PROXY_RATE_H

#include <stdbool.h>
#include <stdint.h>

#define RATE_SLOTS 10
#define RATE_SLOT_MS 3000

struct rate {
	uint64_t slot[RATE_SLOTS + 1]; /* bytes; a ring */
	unsigned now;		       /* the present slot's place */
	unsigned complete;	       /* slots, at most RATE_SLOTS */
	int64_t slot_ms;	       /* how old the present slot is */
	int64_t since_ms;	       /* we wait since then, or -1 */
};

void rate_init(struct rate *r);

/* From now on we wait for the peer. */
void rate_wait(struct rate *r, int64_t now_ms);

/* We wait no longer, if we did: the time until now counts. */
void rate_go_on(struct rate *r, int64_t now_ms);

/* Bytes that have come, in the present slot. */
void rate_add(struct rate *r, uint64_t bytes);

/* Fewer than per_second bytes a second in the last half minute. What has
 * come in the present slot counts as well, for the peer. */
bool rate_is_low(const struct rate *r, uint64_t per_second);

/* So long from now the next slot is complete that may decide. */
int64_t rate_due_ms(const struct rate *r);

#endif
