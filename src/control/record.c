/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/record.h"

/* Whoever changes a list of fields of a Pound that was released changes
 * WIRE_VERSION. */

static void
record_times(struct wire *w, struct record_times *r)
{
	wire_u64(w, &r->count);
	wire_u64(w, &r->sum_us);
	wire_u64(w, &r->minute_count);
	wire_u64(w, &r->mean_us);
	wire_u64(w, &r->p50_us);
	wire_u64(w, &r->p90_us);
	wire_u64(w, &r->p99_us);
}

static void
record_traffic(struct wire *w, struct record_traffic *r)
{
	wire_u64(w, &r->requests);
	wire_u64(w, &r->active);
	wire_u64(w, &r->tunnels);
	wire_u64(w, &r->tunnels_active);
	for (unsigned i = 0; i < COUNTER_CLASSES; i++)
		wire_u64(w, &r->answers[i]);
	wire_u64(w, &r->connect_failures);
	wire_u64(w, &r->bytes_in);
	wire_u64(w, &r->bytes_out);
	record_times(w, &r->times);
}

void
record_worker(struct wire *w, struct record_worker *r)
{
	wire_str(w, &r->version);
	wire_u32(w, &r->pid);
	wire_u32(w, &r->worker_pid);
	wire_u64(w, &r->uptime_ms);
	wire_u64(w, &r->worker_uptime_ms);
	wire_u32(w, &r->restarts);
	wire_u32(w, &r->threads);
	wire_bool(w, &r->draining);
	wire_u64(w, &r->connections);
	wire_u64(w, &r->connections_max);
	wire_u64(w, &r->working);
	wire_u64(w, &r->queue);
	wire_u64(w, &r->requests);
	record_times(w, &r->times);
}

void
record_outcome(struct wire *w, struct record_outcome *r)
{
	wire_str(w, &r->name);
	wire_u64(w, &r->count);
	wire_bool(w, &r->failed);
}

void
record_listener(struct wire *w, struct record_listener *r)
{
	wire_u32(w, &r->index);
	wire_str(w, &r->address);
	wire_bool(w, &r->https);
	wire_bool(w, &r->disabled);
	wire_u64(w, &r->accepted);
	wire_u64(w, &r->refused);
	wire_u64(w, &r->empty);
	wire_u64(w, &r->active);
	wire_u64(w, &r->handshakes);
	wire_u64(w, &r->handshake_failures);
}

void
record_service(struct wire *w, struct record_service *r)
{
	wire_u32(w, &r->index);
	wire_str(w, &r->name);
	wire_bool(w, &r->disabled);
	wire_bool(w, &r->has_sessions);
	wire_u64(w, &r->sessions);
	record_traffic(w, &r->traffic);
}

void
record_backend(struct wire *w, struct record_backend *r)
{
	wire_u32(w, &r->index);
	wire_u8(w, &r->kind);
	if (r->kind >= RECORD_BACKEND_KINDS) {
		w->bad = true;
		r->kind = RECORD_BACKEND;
	}
	wire_str(w, &r->address);
	wire_str(w, &r->target);
	wire_u32(w, &r->priority);
	wire_bool(w, &r->alive);
	wire_bool(w, &r->disabled);
	wire_u64(w, &r->connections);
	wire_u64(w, &r->waiting);
	wire_u64(w, &r->max_conn);
	wire_u64(w, &r->sessions);
	record_traffic(w, &r->traffic);
}

void
record_session(struct wire *w, struct record_session *r)
{
	wire_str(w, &r->key);
	wire_bool(w, &r->digest);
	wire_u32(w, &r->backend);
	wire_u64(w, &r->idle_ms);
}

void
record_result(struct wire *w, struct record_result *r)
{
	wire_str(w, &r->text);
}
