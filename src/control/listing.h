/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What Pound answered to a list, as a tree for the printers. Everything in
 * it is the listing's; whoever fills it bounds that by LISTING_BYTES_MAX.
 */
#ifndef CONTROL_LISTING_H
#define CONTROL_LISTING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attrs.h"
#include "control/record.h"

/* Of an answer; its texts then fit twice as much memory. */
#define LISTING_BYTES_MAX ((size_t)1 << 30)

struct listing_service {
	struct record_service record;
	struct record_backend *backend; /* emergencies too, at the end */
	size_t backends, backend_room;
	struct record_session *session;
	size_t sessions, session_room;
};

struct listing_services {
	struct listing_service *item;
	size_t count, room;
};

struct listing_listener {
	struct record_listener record;
	struct listing_services services;
};

struct listing {
	struct record_worker worker;
	struct record_outcome *outcome;
	size_t outcomes, outcome_room;
	struct listing_listener *listener;
	size_t listeners, listener_room;
	struct listing_services globals;
	bool in_globals;    /* services that come are global */
	struct arena arena; /* the texts */
};

void listing_init(struct listing *l);
void listing_release(struct listing *l);

/* One frame more. 0, or -1: it makes no sense here. */
MUST_USE int listing_take(struct listing *l, struct wire_frame *frame);

/* Of the ordinary back-ends that are alive and enabled, the weights. */
unsigned listing_weight(const struct listing_service *s);
/* Connections that wait for their client or their back-end. */
uint64_t listing_parked(const struct record_worker *r);
/* Mean time to the first byte since the start, in seconds. */
double listing_mean(const struct record_times *times);

#endif
