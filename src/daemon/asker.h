/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Carries the questions of live/names to the resolver and the answers back
 * to the pool threads that wait for them. It never waits itself: the
 * ticker's thread polls for it.
 */
#ifndef DAEMON_ASKER_H
#define DAEMON_ASKER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attrs.h"
#include "daemon/pool.h"
#include "daemon/resolver.h"
#include "live/names.h"

struct asker {
	struct names *names;
	struct pool *pool;
	int resolver;
};

/* The worker opens names, before its pool, if there is a resolver (-1: none,
 * and no name will be asked for); asker_close() closes them. */
void asker_open(struct asker *a, struct names *names, struct pool *pool,
    int resolver);
void asker_close(struct asker *a);

/* Puts what is new, as far as it may. */
void asker_ask(struct asker *a, int64_t now_ms);
/* Whether questions are out. */
MUST_USE bool asker_asks(struct asker *a);
/* false: the answer is to a question of somebody else. */
bool asker_answer(struct asker *a, const struct resolver_answer *answer,
    int64_t now_ms);
/* The resolver is gone. */
void asker_lost(struct asker *a, int64_t now_ms);

#endif
