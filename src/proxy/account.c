/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "proxy/account.h"

#include "proxy/exchange.h"

void
account_handshake(struct thread *t, const struct client *c, bool good)
{
	struct counter_listener *l = &t->counter->listener[c->listener->id];

	counter_add(good ? &l->handshakes : &l->handshake_failures, 1);
}

void
account_silent(struct thread *t, const struct client *c)
{
	counter_add(&t->counter->listener[c->listener->id].empty, 1);
}

void
account_service(struct thread *t, struct client *c)
{
	struct account *a = &c->account;

	*a = (struct account){ .judged_us = t->now_us };
	a->service = &t->counter->service[c->x->service->id];
	counter_add(&a->service->begun, 1);
}

/* Another one than before when that one failed. */
static void
account_go_to(struct thread *t, struct client *c)
{
	struct account *a = &c->account;
	struct counter_traffic *to =
	    &t->counter->backend[c->x->backend->conf->id];

	if (a->backend == to)
		return;
	if (a->backend != NULL)
		counter_add(&a->backend->ended, 1);
	a->backend = to;
	counter_add(&to->begun, 1);
}

void
account_backend(struct thread *t, struct client *c)
{
	account_go_to(t, c);
	c->account.sent_us = t->now_us;
}

void
account_redirect(struct thread *t, struct client *c)
{
	account_go_to(t, c);
	counter_answer(c->account.backend, c->x->status);
}

void
account_connect_failed(struct thread *t, struct client *c)
{
	const unsigned id = c->x->backend->conf->id;

	counter_add(&t->counter->backend[id].connect_failures, 1);
	counter_add(&c->account.service->connect_failures, 1);
}

void
account_answer(struct thread *t, struct client *c)
{
	struct account *a = &c->account;

	counter_answer(a->backend, c->x->status);
	histogram_add(&a->backend->first_byte, t->now_ms,
	    t->now_us - a->sent_us);
	histogram_add(&a->service->first_byte, t->now_ms,
	    t->now_us - a->judged_us);
}

void
account_tunnel(struct client *c)
{
	struct account *a = &c->account;

	a->tunnel = true;
	counter_add(&a->service->tunnels_begun, 1);
	counter_add(&a->backend->tunnels_begun, 1);
}

/* What is new of a number; less than before: it began anew. */
static uint64_t
account_news(uint64_t now, uint64_t *before)
{
	const uint64_t news = now >= *before ? now - *before : now;

	*before = now;
	return news;
}

void
account_moved(struct client *c, uint64_t in, uint64_t out)
{
	struct account *a = &c->account;

	if (a->service == NULL)
		return;
	in = account_news(in, &a->in);
	out = account_news(out, &a->out);
	if (in == 0 && out == 0)
		return;
	counter_add(&a->service->bytes_in, in);
	counter_add(&a->service->bytes_out, out);
	if (a->backend == NULL)
		return;
	counter_add(&a->backend->bytes_in, in);
	counter_add(&a->backend->bytes_out, out);
}

void
account_settle(struct thread *t, struct client *c)
{
	const struct exchange *x = c->x;
	struct account *a = &c->account;

	counter_add(&t->counter->outcome[x->outcome], 1);
	if (a->service == NULL)
		return;
	account_moved(c, x->to_backend.body, x->to_client.body);
	counter_add(&a->service->bytes_out, x->body_bytes);
	counter_answer(a->service, x->status);
}

void
account_end(struct client *c)
{
	struct account *a = &c->account;

	if (a->tunnel) {
		counter_add(&a->service->tunnels_ended, 1);
		counter_add(&a->backend->tunnels_ended, 1);
	}
	a->tunnel = false;
	if (a->service != NULL)
		counter_add(&a->service->ended, 1);
	if (a->backend != NULL)
		counter_add(&a->backend->ended, 1);
	a->service = a->backend = NULL;
}
