/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/asker.h"

/* Tells our questions from those of the health checks. */
#define ASKER_MARK (UINT64_C(1) << 63)

void
asker_open(struct asker *a, struct names *names, struct pool *pool,
    int resolver)
{
	*a = (struct asker){ names, pool, resolver };
}

void
asker_close(struct asker *a)
{
	names_close(a->names);
}

static void
asker_tell(struct asker *a, uint32_t id, const struct addr *addr,
    int64_t now_ms)
{
	uint64_t threads = names_answered(a->names, id, addr, now_ms);

	for (unsigned i = 0; threads != 0; i++, threads >>= 1)
		if ((threads & 1) != 0)
			pool_tell(a->pool, i, THREAD_NAME, id);
}

void
asker_ask(struct asker *a, int64_t now_ms)
{
	struct names_question q;

	while (names_next(a->names, &q, now_ms))
		if (resolver_ask(a->resolver, ASKER_MARK | q.id,
			str_from(q.name), 0, q.family) == -1)
			asker_tell(a, q.id, NULL, now_ms);
}

bool
asker_asks(struct asker *a)
{
	return names_flying(a->names) > 0;
}

bool
asker_answer(struct asker *a, const struct resolver_answer *answer,
    int64_t now_ms)
{
	if ((answer->id & ASKER_MARK) == 0)
		return false;
	asker_tell(a, (uint32_t)answer->id, &answer->addr, now_ms);
	return true;
}

void
asker_lost(struct asker *a, int64_t now_ms)
{
	names_lost(a->names, now_ms);
}
