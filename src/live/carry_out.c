/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/deadline.h"
#include "base/mem.h"
#include "live/carry.h"
#include "live/carry_pack.h"

/* Sessions that are looked up at once, of each service in turn. */
#define PAGE 64

struct writer {
	struct live *live;
	const struct carry_out *out;
	int64_t now_ms;
	bool full; /* no more is taken */
	struct carry_pack pack;
	const struct conf_service **service; /* by number in the stream */
	uint32_t services;
};

/* What is too long to be sent is left out. */
static void
put(struct writer *w)
{
	if (carry_end(&w->pack) && !w->full)
		w->full = !w->out->put(w->out->arg, w->pack.bytes, w->pack.at);
}

static void
write_hello(struct writer *w)
{
	uint32_t version = CARRY_VERSION;

	carry_begin(&w->pack, CARRY_HELLO);
	carry_u32(&w->pack, &version);
	put(w);
}

static void
write_listener(struct writer *w, const struct conf_listener *l)
{
	const struct live_listener *state = &w->live->listener[l->id];
	struct carry_listener r = { .address = l->name,
		.disabled = state->disabled,
		.xssl_seen = state->xssl_seen };

	counter_sum_listener(&w->live->counters, l->id, &r.sum);
	carry_begin(&w->pack, CARRY_LISTENER);
	carry_pack_listener(&w->pack, &r);
	put(w);
}

static void
write_backend(struct writer *w, const struct conf_service *s, size_t at)
{
	const struct conf_backend *b = carry_backend_at(s, at);
	const struct backend *state = &w->live->backend[b->id];
	struct carry_backend r = { .name = carry_backend_name(b),
		.emergency = b->emergency,
		.alive = state->alive,
		.disabled = state->disabled,
		.disabled_by_file = b->disabled };

	for (size_t i = 0; i < at; i++)
		if (carry_same_backend(carry_backend_at(s, i), r.name,
			r.emergency))
			r.nth++;
	counter_sum_backend(&w->live->counters, b->id, w->now_ms, &r.sum);
	carry_begin(&w->pack, CARRY_BACKEND);
	carry_pack_backend(&w->pack, &r);
	put(w);
}

static void
write_service(struct writer *w, const struct conf_listener *l,
    struct carry_services in, size_t at)
{
	const struct conf_service *s = in.list[at];
	const struct live_service *state = &w->live->service[s->id];
	struct carry_service r = { .listener = l != NULL ? l->name : STR_NONE,
		.name = s->name,
		.disabled = state->disabled,
		.disabled_by_file = s->disabled,
		.has_sessions = state->sessions != NULL,
		.session_type = s->session.type,
		.session_id = s->session.id };

	for (size_t i = 0; i < at; i++)
		if (str_eq(in.list[i]->name, s->name))
			r.nth++;
	if (r.has_sessions)
		session_secret(state->sessions, &r.secret);
	counter_sum_service(&w->live->counters, s->id, w->now_ms, &r.sum);
	carry_begin(&w->pack, CARRY_SERVICE);
	carry_pack_service(&w->pack, &r);
	put(w);
	for (size_t i = 0; carry_backend_at(s, i) != NULL; i++)
		write_backend(w, s, i);
	w->service[w->services++] = s;
}

static void
write_services(struct writer *w, const struct conf_listener *l)
{
	const struct carry_services in = carry_services_of(w->live->conf, l);

	for (size_t i = 0; i < in.count; i++)
		write_service(w, l, in, i);
}

static void
write_outcomes(struct writer *w)
{
	for (enum outcome o = 0; o < OUTCOME_COUNT; o++) {
		struct str name = str_from(outcome_name(o));
		uint64_t n = counter_sum_outcome(&w->live->counters, o);

		carry_begin(&w->pack, CARRY_OUTCOME);
		carry_str(&w->pack, &name);
		carry_u64(&w->pack, &n);
		put(w);
	}
}

static struct session_table *
sessions_of(const struct writer *w, uint32_t number)
{
	return w->live->service[w->service[number]->id].sessions;
}

/* The next page of one service; those that are not taken are counted.
 * false: that was all. */
static bool
write_sessions_of(struct writer *w, uint32_t number, unsigned long *left_out)
{
	struct session_view page[PAGE];
	const size_t n = session_newest(sessions_of(w, number), page, PAGE,
	    w->now_ms);

	for (size_t i = 0; i < n; i++) {
		const struct session_view *v = &page[i];
		struct carry_session r = { .service = number,
			.backend = v->backend->conf->index,
			.idle_ms = (uint64_t)v->idle_ms,
			.digest = v->digest,
			.hash = v->hash,
			.key = str_make(v->key, v->len) };

		carry_begin(&w->pack, CARRY_SESSION);
		carry_pack_session(&w->pack, &r);
		put(w);
		*left_out += w->full ? 1 : 0;
	}
	return n > 0;
}

/* All services in turn, so that none is at a disadvantage. */
static unsigned long
write_sessions(struct writer *w)
{
	bool *more = mem_alloc((w->services + 1) * sizeof(*more));
	unsigned long left_out = 0;
	bool any = true;

	for (uint32_t i = 0; i < w->services; i++) {
		more[i] = sessions_of(w, i) != NULL;
		if (more[i])
			session_newest_begin(sessions_of(w, i));
	}
	while (any) {
		any = false;
		for (uint32_t i = 0; i < w->services; i++) {
			more[i] = more[i] && write_sessions_of(w, i, &left_out);
			any = any || more[i];
		}
	}
	mem_free(more);
	return left_out;
}

unsigned long
carry_write(struct live *live, const struct carry_out *out)
{
	const struct conf *conf = live->conf;
	struct writer *w = mem_alloc(sizeof(*w));
	unsigned long left_out;

	w->live = live;
	w->out = out;
	w->now_ms = deadline_now_ms();
	w->service = mem_alloc(
	    (conf->all_service_count + 1) * sizeof(*w->service));
	write_hello(w);
	for (size_t i = 0; i < conf->listener_count; i++) {
		write_listener(w, conf->listeners[i]);
		write_services(w, conf->listeners[i]);
	}
	write_services(w, NULL);
	write_outcomes(w);
	left_out = write_sessions(w);
	mem_free(w->service);
	mem_free(w);
	return left_out;
}
