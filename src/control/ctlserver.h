/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The worker's end of the control socket. One thread calls it; it never
 * waits for one client alone, so a silent one holds up nobody. Each has
 * 5 s for its command and 5 s without progress for its answer; of more
 * than CTLSERVER_CLIENTS at once the one goes that has been silent the
 * longest.
 */
#ifndef CONTROL_CTLSERVER_H
#define CONTROL_CTLSERVER_H

#include "base/attrs.h"
#include "control/ctlanswer.h"

#define CTLSERVER_CLIENTS 32
#define CTLSERVER_PATIENCE_MS 5000
#define CTLSERVER_RELOAD_MS 240000 /* for what the supervisor does */

struct ctlserver;

/* fd listens, does not block, and stays the caller's. */
MUST_USE struct ctlserver *ctlserver_new(int fd, struct live *live,
    const struct ctlanswer_about *about);
void ctlserver_free(struct ctlserver *s);

enum ctlserver_ask {
	CTLSERVER_ASKED,
	CTLSERVER_CANNOT,    /* nobody can be asked */
	CTLSERVER_ELSEWHERE, /* another worker is to be asked */
};

/*
 * Reloads are done by somebody else: ask is called with numbers that rise
 * by one, and when all up to one of them are done or refused,
 * ctlserver_reloaded() tells those who wait for it. Who is to ask elsewhere
 * is let go without an answer, and poundctl asks again.
 */
void ctlserver_can_reload(struct ctlserver *s,
    enum ctlserver_ask (*ask)(void *arg, uint32_t number), void *arg);
void ctlserver_reloaded(struct ctlserver *s, uint32_t number, bool done,
    struct str words);

/* Accepts nobody any more; who is there is served. */
void ctlserver_retire(struct ctlserver *s);
/* The same, and that is all: what has begun, for so long at most. */
void ctlserver_finish(struct ctlserver *s, int wait_ms);

/* Waits until there is something to do, or wake is readable, and does
 * what can be done now. */
void ctlserver_turn(struct ctlserver *s, int wake);

#endif
