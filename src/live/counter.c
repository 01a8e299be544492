/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "live/counter.h"

#include "base/check.h"
#include "base/mem.h"

/* Behind each array: another thread's block never begins in a cache line
 * that is ours. */
#define CACHE_LINE 64

void
counter_all_init(struct counters *c, const struct conf *conf)
{
	*c = (struct counters){ .conf = conf };
}

/* Zeroed, and of its own cache lines. */
static void *
array_new(size_t count, size_t size)
{
	return mem_alloc(count * size + 2 * CACHE_LINE);
}

struct counter *
counter_new(struct counters *c)
{
	struct counter *block = array_new(1, sizeof(*block));

	check(c->count < COUNTER_BLOCKS_MAX);
	block->listener = array_new(c->conf->listener_count,
	    sizeof(*block->listener));
	block->service = array_new(c->conf->all_service_count,
	    sizeof(*block->service));
	block->backend = array_new(c->conf->all_backend_count,
	    sizeof(*block->backend));
	c->block[c->count++] = block;
	return block;
}

void
counter_all_release(struct counters *c)
{
	for (unsigned i = 0; i < c->count; i++) {
		mem_free(c->block[i]->listener);
		mem_free(c->block[i]->service);
		mem_free(c->block[i]->backend);
		mem_free(c->block[i]);
	}
	c->count = 0;
}

/*
 * What is going on now at one thread, which begins and ends its connections
 * and requests itself. The end was read first: it never is ahead of the
 * beginning then, if the writer's stores are seen in order. They need not
 * be, so the difference is not let below zero.
 */
static uint64_t
going_on(uint64_t begun, uint64_t ended)
{
	return begun > ended ? begun - ended : 0;
}

void
counter_sum_listener(const struct counters *c, unsigned id,
    struct counter_connections *sum)
{
	for (unsigned i = 0; i < c->count; i++) {
		const struct counter_listener *l = &c->block[i]->listener[id];
		const uint64_t closed = counter_get(&l->closed);
		const uint64_t accepted = counter_get(&l->accepted);

		sum->accepted += accepted;
		sum->active += going_on(accepted, closed);
		sum->refused += counter_get(&l->refused);
		sum->empty += counter_get(&l->empty);
		sum->handshakes += counter_get(&l->handshakes);
		sum->handshake_failures += counter_get(&l->handshake_failures);
	}
}

static void
add_traffic(const struct counter_traffic *t, int64_t now_ms,
    struct counter_sum *sum)
{
	const uint64_t ended = counter_get(&t->ended);
	const uint64_t begun = counter_get(&t->begun);
	const uint64_t closed = counter_get(&t->tunnels_ended);
	const uint64_t opened = counter_get(&t->tunnels_begun);

	sum->requests += begun;
	sum->active += going_on(begun, ended);
	sum->tunnels += opened;
	sum->tunnels_active += going_on(opened, closed);
	for (unsigned i = 0; i < COUNTER_CLASSES; i++)
		sum->answers[i] += counter_get(&t->answers[i]);
	sum->connect_failures += counter_get(&t->connect_failures);
	sum->bytes_in += counter_get(&t->bytes_in);
	sum->bytes_out += counter_get(&t->bytes_out);
	histogram_collect(&t->first_byte, now_ms, &sum->first_byte);
}

void
counter_sum_service(const struct counters *c, unsigned id, int64_t now_ms,
    struct counter_sum *sum)
{
	for (unsigned i = 0; i < c->count; i++)
		add_traffic(&c->block[i]->service[id], now_ms, sum);
}

void
counter_sum_backend(const struct counters *c, unsigned id, int64_t now_ms,
    struct counter_sum *sum)
{
	for (unsigned i = 0; i < c->count; i++)
		add_traffic(&c->block[i]->backend[id], now_ms, sum);
}

uint64_t
counter_sum_outcome(const struct counters *c, enum outcome o)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < c->count; i++)
		sum += counter_get(&c->block[i]->outcome[o]);
	return sum;
}

uint64_t
counter_sum_ready(const struct counters *c)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < c->count; i++)
		sum += counter_get(&c->block[i]->ready);
	return sum;
}

uint64_t
counter_sum_running(const struct counters *c)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < c->count; i++)
		sum += counter_get(&c->block[i]->running);
	return sum;
}
