/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/ctlanswer.h"

#include <stdio.h>

#include "base/check.h"
#include "base/deadline.h"
#include "base/log.h"
#include "base/outcome.h"
#include "config.h"
#include "control/record.h"

/*
 *	WORKER -> OUTCOMES -> LISTENERS -> SERVICES -> BACKENDS -> SESSIONS
 *	                       ^     |      ^  |  ^        |          |
 *	                       |     v      |  |  '--------+----------'
 *	                       |  GLOBALS --'  |
 *	                       '---------------+--> END -> OVER
 */

/* ------ from live state to records ------ */

static struct record_times
times_of(const struct histogram_sum *h)
{
	return (struct record_times){ .count = h->count,
		.sum_us = h->sum_us,
		.minute_count = h->minute_count,
		.mean_us = histogram_mean_us(h),
		.p50_us = histogram_quantile_us(h, 500),
		.p90_us = histogram_quantile_us(h, 900),
		.p99_us = histogram_quantile_us(h, 990) };
}

static struct record_traffic
traffic_of(const struct counter_sum *sum)
{
	struct record_traffic r = { .requests = sum->requests,
		.active = sum->active,
		.tunnels = sum->tunnels,
		.tunnels_active = sum->tunnels_active,
		.connect_failures = sum->connect_failures,
		.bytes_in = sum->bytes_in,
		.bytes_out = sum->bytes_out,
		.times = times_of(&sum->first_byte) };

	for (unsigned i = 0; i < COUNTER_CLASSES; i++)
		r.answers[i] = sum->answers[i];
	return r;
}

/* All services together. */
static struct record_traffic
total(const struct live *live, int64_t now_ms)
{
	struct counter_sum sum = { 0 };

	for (size_t i = 0; i < live->conf->all_service_count; i++)
		counter_sum_service(&live->counters, (unsigned)i, now_ms, &sum);
	return traffic_of(&sum);
}

/* ------ pieces: each is written and stepped behind ------ */

static void
add_worker(struct ctlanswer *a, struct wire *w)
{
	const struct live *live = a->live;
	const int64_t now_ms = deadline_now_ms();
	const struct record_traffic all = total(live, now_ms);
	const uint64_t ready = counter_sum_ready(&live->counters);
	struct record_worker r = { .version = STR(PACKAGE_VERSION),
		.pid = a->about->pid,
		.worker_pid = a->about->worker_pid,
		.uptime_ms = (uint64_t)(now_ms - a->about->started_ms),
		.worker_uptime_ms = (uint64_t)(now_ms -
		    a->about->worker_started_ms),
		.restarts = a->about->restarts,
		.threads = a->about->threads,
		.draining = live->draining,
		.connections = live->connections,
		.connections_max = live->max_connections,
		.working = ready + counter_sum_running(&live->counters),
		.queue = ready + live->queue,
		.requests = all.active,
		.times = all.times };

	record_worker(w, &r);
	a->stage = CTLANSWER_OUTCOMES;
}

static void
add_outcome(struct ctlanswer *a, struct wire *w)
{
	const enum outcome o = (enum outcome)a->outcome++;
	struct record_outcome r = { .name = str_from(outcome_name(o)),
		.count = counter_sum_outcome(&a->live->counters, o),
		.failed = outcome_priority(o) != 0 };

	record_outcome(w, &r);
}

/* Behind the last listener come the global services. */
static void
add_listener(struct ctlanswer *a, struct wire *w)
{
	const struct conf *all = a->live->conf;
	const struct conf_listener *conf = all->listeners[a->listener];
	struct counter_connections sum = { 0 };
	struct record_listener r = { .index = (uint32_t)a->listener,
		.address = conf->name,
		.https = conf->https,
		.disabled = a->live->listener[conf->id].disabled };

	counter_sum_listener(&a->live->counters, conf->id, &sum);
	r.accepted = sum.accepted;
	r.refused = sum.refused;
	r.empty = sum.empty;
	r.active = sum.active;
	r.handshakes = sum.handshakes;
	r.handshake_failures = sum.handshake_failures;
	record_listener(w, &r);
	a->in = (struct ctlanswer_services){ conf->services,
		conf->service_count };
	a->service = 0;
	a->listener++;
	a->stage = CTLANSWER_SERVICES;
}

static void
add_globals(struct ctlanswer *a, struct wire *w)
{
	const struct conf *all = a->live->conf;

	(void)w;
	a->in = (struct ctlanswer_services){ all->services,
		all->service_count };
	a->service = 0;
	a->globals = true;
	a->stage = CTLANSWER_SERVICES;
}

/* Those that are tied to it; an Emergency has none (A.3 4). */
static uint64_t
sessions_of(const struct live *live, const struct conf_service *service,
    const struct conf_backend *conf)
{
	struct session_table *table = live->service[service->id].sessions;

	if (table == NULL || conf->emergency)
		return 0;
	return session_count(table, &live->backend[conf->id]);
}

static uint64_t
all_sessions_of(const struct live *live, const struct conf_service *service)
{
	uint64_t count = 0;

	for (size_t i = 0; i < service->backend_count; i++)
		count += sessions_of(live, service, service->backends[i]);
	return count;
}

static void
add_service(struct ctlanswer *a, struct wire *w)
{
	const struct conf_service *conf = a->in.list[a->service++];
	const struct live_service *s = &a->live->service[conf->id];
	struct counter_sum sum = { 0 };
	struct record_service r = { .index = conf->index,
		.name = conf->name,
		.disabled = s->disabled,
		.has_sessions = s->sessions != NULL,
		.sessions = all_sessions_of(a->live, conf) };

	counter_sum_service(&a->live->counters, conf->id, deadline_now_ms(),
	    &sum);
	r.traffic = traffic_of(&sum);
	record_service(w, &r);
	a->now = conf;
	a->backend = 0;
	a->session = 0;
	a->stage = CTLANSWER_BACKENDS;
}

static enum record_backend_kind
kind_of(const struct conf_backend *conf)
{
	if (conf->emergency)
		return RECORD_EMERGENCY;
	return conf->kind == CONF_REDIRECT ? RECORD_REDIRECT : RECORD_BACKEND;
}

/* The ordinary ones, then the emergencies. */
static const struct conf_backend *
backend_at(const struct conf_service *conf, size_t i)
{
	return i < conf->backend_count
	    ? conf->backends[i]
	    : conf->emergencies[i - conf->backend_count];
}

static void
add_backend(struct ctlanswer *a, struct wire *w)
{
	const struct conf_backend *conf = backend_at(a->now, a->backend++);
	const struct backend *b = &a->live->backend[conf->id];
	struct counter_sum sum = { 0 };
	struct record_backend r = { .index = conf->index,
		.kind = (uint8_t)kind_of(conf),
		.address = conf->name,
		.target = conf->redirect_text,
		.priority = conf->priority,
		.alive = b->alive,
		.disabled = b->disabled,
		.connections = b->open,
		.waiting = b->waiting,
		.max_conn = conf->max_conn,
		.sessions = sessions_of(a->live, a->now, conf) };

	counter_sum_backend(&a->live->counters, conf->id, deadline_now_ms(),
	    &sum);
	r.traffic = traffic_of(&sum);
	record_backend(w, &r);
}

static void
add_result(struct ctlanswer *a, struct wire *w)
{
	struct record_result r = { .text = str_from(a->words) };

	record_result(w, &r);
	a->stage = CTLANSWER_OVER;
}

/* So many fit what is left for a piece. */
#define PAGE 24

/* The next page of sessions; 0: that was all. */
static size_t
add_sessions(struct ctlanswer *a, unsigned char *out, size_t room)
{
	struct session_view page[PAGE];
	const size_t count = session_walk(a->live->service[a->now->id].sessions,
	    &a->session, page, PAGE, deadline_now_ms());
	size_t len = 0;

	for (size_t i = 0; i < count; i++) {
		const struct session_view *v = &page[i];
		struct record_session r = { .key = str_make(v->key, v->len),
			.digest = v->digest,
			.backend = v->backend->conf->index,
			.idle_ms = (uint64_t)v->idle_ms };
		struct wire w;

		wire_begin(&w, out + len, room - len, WIRE_SESSION);
		record_session(&w, &r);
		check(wire_end(&w) > 0);
		len += w.at;
	}
	if (count == 0)
		a->stage = CTLANSWER_SERVICES;
	return len;
}

/* ------ the way through the listing ------ */

/* Nothing is left of this stage: where to go from here. */
static void
step(struct ctlanswer *a)
{
	const struct conf *conf = a->live->conf;

	if (a->stage == CTLANSWER_OUTCOMES && a->outcome == OUTCOME_COUNT)
		a->stage = CTLANSWER_LISTENERS;
	if (a->stage == CTLANSWER_BACKENDS &&
	    a->backend == a->now->backend_count + a->now->emergency_count)
		a->stage = a->with_sessions &&
			a->live->service[a->now->id].sessions != NULL
		    ? CTLANSWER_SESSIONS
		    : CTLANSWER_SERVICES;
	if (a->stage == CTLANSWER_SERVICES && a->service == a->in.count)
		a->stage = a->globals ? CTLANSWER_END : CTLANSWER_LISTENERS;
	if (a->stage == CTLANSWER_LISTENERS &&
	    a->listener == conf->listener_count)
		a->stage = CTLANSWER_GLOBALS;
}

static const struct {
	enum wire_kind kind;
	void (*add)(struct ctlanswer *a, struct wire *w);
} pieces[] = {
	[CTLANSWER_WORKER] = { WIRE_WORKER, add_worker },
	[CTLANSWER_OUTCOMES] = { WIRE_OUTCOME, add_outcome },
	[CTLANSWER_LISTENERS] = { WIRE_LISTENER, add_listener },
	[CTLANSWER_GLOBALS] = { WIRE_GLOBALS, add_globals },
	[CTLANSWER_SERVICES] = { WIRE_SERVICE, add_service },
	[CTLANSWER_BACKENDS] = { WIRE_BACKEND, add_backend },
	[CTLANSWER_END] = { WIRE_DONE, add_result },
};

static size_t
add_piece(struct ctlanswer *a, unsigned char *out, size_t room)
{
	struct wire w;

	if (a->stage != CTLANSWER_END)
		step(a);
	if (a->stage == CTLANSWER_SESSIONS)
		return add_sessions(a, out, room);
	wire_begin(&w, out, room,
	    a->refused ? WIRE_REFUSED : pieces[a->stage].kind);
	pieces[a->stage].add(a, &w);
	check(wire_end(&w) > 0);
	return w.at;
}

void
ctlanswer_begin(struct ctlanswer *a, struct live *live,
    const struct ctlanswer_about *about, const struct command *c)
{
	const struct command_row *row = command_row(c);
	struct strbuf words;

	*a = (struct ctlanswer){ .live = live,
		.about = about,
		.with_sessions = c->with_sessions };
	if (row == NULL) {
		ctlanswer_refuse(a, "Pound does not know this command");
		return;
	}
	if (command_lists(row))
		return;
	strbuf_init(&words, COMMAND_WORDS_MAX - 1);
	a->refused = command_run(row, live, c, &words) != 0;
	snprintf(a->words, sizeof(a->words), "%s", strbuf_text(&words));
	strbuf_release(&words);
	a->stage = CTLANSWER_END;
}

void
ctlanswer_refuse(struct ctlanswer *a, const char *words)
{
	a->refused = true;
	a->stage = CTLANSWER_END;
	snprintf(a->words, sizeof(a->words), "%s", words);
}

size_t
ctlanswer_speak(unsigned char *out, bool done, struct str words)
{
	const size_t room = CTLANSWER_SPOKEN(words.len);
	size_t len = 0;

	for (;;) {
		const bool last = words.len <= WIRE_TEXT_MAX;
		struct record_result r = { str_head(words, WIRE_TEXT_MAX) };
		struct wire w;

		wire_begin(&w, out + len, room - len,
		    !last      ? WIRE_WORDS
			: done ? WIRE_DONE
			       : WIRE_REFUSED);
		record_result(&w, &r);
		check(wire_end(&w) > 0);
		len += w.at;
		if (last)
			return len;
		words = str_skip(words, WIRE_TEXT_MAX);
	}
}

size_t
ctlanswer_next(struct ctlanswer *a, unsigned char *out, size_t room)
{
	size_t len = 0;

	while (a->stage != CTLANSWER_OVER && room - len >= CTLANSWER_ROOM)
		len += add_piece(a, out + len, room - len);
	return len;
}
