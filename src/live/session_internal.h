/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Of session.c and session_*.c alone. */
#ifndef LIVE_SESSION_INTERNAL_H
#define LIVE_SESSION_INTERNAL_H

#include "base/hash.h"
#include "base/lock.h"
#include "live/cells.h"
#include "live/session.h"

/*
 * An entry is one cell, with up to three more for the rest of its key.
 *
 *   segments of buckets --> entry --> entry          (the same bucket)
 *   newest <-> entry <-> entry <-> ... <-> oldest    (order of use)
 */

#define SESSION_SEGMENT_BITS 12
#define SESSION_SEGMENT (UINT32_C(1) << SESSION_SEGMENT_BITS)
#define SESSION_BUCKETS_MAX (UINT32_C(1) << 21)
#define SESSION_CELL_KEY 40
#define SESSION_MORE_KEY 75

enum session_kind { SESSION_FREE, SESSION_ENTRY, SESSION_MORE };

struct session_cell {
	uint32_t link; /* the next of its bucket; free: of cells */
	uint8_t kind;
	uint8_t len; /* of the key, or of its digest */
	bool digest;
	uint32_t hash;
	uint32_t newer, older;
	uint32_t more; /* the rest of the key */
	uint32_t epoch;
	uint32_t backend; /* index within the service */
	int64_t used_ms;
	char key[SESSION_CELL_KEY];
};

struct session_more {
	uint32_t link; /* the rest of the rest */
	uint8_t kind;
	char key[SESSION_MORE_KEY];
};

/* A key as it is kept and compared. */
struct session_key {
	struct str text;
	uint32_t hash;
	bool digest;
	uint64_t halves[SESSION_DIGEST / sizeof(uint64_t)];
};

/* Sessions of one back-end since it was killed last. */
struct session_share {
	unsigned epoch;
	unsigned long count;
};

struct session_table {
	struct lock lock;
	const struct conf_service *service;
	struct backend **backend; /* by index within the service */
	struct session_share *share;
	struct hash_key secret[3];
	int64_t ttl_ms;
	struct cells cells;
	uint32_t *segment[SESSION_BUCKETS_MAX / SESSION_SEGMENT];
	uint32_t buckets, base;
	uint32_t newest, oldest;
	/* Of session_newest(): the next one on the way down, and the last
	 * one that was shown on the way up. They follow who leaves. */
	uint32_t falling, risen;
	size_t count, max;
	unsigned long dropped; /* alive, since the last line about it */
	int64_t tell_ms;       /* no line before that */
};

static inline struct session_cell *
session_cell_at(const struct session_table *t, uint32_t i)
{
	return cells_at(&t->cells, i);
}

static inline struct backend *
session_backend_of(const struct session_table *t, const struct session_cell *e)
{
	return t->backend[e->backend];
}

/* session.c: whether its time is not over and its back-end not killed. */
bool session_lives(const struct session_table *t, const struct session_cell *e,
    int64_t now_ms);

/* session_bucket.c. A link names an entry: in its bucket, or in the entry
 * before it. It is good until the next entry comes or goes. */
void session_buckets_init(struct session_table *t);
void session_buckets_release(struct session_table *t);
size_t session_buckets_bytes(const struct session_table *t);
/* The bucket where an entry with that hash belongs. */
uint32_t *session_bucket_of(const struct session_table *t, uint32_t hash);
/* The link of the entry with that key, or one that is 0. */
uint32_t *session_link_of(const struct session_table *t,
    const struct session_key *k);
uint32_t *session_link_of_cell(const struct session_table *t, uint32_t i);
/* After an entry came, and after one went. */
void session_buckets_grow(struct session_table *t);
void session_buckets_shrink(struct session_table *t);

/* session_key.c: keys as they are kept. k points into itself and text. */
void session_key_make(const struct session_table *t, struct str text,
    struct session_key *k);
void session_key_of_digest(struct session_key *k, const char *digest);
bool session_key_is(const struct session_table *t, const struct session_cell *e,
    const struct session_key *k);
void session_key_show(const struct session_table *t,
    const struct session_cell *e, char *out);

#endif
