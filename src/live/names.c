/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "live/names.h"

#include "base/check.h"
#include "base/mem.h"

/*
 *   FREE --find--> NEW --next--> FLYING --answered, late, lost--> KNOWN
 *                   |                                              |
 *                   +--- nobody has asked for it for too long -----+
 *                                                                  |
 *   FREE <------------------- given up by the hand ----------------+
 */
enum names_state {
	NAMES_STATE_FREE,
	NAMES_STATE_NEW,
	NAMES_STATE_FLYING,
	NAMES_STATE_KNOWN,
};

/* A question that could not be put in this time is not put any more. */
#define NAMES_STALE_MS 5000
/* No lookup lasts longer (daemon/resolver). */
#define NAMES_FLIGHT_MS 31000
/* A failure of our own is forgotten soon. */
#define NAMES_HICCUP_MS 1000

struct names_entry {
	enum names_state state;
	int family;
	uint32_t next; /* in its bucket: entry + 1 */
	uint32_t id;
	struct str name; /* lower case */
	struct addr addr;
	int64_t asked_ms; /* NEW, FLYING */
	int64_t until_ms; /* KNOWN */
	uint64_t threads; /* that want to know */
};

/* ------ tables ------ */

static void
names_table_init(struct names_table *t, size_t room)
{
	uint32_t buckets = 16;

	while (buckets < room)
		buckets *= 2;
	t->entry = mem_alloc((room + 1) * sizeof(*t->entry));
	t->bucket = mem_alloc(buckets * sizeof(*t->bucket));
	t->mask = buckets - 1;
	t->count = 0;
}

static void
names_table_release(struct names_table *t)
{
	for (uint32_t i = 0; i < t->count; i++)
		mem_free((void *)(uintptr_t)t->entry[i].name.p);
	mem_free(t->entry);
	mem_free(t->bucket);
}

/* name is in lower case. */
static uint32_t *
names_bucket(const struct names *n, const struct names_table *t,
    struct str name)
{
	return &t->bucket[hash_keyed(&n->key, name) & t->mask];
}

static struct names_entry *
names_get(const struct names *n, const struct names_table *t, struct str name,
    int family)
{
	uint32_t i = *names_bucket(n, t, name);

	while (i != 0) {
		struct names_entry *e = &t->entry[i - 1];

		if (e->family == family && str_eq(e->name, name))
			return e;
		i = e->next;
	}
	return NULL;
}

static void
names_put(const struct names *n, struct names_table *t, struct names_entry *e,
    struct str name)
{
	uint32_t *bucket = names_bucket(n, t, name);
	char *copy = mem_alloc(name.len + 1);

	memcpy(copy, name.p, name.len);
	e->name = str_make(copy, name.len);
	e->next = *bucket;
	*bucket = (uint32_t)(e - t->entry) + 1;
}

static void
names_take_out(struct names *n, struct names_entry *e)
{
	uint32_t *i = names_bucket(n, &n->cache, e->name);

	while (*i != (uint32_t)(e - n->cache.entry) + 1)
		i = &n->cache.entry[*i - 1].next;
	*i = e->next;
	mem_free((void *)(uintptr_t)e->name.p);
	*e = (struct names_entry){ .state = NAMES_STATE_FREE };
}

/* ------ names of the configuration ------ */

/* Into memory of NAMES_TEXT_MAX bytes; false: too long, or empty. */
static bool
names_lower(struct str name, char *memory, struct str *lower)
{
	if (str_empty(name) || name.len > NAMES_TEXT_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++)
		memory[i] = (char)str_lower((unsigned char)name.p[i]);
	*lower = str_make(memory, name.len);
	return true;
}

static void
names_know(struct names *n, struct str text, const struct addr *addr)
{
	struct names_table *t = &n->configured;
	const int family = addr_family(addr);
	char memory[NAMES_TEXT_MAX];
	struct names_entry *e;
	struct str name;

	if ((family != AF_INET && family != AF_INET6) ||
	    !names_lower(text, memory, &name) ||
	    names_get(n, t, name, family) != NULL)
		return;
	e = &t->entry[t->count++];
	e->state = NAMES_STATE_KNOWN;
	e->family = family;
	e->addr = *addr;
	addr_set_port(&e->addr, 0);
	names_put(n, t, e, name);
}

void
names_init(struct names *n, const struct conf *conf)
{
	*n = (struct names){ .open = false };
	hash_key_random(&n->key);
	lock_init(&n->lock, LOCK_NAMES);
	names_table_init(&n->configured,
	    conf->listener_count + 2 * conf->all_backend_count);
	for (size_t i = 0; i < conf->listener_count; i++)
		names_know(n, conf->listeners[i]->address,
		    &conf->listeners[i]->addr);
	for (size_t i = 0; i < conf->all_backend_count; i++) {
		const struct conf_backend *b = conf->all_backends[i];

		names_know(n, b->address, &b->addr);
		names_know(n, b->ha_text, &b->ha_addr);
	}
	names_table_init(&n->cache, NAMES_MAX);
	n->cache.count = NAMES_MAX;
}

void
names_release(struct names *n)
{
	names_table_release(&n->configured);
	names_table_release(&n->cache);
	lock_release(&n->lock);
}

/* ------ asking ------ */

/* A place for a new question: one that is free, old or known. */
static struct names_entry *
names_make_room(struct names *n)
{
	if (!n->open || n->asked >= NAMES_ASKED_MAX)
		return NULL;
	for (uint32_t i = 0; i < NAMES_MAX; i++) {
		struct names_entry *e = &n->cache.entry[n->hand];

		n->hand = (n->hand + 1) % NAMES_MAX;
		if (e->state == NAMES_STATE_KNOWN)
			names_take_out(n, e);
		if (e->state == NAMES_STATE_FREE)
			return e;
	}
	return NULL;
}

static void
names_begin(struct names *n, struct names_entry *e, int64_t now_ms)
{
	e->state = NAMES_STATE_NEW;
	if (++n->last_id == 0)
		n->last_id = 1;
	e->id = n->last_id;
	e->asked_ms = now_ms;
	e->threads = 0;
	n->asked++;
}

static enum names_status
names_wait(struct names_entry *e, const struct names_query *q,
    struct names_answer *a)
{
	a->id = e->id;
	a->until_ms = e->asked_ms + NAMES_PATIENCE_MS;
	a->ring = e->state == NAMES_STATE_NEW && e->threads == 0;
	if (q->now_ms >= a->until_ms)
		return NAMES_NONE;
	e->threads |= UINT64_C(1) << (q->thread % 64);
	return NAMES_ASKED;
}

static enum names_status
names_look(struct names *n, struct str name, const struct names_query *q,
    struct names_answer *a)
{
	struct names_entry *e = names_get(n, &n->cache, name, q->family);

	if (e == NULL) {
		e = names_make_room(n);
		if (e == NULL)
			return NAMES_NONE;
		e->family = q->family;
		names_put(n, &n->cache, e, name);
		names_begin(n, e, q->now_ms);
	} else if (e->state == NAMES_STATE_KNOWN && q->now_ms >= e->until_ms) {
		if (!n->open || n->asked >= NAMES_ASKED_MAX)
			return NAMES_NONE;
		names_begin(n, e, q->now_ms);
	}
	if (e->state != NAMES_STATE_KNOWN)
		return names_wait(e, q, a);
	a->addr = e->addr;
	return e->addr.len > 0 ? NAMES_KNOWN : NAMES_NONE;
}

enum names_status
names_find(struct names *n, const struct names_query *q, struct names_answer *a)
{
	const struct names_entry *e;
	char memory[NAMES_TEXT_MAX];
	enum names_status st;
	struct str name;

	*a = (struct names_answer){ .id = 0 };
	if (!names_lower(q->name, memory, &name))
		return NAMES_NONE;
	e = names_get(n, &n->configured, name, q->family);
	if (e != NULL) {
		a->addr = e->addr;
		return NAMES_KNOWN;
	}
	lock_take(&n->lock);
	st = names_look(n, name, q, a);
	lock_drop(&n->lock);
	return st;
}

/* ------ the asker ------ */

void
names_open(struct names *n)
{
	lock_take(&n->lock);
	n->open = true;
	lock_drop(&n->lock);
}

void
names_close(struct names *n)
{
	lock_take(&n->lock);
	n->open = false;
	lock_drop(&n->lock);
}

/* addr NULL: a failure that is not the name's. */
static uint64_t
names_settle(struct names *n, struct names_entry *e, const struct addr *addr,
    int64_t now_ms)
{
	const uint64_t threads = e->threads;

	if (e->state == NAMES_STATE_FLYING)
		n->flying--;
	n->asked--;
	e->state = NAMES_STATE_KNOWN;
	e->threads = 0;
	e->addr = addr != NULL ? *addr : (struct addr){ .len = 0 };
	addr_set_port(&e->addr, 0);
	e->until_ms = now_ms + (addr != NULL ? NAMES_KEEP_MS : NAMES_HICCUP_MS);
	return threads;
}

static bool
names_is_late(const struct names_entry *e, int64_t now_ms)
{
	if (e->state == NAMES_STATE_NEW)
		return now_ms >= e->asked_ms + NAMES_STALE_MS;
	return e->state == NAMES_STATE_FLYING &&
	    now_ms >= e->asked_ms + NAMES_FLIGHT_MS;
}

/* The oldest question; late ones are settled: nobody waits so long. */
static struct names_entry *
names_oldest(struct names *n, int64_t now_ms)
{
	static const struct addr none = { .len = 0 };
	struct names_entry *oldest = NULL;

	if (n->asked == 0)
		return NULL;
	for (uint32_t i = 0; i < NAMES_MAX; i++) {
		struct names_entry *e = &n->cache.entry[i];

		if (names_is_late(e, now_ms))
			names_settle(n, e,
			    e->state == NAMES_STATE_FLYING ? &none : NULL,
			    now_ms);
		if (e->state == NAMES_STATE_NEW &&
		    (oldest == NULL || (int32_t)(e->id - oldest->id) < 0))
			oldest = e;
	}
	return oldest;
}

bool
names_next(struct names *n, struct names_question *q, int64_t now_ms)
{
	struct names_entry *e;

	lock_take(&n->lock);
	e = names_oldest(n, now_ms);
	if (e != NULL && n->flying >= NAMES_FLYING_MAX)
		e = NULL;
	if (e != NULL) {
		e->state = NAMES_STATE_FLYING;
		n->flying++;
		*q = (struct names_question){ .id = e->id,
			.family = e->family };
		memcpy(q->name, e->name.p, e->name.len);
	}
	lock_drop(&n->lock);
	return e != NULL;
}

uint64_t
names_answered(struct names *n, uint32_t id, const struct addr *addr,
    int64_t now_ms)
{
	uint64_t threads = 0;

	lock_take(&n->lock);
	for (uint32_t i = 0; i < NAMES_MAX; i++) {
		struct names_entry *e = &n->cache.entry[i];

		if (e->state == NAMES_STATE_FLYING && e->id == id) {
			threads = names_settle(n, e, addr, now_ms);
			break;
		}
	}
	lock_drop(&n->lock);
	return threads;
}

unsigned
names_flying(struct names *n)
{
	unsigned flying;

	lock_take(&n->lock);
	flying = n->flying;
	lock_drop(&n->lock);
	return flying;
}

void
names_lost(struct names *n, int64_t now_ms)
{
	lock_take(&n->lock);
	for (uint32_t i = 0; i < NAMES_MAX; i++)
		if (n->cache.entry[i].state == NAMES_STATE_FLYING)
			names_settle(n, &n->cache.entry[i], NULL, now_ms);
	lock_drop(&n->lock);
}
