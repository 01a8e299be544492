/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "conf/service_index.h"

#include "base/literals.h"
#include "base/need.h"

/* What a line must have for a pattern to be one about the host. */
#define GUARD STR("host:")
#define NOBODY UINT32_MAX

/* One kind of condition: who needs which literal. */
struct service_index_kind {
	struct literals *literals; /* NULL: nobody needs any */
	uint32_t *first;	   /* by literal: one who needs it */
	uint32_t *next;		   /* by service: another one */
	uint64_t *any;		   /* the set of those that need none */
};

struct service_index {
	size_t words;
	struct service_index_kind url, host;
};

/* Of all services, while the index is made. */
struct need_list {
	struct str *text; /* by service; empty: none */
	size_t bytes;
};

/* --- What a service needs --- */

static struct str
url_need(struct arena *a, const struct conf_service *s)
{
	struct str best = STR_NONE;
	struct need n;

	for (size_t i = 0; i < s->url.count; i++)
		if (need_of_pattern(&n, s->url.text[i]) && n.anchored &&
		    n.run[0].len > best.len)
			best = arena_copy(a, n.run[0]);
	return best;
}

/* Whether "Host:" is in the run; *behind is what follows it. */
static bool
find_guard(struct str run, struct str *behind)
{
	for (size_t i = 0; i + GUARD.len <= run.len; i++) {
		if (!str_starts(str_skip(run, i), GUARD))
			continue;
		*behind = str_skip(run, i + GUARD.len);
		return true;
	}
	return false;
}

/* The runs behind the guard, one after the other. at: which comes next. */
static struct str
next_host_run(const struct need *n, unsigned *at)
{
	bool guarded = false;

	for (unsigned i = 0; i < n->count; i++) {
		struct str run = n->run[i];

		if (!guarded && !find_guard(run, &run))
			continue;
		guarded = true;
		run = str_trim(run);
		if (i < *at || str_empty(run))
			continue;
		*at = i + 1;
		return run;
	}
	return STR_NONE;
}

/* Calls take for each run of the service that could stand for it. */
static void
each_host_run(const struct conf_service *s,
    void (*take)(void *context, struct str run), void *context)
{
	for (size_t i = 0; i < s->head_require.count; i++) {
		struct need n;
		unsigned at = 0;
		struct str run;

		if (!need_of_pattern(&n, s->head_require.text[i]))
			continue;
		while (!str_empty(run = next_host_run(&n, &at)))
			take(context, run);
	}
}

/* --- The rarest one is chosen: "example" may be in all of them --- */

struct census {
	struct literals *runs; /* NULL: only their bytes are counted */
	uint32_t *often;       /* by run */
	size_t bytes;
	struct str best;
	uint32_t best_often;
	struct arena *arena;
};

static void
census_measure(void *context, struct str run)
{
	((struct census *)context)->bytes += run.len;
}

static void
census_count(void *context, struct str run)
{
	struct census *c = context;

	c->often[literals_add(c->runs, run)]++;
}

static void
census_choose(void *context, struct str run)
{
	struct census *c = context;
	const uint32_t often = c->often[literals_add(c->runs, run)];

	if (!str_empty(c->best) &&
	    (often > c->best_often ||
		(often == c->best_often && run.len <= c->best.len)))
		return;
	c->best = arena_copy(c->arena, run);
	c->best_often = often;
}

static void
list_host_needs(struct need_list *list, struct arena *a,
    struct conf_service *const *services, size_t count)
{
	struct census c = { .arena = a };
	struct arena scratch;

	for (size_t i = 0; i < count; i++)
		each_host_run(services[i], census_measure, &c);
	arena_init_growing(&scratch, (size_t)1 << 32);
	c.runs = literals_new(&scratch, c.bytes);
	c.often = arena_alloc(&scratch, (c.bytes + 1) * sizeof(*c.often));
	for (size_t i = 0; i < count; i++)
		each_host_run(services[i], census_count, &c);
	for (size_t i = 0; i < count; i++) {
		c.best = STR_NONE;
		each_host_run(services[i], census_choose, &c);
		list->text[i] = c.best;
		list->bytes += c.best.len;
	}
	arena_release(&scratch);
}

static void
list_url_needs(struct need_list *list, struct arena *a,
    struct conf_service *const *services, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		list->text[i] = url_need(a, services[i]);
		list->bytes += list->text[i].len;
	}
}

/* --- The index --- */

static void
set_add(uint64_t *set, size_t i)
{
	set[i / 64] |= UINT64_C(1) << i % 64;
}

static void
kind_make(struct service_index_kind *k, struct arena *a, size_t words,
    const struct need_list *list, size_t count)
{
	k->any = arena_alloc(a, words * sizeof(*k->any));
	k->next = arena_alloc(a, count * sizeof(*k->next));
	if (list->bytes > 0)
		k->literals = literals_new(a, list->bytes);
	k->first = arena_alloc(a, count * sizeof(*k->first));
	for (size_t i = 0; i < count; i++)
		k->first[i] = NOBODY;
	for (size_t i = 0; i < count; i++) {
		uint32_t n;

		if (str_empty(list->text[i])) {
			set_add(k->any, i);
			continue;
		}
		n = literals_add(k->literals, list->text[i]);
		k->next[i] = k->first[n];
		k->first[n] = (uint32_t)i;
	}
	if (k->literals != NULL)
		literals_link(k->literals);
}

struct service_index *
service_index_new(struct arena *a, struct conf_service *const *services,
    size_t count)
{
	struct need_list url = { 0 }, host = { 0 };
	struct service_index *ix;

	if (count < SERVICE_INDEX_MIN)
		return NULL;
	url.text = arena_alloc(a, count * sizeof(*url.text));
	host.text = arena_alloc(a, count * sizeof(*host.text));
	list_url_needs(&url, a, services, count);
	list_host_needs(&host, a, services, count);
	if (url.bytes == 0 && host.bytes == 0)
		return NULL;
	ix = arena_alloc(a, sizeof(*ix));
	ix->words = (count + 63) / 64;
	kind_make(&ix->url, a, ix->words, &url, count);
	kind_make(&ix->host, a, ix->words, &host, count);
	return ix;
}

size_t
service_index_words(const struct service_index *ix)
{
	return ix->words;
}

bool
service_index_by_host(const struct service_index *ix)
{
	return ix->host.literals != NULL;
}

static void
kind_add(const struct service_index_kind *k, uint64_t *set, uint32_t literal)
{
	for (uint32_t i = k->first[literal]; i != NOBODY; i = k->next[i])
		set_add(set, i);
}

/* The first set is the URL's, the second one the host's. */
void
service_index_begin(const struct service_index *ix, uint64_t *set,
    struct str url)
{
	const size_t bytes = ix->words * sizeof(*set);
	struct literals_pass p;
	uint32_t n;

	memcpy(set, ix->url.any, bytes);
	memcpy(set + ix->words, ix->host.any, bytes);
	if (ix->url.literals == NULL)
		return;
	p = literals_at_start(ix->url.literals, url);
	while (literals_next(&p, &n))
		kind_add(&ix->url, set, n);
}

static bool
has_guard(struct str line)
{
	const char *p = line.p;
	size_t left = line.len;

	while (left > 0) {
		const char *colon = memchr(p, ':', left);

		if (colon == NULL)
			return false;
		if ((size_t)(colon - line.p) + 1 >= GUARD.len &&
		    str_eq_nocase(str_make(colon + 1 - GUARD.len, GUARD.len),
			GUARD))
			return true;
		left -= (size_t)(colon - p) + 1;
		p = colon + 1;
	}
	return false;
}

void
service_index_add_line(const struct service_index *ix, uint64_t *set,
    struct str line)
{
	struct literals_pass p;
	uint32_t n;

	if (ix->host.literals == NULL || !has_guard(line))
		return;
	p = literals_within(ix->host.literals, line);
	while (literals_next(&p, &n))
		kind_add(&ix->host, set + ix->words, n);
}

void
service_index_end(const struct service_index *ix, uint64_t *set)
{
	for (size_t i = 0; i < ix->words; i++)
		set[i] &= set[ix->words + i];
}
