/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "route/route.h"

#include "conf/service_index.h"

/* A list of services, of the listener or global. */
struct route_list {
	struct conf_service *const *service;
	size_t count;
	const struct service_index *index; /* NULL: there is none */
};

/* Those that have to be tried, or NULL: all. */
static const uint64_t *
route_candidates(const struct service_index *ix, struct match_input *in)
{
	const struct str *lines = NULL;
	uint64_t *set;

	if (ix == NULL)
		return NULL;
	if (service_index_by_host(ix)) {
		lines = match_lines(in);
		if (lines == NULL)
			return NULL;
	}
	set = arena_alloc(in->arena,
	    2 * service_index_words(ix) * sizeof(*set));
	if (set == NULL)
		return NULL;
	service_index_begin(ix, set, in->url);
	for (unsigned i = 0; lines != NULL && i < in->field_count; i++)
		if (lines[i].p != NULL)
			service_index_add_line(ix, set, lines[i]);
	service_index_end(ix, set);
	return set;
}

/* The next one that has to be tried, from i on; count if there is none. */
static size_t
route_next(const struct route_list *list, const uint64_t *set, size_t i)
{
	if (set == NULL)
		return i;
	while (i < list->count) {
		const uint64_t word = set[i / 64] >> i % 64;

		if (word != 0)
			return i + (size_t)__builtin_ctzll(word);
		i += 64 - i % 64;
	}
	return list->count;
}

static enum match_result
route_in_list(const struct live *live, const struct route_list *list,
    struct match_input *in, const struct conf_service **service)
{
	const uint64_t *set = route_candidates(list->index, in);

	for (size_t i = route_next(list, set, 0); i < list->count;
	     i = route_next(list, set, i + 1)) {
		const struct conf_service *s = list->service[i];
		enum match_result r;

		if (live->service[s->id].disabled)
			continue;
		r = match_service(s, in);
		if (r == MATCH_NO)
			continue;
		*service = s;
		return r;
	}
	return MATCH_NO;
}

enum match_result
route_service(const struct live *live, const struct conf_listener *listener,
    struct match_input *in, const struct conf_service **service)
{
	const struct conf *conf = live->conf;
	const struct route_list own = { listener->services,
		listener->service_count, listener->service_index };
	const struct route_list global = { conf->services, conf->service_count,
		conf->service_index };
	enum match_result r;

	r = route_in_list(live, &own, in, service);
	if (r == MATCH_NO)
		r = route_in_list(live, &global, in, service);
	return r;
}
