/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What one worker tells the next at a reload: counters, marks (disabled,
 * dead) and sessions of what still has the same name or address. A stream
 * of records; the number of the version comes first, and of another
 * version nothing is taken.
 *
 *	VERSION { LISTENER | SERVICE { BACKEND } | OUTCOME } { SESSION }
 *
 * Listeners and back-ends are known by their addresses, services by their
 * listeners and names, those without names by their order. Sessions come
 * last, those that were used last first, and a stream may be cut at any
 * byte: what is left out is forgotten.
 */
#ifndef LIVE_CARRY_H
#define LIVE_CARRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attrs.h"
#include "live/live.h"

/* A record, with its head of CARRY_HEAD bytes, is no longer. */
#define CARRY_RECORD_MAX 16384
#define CARRY_HEAD 4

/* ------ the worker that was ------ */

struct carry_out {
	/* Takes all of it; false: it takes no more. */
	bool (*put)(void *arg, const void *bytes, size_t len);
	void *arg;
};

/* Any thread. The number of sessions that were not taken. */
unsigned long carry_write(struct live *live, const struct carry_out *out);

/* ------ the worker that will be ------ */

struct carry_in; /* what is known of the other one so far */

/* live is new, and nobody else's yet. */
MUST_USE struct carry_in *carry_in_new(struct live *live);
void carry_in_free(struct carry_in *in);

/* The next bytes of the stream. false: they make no sense, or are of
 * another version; what came before counts. */
MUST_USE bool carry_read(struct carry_in *in, const void *bytes, size_t len);

#endif
