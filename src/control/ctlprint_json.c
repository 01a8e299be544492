/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>

#include "control/ctlprint.h"

/* Rises when a name goes or changes its meaning, not when one comes. */
#define FORMAT 1

/* A quote is escaped already, like in the log. */
static const char *const pairs[] = { "\\\\\\", NULL };

/* Where we are in the text. */
struct json {
	FILE *out;
	unsigned depth;
	bool first; /* in the object or array that is open */
};

static void
begin_line(struct json *j)
{
	if (!j->first)
		fputc(',', j->out);
	j->first = false;
	fputc('\n', j->out);
	for (unsigned i = 0; i < j->depth; i++)
		fputs("  ", j->out);
}

/* What follows has this name, or none in an array. */
static void
name(struct json *j, const char *text)
{
	begin_line(j);
	if (text != NULL)
		fprintf(j->out, "\"%s\": ", text);
}

static void
begin(struct json *j, const char *text, char bracket)
{
	if (j->depth > 0)
		name(j, text);
	fputc(bracket, j->out);
	j->depth++;
	j->first = true;
}

static void
end(struct json *j, char bracket)
{
	const bool empty = j->first;

	j->depth--;
	j->first = true;
	if (!empty)
		begin_line(j);
	j->first = false;
	fputc(bracket, j->out);
}

static void
put_number(struct json *j, const char *text, uint64_t n)
{
	name(j, text);
	fprintf(j->out, "%" PRIu64, n);
}

static void
put_seconds(struct json *j, const char *text, double seconds)
{
	name(j, text);
	fprintf(j->out, "%.6f", seconds);
}

static void
put_bool(struct json *j, const char *text, bool value)
{
	name(j, text);
	fputs(value ? "true" : "false", j->out);
}

static void
put_null(struct json *j, const char *text)
{
	name(j, text);
	fputs("null", j->out);
}

static void
put_text(struct json *j, const char *text, struct str value)
{
	name(j, text);
	fputc('"', j->out);
	ctlprint_escaped(j->out, value, pairs);
	fputc('"', j->out);
}

/* null when there was nothing in the last minute. */
static void
put_recent(struct json *j, const char *text, const struct record_times *t,
    uint64_t us)
{
	if (t->minute_count == 0)
		put_null(j, text);
	else
		put_seconds(j, text, (double)us / 1e6);
}

static void
print_times(struct json *j, const struct record_times *t)
{
	begin(j, "time_to_first_byte", '{');
	put_number(j, "count", t->count);
	put_seconds(j, "sum", (double)t->sum_us / 1e6);
	begin(j, "last_minute", '{');
	put_number(j, "count", t->minute_count);
	put_recent(j, "mean", t, t->mean_us);
	put_recent(j, "p50", t, t->p50_us);
	put_recent(j, "p90", t, t->p90_us);
	put_recent(j, "p99", t, t->p99_us);
	end(j, '}');
	end(j, '}');
}

static void
print_traffic(struct json *j, const struct record_traffic *t)
{
	static const char *const classes[COUNTER_CLASSES] = { "1xx", "2xx",
		"3xx", "4xx", "5xx" };

	put_number(j, "requests", t->requests);
	put_number(j, "requests_now", t->active);
	put_number(j, "tunnels", t->tunnels);
	put_number(j, "tunnels_now", t->tunnels_active);
	begin(j, "answers", '{');
	for (unsigned i = 0; i < COUNTER_CLASSES; i++)
		put_number(j, classes[i], t->answers[i]);
	end(j, '}');
	put_number(j, "connect_failures", t->connect_failures);
	put_number(j, "bytes_in", t->bytes_in);
	put_number(j, "bytes_out", t->bytes_out);
	print_times(j, &t->times);
}

static void
print_backend(struct json *j, const struct record_backend *r)
{
	static const char *const kinds[RECORD_BACKEND_KINDS] = { "backend",
		"redirect", "emergency" };

	begin(j, NULL, '{');
	if (r->kind == RECORD_EMERGENCY)
		put_null(j, "index");
	else
		put_number(j, "index", r->index);
	put_text(j, "kind", str_from(kinds[r->kind]));
	put_text(j, "address", r->address);
	if (r->kind == RECORD_REDIRECT)
		put_text(j, "target", r->target);
	put_bool(j, "enabled", !r->disabled);
	put_bool(j, "alive", r->alive);
	put_number(j, "priority", r->priority);
	put_number(j, "connections", r->connections);
	put_number(j, "max_connections", r->max_conn);
	put_number(j, "waiting", r->waiting);
	put_number(j, "session_count", r->sessions);
	print_traffic(j, &r->traffic);
	end(j, '}');
}

static void
print_session(struct json *j, size_t index, const struct record_session *r)
{
	begin(j, NULL, '{');
	put_number(j, "index", index);
	name(j, "key");
	fputc('"', j->out);
	ctlprint_key(j->out, r, pairs);
	fputc('"', j->out);
	put_number(j, "backend", r->backend);
	put_seconds(j, "idle", (double)r->idle_ms / 1e3);
	end(j, '}');
}

static void
print_service(struct json *j, const struct listing_service *s)
{
	begin(j, NULL, '{');
	put_number(j, "index", s->record.index);
	if (str_empty(s->record.name))
		put_null(j, "name");
	else
		put_text(j, "name", s->record.name);
	put_bool(j, "enabled", !s->record.disabled);
	put_number(j, "weight", listing_weight(s));
	put_number(j, "session_count", s->record.sessions);
	print_traffic(j, &s->record.traffic);
	begin(j, "backends", '[');
	for (size_t i = 0; i < s->backends; i++)
		print_backend(j, &s->backend[i]);
	end(j, ']');
	begin(j, "sessions", '[');
	for (size_t i = 0; i < s->sessions; i++)
		print_session(j, i, &s->session[i]);
	end(j, ']');
	end(j, '}');
}

static void
print_services(struct json *j, const struct listing_services *list)
{
	begin(j, "services", '[');
	for (size_t i = 0; i < list->count; i++)
		print_service(j, &list->item[i]);
	end(j, ']');
}

static void
print_listener(struct json *j, const struct listing_listener *l)
{
	const struct record_listener *r = &l->record;

	begin(j, NULL, '{');
	put_number(j, "index", r->index);
	put_text(j, "protocol", r->https ? STR("https") : STR("http"));
	put_text(j, "address", r->address);
	put_bool(j, "enabled", !r->disabled);
	put_number(j, "accepted", r->accepted);
	put_number(j, "refused", r->refused);
	put_number(j, "empty", r->empty);
	put_number(j, "connections", r->active);
	put_number(j, "tls_handshakes", r->handshakes);
	put_number(j, "tls_failures", r->handshake_failures);
	print_services(j, &l->services);
	end(j, '}');
}

static void
print_worker(struct json *j, const struct record_worker *r)
{
	put_number(j, "format", FORMAT);
	put_text(j, "version", r->version);
	put_number(j, "pid", r->pid);
	put_number(j, "worker_pid", r->worker_pid);
	put_seconds(j, "uptime", (double)r->uptime_ms / 1e3);
	put_seconds(j, "worker_uptime", (double)r->worker_uptime_ms / 1e3);
	put_number(j, "restarts", r->restarts);
	put_bool(j, "draining", r->draining);
	put_number(j, "threads", r->threads);
	put_number(j, "connections", r->connections);
	put_number(j, "connections_active", r->working);
	put_number(j, "connections_parked", listing_parked(r));
	put_number(j, "max_connections", r->connections_max);
	put_number(j, "queue", r->queue);
	put_number(j, "requests_now", r->requests);
	print_times(j, &r->times);
}

void
ctlprint_json(FILE *out, const struct listing *l)
{
	struct json j = { .out = out, .first = true };

	begin(&j, NULL, '{');
	print_worker(&j, &l->worker);
	begin(&j, "outcomes", '{');
	for (size_t i = 0; i < l->outcomes; i++) {
		begin_line(&j);
		fputc('"', out);
		ctlprint_escaped(out, l->outcome[i].name, pairs);
		fprintf(out, "\": %" PRIu64, l->outcome[i].count);
	}
	end(&j, '}');
	begin(&j, "listeners", '[');
	for (size_t i = 0; i < l->listeners; i++)
		print_listener(&j, &l->listener[i]);
	end(&j, ']');
	print_services(&j, &l->globals);
	end(&j, '}');
	fputc('\n', out);
}
