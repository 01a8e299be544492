/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the poller hands back with an event: whose it is, in 64 bits, so
 * that an event for something that is gone finds nothing (slots.h).
 */
#ifndef PROXY_TOKEN_H
#define PROXY_TOKEN_H

#include <stdint.h>

enum token_owner {
	TOKEN_LISTENER,
	TOKEN_MAILBOX,
	TOKEN_CLIENT,
	TOKEN_UPSTREAM,
};

static inline uint64_t
token_make(enum token_owner kind, uint32_t slot, uint32_t generation)
{
	return (uint64_t)kind << 62 |
	    (uint64_t)(generation & UINT32_C(0x3fffffff)) << 32 | slot;
}

static inline enum token_owner
token_kind(uint64_t token)
{
	return (enum token_owner)(token >> 62);
}

static inline uint32_t
token_slot(uint64_t token)
{
	return (uint32_t)token;
}

static inline uint32_t
token_generation(uint64_t token)
{
	return (uint32_t)(token >> 32) & UINT32_C(0x3fffffff);
}

#endif
