/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whether back-ends can be connected: a table of checks, one a back-end,
 * all at once and none of them blocking. Alive seconds after it died, and
 * every Alive seconds from then on, a dead back-end is tried; one whose
 * name did not resolve is looked up first; one with HAport is tried all
 * the time, from the start. A check lasts ConnTO, or Alive if that is
 * shorter, so a back-end that is there again is found within Alive.
 *
 * Pure connects: nothing is sent. Redirects have no state; an Emergency
 * has none either, but its name may be late. One thread.
 */
#ifndef DAEMON_HEALTH_H
#define DAEMON_HEALTH_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attrs.h"
#include "daemon/resolver.h"
#include "live/live.h"

struct health;

/* resolver: descriptor for names, or -1. Never NULL. */
MUST_USE struct health *health_new(struct live *live, int resolver);
void health_free(struct health *h);

/* The most that health_fill() fills. */
size_t health_descriptors(const struct health *h);

/* Begins what is due and ends what is late. Returns when to call again. */
int64_t health_begin(struct health *h, int64_t now_ms);

/* What to poll for; the number of entries filled. */
size_t health_fill(struct health *h, struct pollfd *fds);

/* After the poll, with the same entries. */
void health_finish(struct health *h, const struct pollfd *fds, size_t count);

/*
 * Questions to the resolver, which has other askers, too: whether there
 * are some, an answer (one to somebody else is nothing), and the end of
 * the resolver: those that wait ask the next one.
 */
MUST_USE bool health_asks(const struct health *h);
void health_answer(struct health *h, const struct resolver_answer *a,
    int64_t now_ms);
void health_lost(struct health *h, int64_t now_ms);

#endif
