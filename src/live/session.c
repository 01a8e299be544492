/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/check.h"
#include "base/log.h"
#include "base/mem.h"
#include "live/session_internal.h"

/* The clock of a thread is as old as its round of turns: the end of a
 * session is put off by more than that, so that it is never early. */
#define SESSION_LATE_MS 250
/* Swept with each new session, so that a busy table needs no sweeper. */
#define SESSION_SWEEP 2
#define SESSION_TELL_MS 60000

_Static_assert(sizeof(struct session_more) == sizeof(struct session_cell),
    "both are cells");
_Static_assert(sizeof(struct session_cell) + sizeof(uint32_t) == SESSION_BYTES,
    "what the header promises");

struct session_table *
session_table_new(const struct conf_service *service, struct backend *backends)
{
	struct session_table *t = mem_alloc(sizeof(*t));
	const size_t n = service->backend_count;

	lock_init(&t->lock, LOCK_SESSIONS);
	t->service = service;
	t->ttl_ms = service->session.ttl_ms;
	t->max = service->session.max_sessions;
	t->backend = mem_alloc((n + 1) * sizeof(*t->backend));
	t->share = mem_alloc((n + 1) * sizeof(*t->share));
	for (size_t i = 0; i < n; i++)
		t->backend[i] = &backends[service->backends[i]->id];
	for (size_t i = 0; i < ARRAY_LEN(t->secret); i++)
		hash_key_random(&t->secret[i]);
	cells_init(&t->cells, sizeof(struct session_cell),
	    SESSION_BYTES_MAX - sizeof(*t) -
		SESSION_BUCKETS_MAX * sizeof(uint32_t));
	session_buckets_init(t);
	return t;
}

void
session_table_free(struct session_table *t)
{
	if (t == NULL)
		return;
	session_buckets_release(t);
	cells_release(&t->cells);
	lock_release(&t->lock);
	mem_free(t->backend);
	mem_free(t->share);
	mem_free(t);
}

/* --- Order of use -------------------------------------------------------- */

static void
order_leave(struct session_table *t, uint32_t i)
{
	const struct session_cell *e = session_cell_at(t, i);

	if (t->falling == i)
		t->falling = e->older;
	if (t->risen == i)
		t->risen = e->older;
	if (e->newer != 0)
		session_cell_at(t, e->newer)->older = e->older;
	else
		t->newest = e->older;
	if (e->older != 0)
		session_cell_at(t, e->older)->newer = e->newer;
	else
		t->oldest = e->newer;
}

static void
order_enter(struct session_table *t, uint32_t i)
{
	struct session_cell *e = session_cell_at(t, i);

	e->newer = 0;
	e->older = t->newest;
	if (t->newest != 0)
		session_cell_at(t, t->newest)->newer = i;
	else
		t->oldest = i;
	t->newest = i;
}

static void
order_enter_last(struct session_table *t, uint32_t i)
{
	struct session_cell *e = session_cell_at(t, i);

	e->older = 0;
	e->newer = t->oldest;
	if (t->oldest != 0)
		session_cell_at(t, t->oldest)->older = i;
	else
		t->newest = i;
	t->oldest = i;
}

/* The clocks of two threads differ a little: time does not go back. */
static void
entry_use(struct session_table *t, uint32_t i, int64_t now_ms)
{
	struct session_cell *e = session_cell_at(t, i);

	if (now_ms > e->used_ms)
		e->used_ms = now_ms;
	if (t->newest == i && t->risen != i)
		return;
	order_leave(t, i);
	order_enter(t, i);
}

/* --- Entries ------------------------------------------------------------- */

bool
session_lives(const struct session_table *t, const struct session_cell *e,
    int64_t now_ms)
{
	const struct backend *b = session_backend_of(t, e);

	return now_ms - e->used_ms <= t->ttl_ms + SESSION_LATE_MS && b->alive &&
	    b->epoch == e->epoch;
}

static void
share_add(struct session_table *t, const struct session_cell *e)
{
	struct session_share *s = &t->share[e->backend];

	if (s->epoch != e->epoch)
		*s = (struct session_share){ .epoch = e->epoch };
	s->count++;
}

static void
share_take(struct session_table *t, const struct session_cell *e)
{
	struct session_share *s = &t->share[e->backend];

	if (s->epoch == e->epoch)
		s->count--;
}

/* All that it has goes; *link then names the next one. */
static void
entry_drop(struct session_table *t, uint32_t *link)
{
	const uint32_t i = *link;
	struct session_cell *e = session_cell_at(t, i);
	uint32_t more = e->more;

	*link = e->link;
	order_leave(t, i);
	share_take(t, e);
	t->count--;
	e->kind = SESSION_FREE;
	cells_put(&t->cells, i);
	while (more != 0) {
		struct session_more *m = cells_at(&t->cells, more);
		const uint32_t next = m->link;

		m->kind = SESSION_FREE;
		cells_put(&t->cells, more);
		more = next;
	}
	session_buckets_shrink(t);
}

static void
entry_drop_oldest(struct session_table *t, int64_t now_ms)
{
	check(t->oldest != 0);
	if (session_lives(t, session_cell_at(t, t->oldest), now_ms))
		t->dropped++;
	entry_drop(t, session_link_of_cell(t, t->oldest));
}

static unsigned
entries_sweep(struct session_table *t, unsigned max, int64_t now_ms)
{
	unsigned n = 0;

	while (n < max && t->oldest != 0 &&
	    !session_lives(t, session_cell_at(t, t->oldest), now_ms)) {
		entry_drop(t, session_link_of_cell(t, t->oldest));
		n++;
	}
	return n;
}

/* A cell, if need be that of the session which is used least. */
static uint32_t
cell_get(struct session_table *t, int64_t now_ms)
{
	uint32_t i;

	while ((i = cells_get(&t->cells)) == 0)
		entry_drop_oldest(t, now_ms);
	return i;
}

static void
entry_set_key(struct session_table *t, struct session_cell *e,
    const struct session_key *k, int64_t now_ms)
{
	struct str rest = str_skip(k->text, SESSION_CELL_KEY);
	uint32_t *link = &e->more;

	e->hash = k->hash;
	e->digest = k->digest;
	e->len = (uint8_t)k->text.len;
	memcpy(e->key, k->text.p, str_head(k->text, SESSION_CELL_KEY).len);
	while (rest.len > 0) {
		const struct str part = str_head(rest, SESSION_MORE_KEY);
		struct session_more *m;

		*link = cell_get(t, now_ms);
		m = cells_at(&t->cells, *link);
		m->kind = SESSION_MORE;
		memcpy(m->key, part.p, part.len);
		link = &m->link;
		rest = str_skip(rest, SESSION_MORE_KEY);
	}
	*link = 0;
}

static void
entry_set_backend(struct session_table *t, struct session_cell *e,
    const struct backend *b, unsigned epoch)
{
	e->backend = b->conf->index;
	e->epoch = epoch;
	share_add(t, e);
}

/* Everything but its place in the order of use. */
static uint32_t
entry_make(struct session_table *t, const struct session_key *k,
    const struct backend *b, unsigned epoch, int64_t now_ms)
{
	const uint32_t i = cell_get(t, now_ms);
	struct session_cell *e = session_cell_at(t, i);
	uint32_t *bucket;

	entry_set_key(t, e, k, now_ms);
	e->kind = SESSION_ENTRY;
	e->used_ms = now_ms;
	entry_set_backend(t, e, b, epoch);
	bucket = session_bucket_of(t, e->hash);
	e->link = *bucket;
	*bucket = i;
	t->count++;
	return i;
}

static void
entry_new(struct session_table *t, const struct session_key *k,
    const struct backend *b, unsigned epoch, int64_t now_ms)
{
	entries_sweep(t, SESSION_SWEEP, now_ms);
	while (t->count >= t->max)
		entry_drop_oldest(t, now_ms);
	order_enter(t, entry_make(t, k, b, epoch, now_ms));
	session_buckets_grow(t);
}

/* --- The log ------------------------------------------------------------- */

/* Sessions that were dropped alive, if it is time for a line about them. */
static unsigned long
dropped_due(struct session_table *t, int64_t now_ms)
{
	const unsigned long n = t->dropped;

	if (n == 0 || now_ms < t->tell_ms)
		return 0;
	t->tell_ms = now_ms + SESSION_TELL_MS;
	t->dropped = 0;
	return n;
}

static void
dropped_tell(const struct session_table *t, unsigned long n)
{
	const struct str name = t->service->name;

	if (n > 0)
		log_line(LOG_PRIO_WARNING,
		    "service \"%.*s\": no room for more sessions (MaxSessions "
		    "%zu, %zu MiB): %lu dropped before their TTL was over",
		    STR_ARG(name), t->max, SESSION_BYTES_MAX >> 20, n);
}

/* --- For others ---------------------------------------------------------- */

struct backend *
session_find(struct session_table *t, struct str key, int64_t now_ms)
{
	struct backend *b = NULL;
	struct session_key k;
	uint32_t *link;

	session_key_make(t, key, &k);
	lock_take(&t->lock);
	link = session_link_of(t, &k);
	if (*link != 0) {
		const struct session_cell *e = session_cell_at(t, *link);

		if (session_lives(t, e, now_ms)) {
			b = session_backend_of(t, e);
			entry_use(t, *link, now_ms);
		} else {
			entry_drop(t, link);
		}
	}
	lock_drop(&t->lock);
	return b;
}

/* The entry that *link names, or a new one, is b's from now on. */
static void
link_set(struct session_table *t, uint32_t *link, const struct session_key *k,
    const struct backend *b, int64_t now_ms)
{
	/* First the epoch: whoever kills sets alive and then the epoch. */
	const unsigned epoch = b->epoch;

	check(!b->conf->emergency && t->backend[b->conf->index] == b);
	if (*link == 0) {
		if (b->alive)
			entry_new(t, k, b, epoch, now_ms);
	} else if (!b->alive) {
		entry_drop(t, link);
	} else {
		struct session_cell *e = session_cell_at(t, *link);

		share_take(t, e);
		entry_set_backend(t, e, b, epoch);
		entry_use(t, *link, now_ms);
	}
}

struct backend *
session_bind(struct session_table *t, struct str key, struct backend *b,
    const struct backend *instead, int64_t now_ms)
{
	struct backend *had = NULL;
	struct session_key k;
	unsigned long dropped;
	uint32_t *link;

	session_key_make(t, key, &k);
	lock_take(&t->lock);
	link = session_link_of(t, &k);
	if (*link != 0 && session_lives(t, session_cell_at(t, *link), now_ms))
		had = session_backend_of(t, session_cell_at(t, *link));
	if (had != NULL && had != instead) {
		b = had;
		entry_use(t, *link, now_ms);
	} else {
		link_set(t, link, &k, b, now_ms);
	}
	dropped = dropped_due(t, now_ms);
	lock_drop(&t->lock);
	dropped_tell(t, dropped);
	return b;
}

bool
session_set(struct session_table *t, struct str key, struct backend *b,
    int64_t now_ms)
{
	struct session_key k;
	unsigned long dropped;
	uint32_t *link;
	bool had;

	session_key_make(t, key, &k);
	lock_take(&t->lock);
	link = session_link_of(t, &k);
	had = *link != 0 && session_lives(t, session_cell_at(t, *link), now_ms);
	link_set(t, link, &k, b, now_ms);
	dropped = dropped_due(t, now_ms);
	lock_drop(&t->lock);
	dropped_tell(t, dropped);
	return had;
}

static bool
remove_key(struct session_table *t, const struct session_key *k, int64_t now_ms)
{
	uint32_t *link;
	bool had = false;

	lock_take(&t->lock);
	link = session_link_of(t, k);
	if (*link != 0) {
		had = session_lives(t, session_cell_at(t, *link), now_ms);
		entry_drop(t, link);
	}
	lock_drop(&t->lock);
	return had;
}

bool
session_remove(struct session_table *t, struct str key, int64_t now_ms)
{
	struct session_key k;

	session_key_make(t, key, &k);
	return remove_key(t, &k, now_ms);
}

bool
session_remove_digest(struct session_table *t, const char *digest,
    int64_t now_ms)
{
	struct session_key k;

	session_key_of_digest(&k, digest);
	return remove_key(t, &k, now_ms);
}

bool
session_expire(struct session_table *t, unsigned max, int64_t now_ms)
{
	unsigned long dropped;
	unsigned n;

	lock_take(&t->lock);
	n = entries_sweep(t, max, now_ms);
	dropped = dropped_due(t, now_ms);
	lock_drop(&t->lock);
	dropped_tell(t, dropped);
	return n == max;
}

unsigned long
session_count(struct session_table *t, const struct backend *b)
{
	const struct session_share *s = &t->share[b->conf->index];
	unsigned long n;

	check(!b->conf->emergency);
	lock_take(&t->lock);
	n = s->epoch == b->epoch ? s->count : 0;
	lock_drop(&t->lock);
	return n;
}

size_t
session_bytes(struct session_table *t)
{
	size_t n;

	lock_take(&t->lock);
	n = sizeof(*t) + cells_bytes(&t->cells) + session_buckets_bytes(t);
	lock_drop(&t->lock);
	return n;
}

/* --- From one worker to the next ------------------------------------------ */

void
session_secret(const struct session_table *t, struct session_secret *secret)
{
	memcpy(secret->key, t->secret, sizeof(t->secret));
}

void
session_set_secret(struct session_table *t, const struct session_secret *secret)
{
	check(t->count == 0);
	memcpy(t->secret, secret->key, sizeof(t->secret));
}

/* The newest, or older than all that are there: those that were used while
 * the others were told come among them. */
static void
restore_new(struct session_table *t, const struct session_key *k,
    const struct backend *b, unsigned epoch, int64_t used_ms)
{
	const bool first = t->newest == 0 ||
	    used_ms >= session_cell_at(t, t->newest)->used_ms;
	const uint32_t i = entry_make(t, k, b, epoch, used_ms);

	if (first)
		order_enter(t, i);
	else
		order_enter_last(t, i);
	session_buckets_grow(t);
}

bool
session_restore(struct session_table *t, const struct session_view *v,
    int64_t now_ms)
{
	const struct backend *b = v->backend;
	const struct session_key k = { .text = str_make(v->key, v->len),
		.hash = v->hash,
		.digest = v->digest };
	const unsigned epoch = b->epoch;
	const int64_t used_ms = now_ms - v->idle_ms;
	uint32_t *link;
	bool room;

	lock_take(&t->lock);
	link = session_link_of(t, &k);
	room = *link != 0 ||
	    (t->count < t->max && t->cells.count < t->cells.room);
	if (*link != 0)
		link_set(t, link, &k, b, used_ms);
	else if (room && b->alive)
		restore_new(t, &k, b, epoch, used_ms);
	lock_drop(&t->lock);
	return room;
}
