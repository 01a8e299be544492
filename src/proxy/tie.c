/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "proxy/tie.h"

#include "base/pattern.h"
#include "proxy/sanitize.h"
#include "route/sticky.h"

/* The end of a shorter exchange is as good as its begin. */
#define TIE_LONG_MS 100

static void
tie_failed(struct exchange *x)
{
	const struct conf_place *place = &x->service->session.id_place;

	sanitize_detail(x, "ID in %s line %u: %s", place->file, place->line,
	    pattern_error());
}

bool
tie_find_key(struct client *c)
{
	struct exchange *x = c->x;
	const struct sticky_message m = { .peer = client_peer(c),
		.url = x->target.decoded,
		.field = x->req.field,
		.field_count = x->req.field_count };

	x->affinity.asked = true;
	switch (sticky_of_request(&x->service->session, &m, &x->affinity.key)) {
	case STICKY_KEY:
		return true;
	case STICKY_NONE:
		x->affinity.key = STR_NONE;
		return true;
	default:
		x->affinity.key = STR_NONE;
		tie_failed(x);
		return false;
	}
}

struct backend *
tie_choose(struct thread *t, struct client *c)
{
	struct exchange *x = c->x;
	const struct affinity_choice choice = { .live = t->live,
		.service = x->service,
		.tried = &x->tried,
		.random = &t->random,
		.now_ms = t->now_ms,
		.busy = x->busy };

	return affinity_choose(&x->affinity, &choice);
}

void
tie_use(struct thread *t, struct client *c, struct backend *b)
{
	const struct exchange *x = c->x;

	if (!str_empty(x->affinity.key))
		affinity_use(t->live, x->service, x->affinity.key, b,
		    t->now_ms);
}

bool
tie_find_answer(struct thread *t, struct client *c)
{
	struct exchange *x = c->x;
	struct str key;

	if (t->live->service[x->service->id].sessions == NULL)
		return true;
	switch (sticky_of_answer(&x->service->session, x->resp.field,
	    x->resp.field_count, &key)) {
	case STICKY_KEY:
		affinity_use(t->live, x->service, key, x->backend, t->now_ms);
		return true;
	case STICKY_NONE:
		return true;
	default:
		tie_failed(x);
		return false;
	}
}

void
tie_settle(struct thread *t, struct client *c)
{
	struct exchange *x = c->x;

	if (x->answer_begun && x->backend != NULL &&
	    t->now_ms - x->began_ms >= TIE_LONG_MS)
		tie_use(t, c, x->backend);
}
