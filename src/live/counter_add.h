/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Counters that one thread writes and others read: a load and a store,
 * both relaxed, so they cost what plain ones do. (An atomic addition takes
 * the cache line for itself and costs ten times as much.)
 */
#ifndef LIVE_COUNTER_ADD_H
#define LIVE_COUNTER_ADD_H

#include <stdatomic.h>
#include <stdint.h>

static inline uint64_t
counter_get(const _Atomic uint64_t *c)
{
	return atomic_load_explicit(c, memory_order_relaxed);
}

static inline uint32_t
counter_get32(const _Atomic uint32_t *c)
{
	return atomic_load_explicit(c, memory_order_relaxed);
}

static inline void
counter_set(_Atomic uint64_t *c, uint64_t n)
{
	atomic_store_explicit(c, n, memory_order_relaxed);
}

static inline void
counter_add(_Atomic uint64_t *c, uint64_t n)
{
	counter_set(c, counter_get(c) + n);
}

static inline void
counter_sub(_Atomic uint64_t *c, uint64_t n)
{
	counter_set(c, counter_get(c) - n);
}

static inline void
counter_add32(_Atomic uint32_t *c, uint32_t n)
{
	atomic_store_explicit(c, counter_get32(c) + n, memory_order_relaxed);
}

#endif
