/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The sessions of one service: which key goes to which back-end (A.3).
 *
 * A session lives TTL after its last use, never less and less than a
 * second more, as long as its back-end was not killed since. Each call is
 * O(1): a table that grows and shrinks by one bucket at a time, hashed
 * with a key of its own, and a list in the order of use. At most
 * MaxSessions and SESSION_BYTES_MAX: beyond that the one goes that was
 * used the longest time ago, with one line a minute in the log.
 *
 * A key of up to 40 bytes takes SESSION_BYTES in all. Of a key over
 * SESSION_KEY_EXACT bytes two SipHash values under two further random keys
 * are kept (16 bytes): to find two that fall together means to guess.
 *
 * Any thread: there is one lock inside, held for a microsecond at most and
 * never while anything is written. Keys are copied.
 */
#ifndef LIVE_SESSION_H
#define LIVE_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attrs.h"
#include "base/hash.h"
#include "base/str.h"
#include "conf/conf.h"
#include "live/backend.h"

#define SESSION_BYTES_MAX ((size_t)128 * 1024 * 1024)
#define SESSION_BYTES 84
#define SESSION_KEY_EXACT 255
#define SESSION_DIGEST 16

struct session_table;

/* backends are all of the worker's, by id; they outlive the table. */
MUST_USE struct session_table *session_table_new(
    const struct conf_service *service, struct backend *backends);
void session_table_free(struct session_table *t);

/* The back-end of a living session, which is used with that; or NULL. */
MUST_USE struct backend *session_find(struct session_table *t, struct str key,
    int64_t now_ms);

/*
 * Ties the key to b, an ordinary one of the service, unless it has a living
 * session with another back-end than `instead` (which may be NULL). Returns
 * the back-end that the key has now. One that has just died gets none.
 */
struct backend *session_bind(struct session_table *t, struct str key,
    struct backend *b, const struct backend *instead, int64_t now_ms);

/* Ties the key to b, whatever it had. Whether it had a living session. */
bool session_set(struct session_table *t, struct str key, struct backend *b,
    int64_t now_ms);
/* Whether there was one that lived. */
bool session_remove(struct session_table *t, struct str key, int64_t now_ms);
/* The same for a long key, by the SESSION_DIGEST bytes that stand for it. */
bool session_remove_digest(struct session_table *t, const char *digest,
    int64_t now_ms);

/* Forgets up to max of those whose time is over. Whether there may be
 * more. Lookups do not need it: it gives memory back. */
bool session_expire(struct session_table *t, unsigned max, int64_t now_ms);

/* Of that ordinary back-end; those whose time is over count until they are
 * swept. */
unsigned long session_count(struct session_table *t, const struct backend *b);
/* Bytes that the table holds now. */
size_t session_bytes(struct session_table *t);

/* One session as a listing shows it. */
struct session_view {
	const struct backend *backend;
	int64_t idle_ms;
	bool digest; /* key is what stands for a long one */
	uint8_t len;
	uint32_t hash; /* under the table's secret */
	char key[SESSION_KEY_EXACT];
};

/*
 * The next living ones, at most room; 0: that was all. *cursor begins at 0.
 * The lock is not held between two pages: a session that lives all the time
 * is shown once, one that comes or goes meanwhile perhaps.
 */
size_t session_walk(struct session_table *t, uint32_t *cursor,
    struct session_view *page, size_t room, int64_t now_ms);

/* ------ from one worker to the next ------ */

/* Under which keys are hashed and digests made: to be set while a table is
 * empty, or the sessions of another one mean nothing to it. */
struct session_secret {
	struct hash_key key[3];
};
void session_secret(const struct session_table *t,
    struct session_secret *secret);
void session_set_secret(struct session_table *t,
    const struct session_secret *secret);

/* All living ones, page by page until there are 0; those that were used
 * last come first. One that comes or is used meanwhile comes at once, and
 * so perhaps again. One walk at a time. */
void session_newest_begin(struct session_table *t);
size_t session_newest(struct session_table *t, struct session_view *page,
    size_t room, int64_t now_ms);

/* One of them. If its key is there already it tells what is newer of it.
 * false: there is no more room. */
bool session_restore(struct session_table *t, const struct session_view *v,
    int64_t now_ms);

#endif
