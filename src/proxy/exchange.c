/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "proxy/exchange.h"

#include "base/check.h"

size_t
exchange_size(unsigned max_fields, size_t arena_size)
{
	return sizeof(struct exchange) +
	    (2 * max_fields + 1) * sizeof(struct field) + arena_size;
}

struct exchange *
exchange_new(struct thread *t)
{
	struct exchange *x = blocks_get_exchange(&t->blocks);
	struct field *fields = (struct field *)(x + 1);

	memset(x, 0, sizeof(*x));
	x->req.field = fields;
	x->req.field_room = t->max_fields + 1; /* one may be ours */
	x->resp.field = fields + x->req.field_room;
	x->resp.field_room = t->max_fields;
	arena_init_fixed(&x->arena, x->resp.field + x->resp.field_room,
	    t->arena_size);
	head_init(&x->head);
	flow_init(&x->to_backend);
	flow_init(&x->to_client);
	return x;
}

void
exchange_free(struct thread *t, struct exchange *x)
{
	check(x->up == NULL && !x->queued);
	flow_release(&x->to_backend, &t->blocks);
	flow_release(&x->to_client, &t->blocks);
	blocks_put(&t->blocks, x->head_block, x->head_cap);
	blocks_put_exchange(&t->blocks, x);
}
