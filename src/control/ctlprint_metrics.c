/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stddef.h>

#include "control/ctlprint.h"

/*
 * OpenMetrics 1.0: all samples of a family stand together, so each family
 * walks the listing once. What a family is stands in one row of a table.
 */

/* A quote is escaped already, like in the log. */
static const char *const pairs[] = { "\\\\\\", NULL };

/* The thing that a sample is of. NULL where it does not apply. */
struct place {
	const struct record_worker *worker;
	const struct record_listener *listener; /* NULL: a global service */
	const struct listing_service *service;
	const struct record_backend *backend;
	unsigned emergency; /* its number among those of the service */
	const struct record_traffic *traffic;
};

enum of { OF_WORKER, OF_LISTENER, OF_SERVICE, OF_BACKEND };

struct metrics {
	FILE *out;
	const struct listing *l;
	const struct family *family;
};

struct family {
	enum of of;
	const char *name, *type, *help;
	/* Prints the samples of one place. */
	void (*print)(struct metrics *m, const struct place *p);
	size_t offset; /* print_u64: in the record of `of` */
};

/* ------ samples ------ */

static void
label(struct metrics *m, char before, const char *name, struct str value)
{
	fprintf(m->out, "%c%s=\"", before, name);
	ctlprint_escaped(m->out, value, pairs);
	fputc('"', m->out);
}

static void
backend_labels(struct metrics *m, const struct place *p)
{
	static const char *const kinds[RECORD_BACKEND_KINDS] = { "backend",
		"redirect", "emergency" };

	if (p->backend->kind == RECORD_EMERGENCY)
		fprintf(m->out, ",backend=\"E%u\"", p->emergency);
	else
		fprintf(m->out, ",backend=\"%u\"", p->backend->index);
	label(m, ',', "kind", str_from(kinds[p->backend->kind]));
	label(m, ',', "address", p->backend->address);
}

/* Those of the place; open for one more. False: there is none yet. */
static bool
labels(struct metrics *m, const struct place *p)
{
	if (p->worker != NULL)
		return false;
	if (p->listener != NULL)
		fprintf(m->out, "{listener=\"%u\"", p->listener->index);
	else
		fputs("{listener=\"-1\"", m->out);
	if (p->service != NULL) {
		fprintf(m->out, ",service=\"%u\"", p->service->record.index);
		label(m, ',', "service_name", p->service->record.name);
	} else if (p->listener != NULL) {
		label(m, ',', "address", p->listener->address);
	}
	if (p->backend != NULL)
		backend_labels(m, p);
	return true;
}

/* "pound_x_total{...,more="value"} ", the number is to follow. */
static void
begin_sample(struct metrics *m, const struct place *p, const char *suffix,
    const char *more, const char *value)
{
	bool open;

	fprintf(m->out, "pound_%s%s", m->family->name, suffix);
	open = labels(m, p);
	if (more != NULL)
		label(m, open ? ',' : '{', more, str_from(value));
	fputs(open || more != NULL ? "} " : " ", m->out);
}

static void
end_u64(struct metrics *m, uint64_t n)
{
	fprintf(m->out, "%" PRIu64 "\n", n);
}

static void
end_seconds(struct metrics *m, uint64_t us)
{
	fprintf(m->out, "%.6f\n", (double)us / 1e6);
}

/* ------ what the families print ------ */

static const void *
record_of(const struct metrics *m, const struct place *p)
{
	switch (m->family->of) {
	case OF_WORKER:
		return p->worker;
	case OF_LISTENER:
		return p->listener;
	case OF_SERVICE:
		return &p->service->record;
	default:
		return p->backend;
	}
}

static const char *
suffix_of(const struct metrics *m)
{
	return m->family->type[0] == 'c' ? "_total" : ""; /* counter */
}

static void
print_u64(struct metrics *m, const struct place *p)
{
	uint64_t n;

	memcpy(&n, (const char *)record_of(m, p) + m->family->offset,
	    sizeof(n));
	begin_sample(m, p, suffix_of(m), NULL, NULL);
	end_u64(m, n);
}

static void
print_u32(struct metrics *m, const struct place *p)
{
	uint32_t n;

	memcpy(&n, (const char *)record_of(m, p) + m->family->offset,
	    sizeof(n));
	begin_sample(m, p, suffix_of(m), NULL, NULL);
	end_u64(m, n);
}

/* Milliseconds, as seconds. */
static void
print_ms(struct metrics *m, const struct place *p)
{
	uint64_t n;

	memcpy(&n, (const char *)record_of(m, p) + m->family->offset,
	    sizeof(n));
	begin_sample(m, p, suffix_of(m), NULL, NULL);
	fprintf(m->out, "%.3f\n", (double)n / 1e3);
}

static void
print_bool(struct metrics *m, const struct place *p)
{
	bool b;

	memcpy(&b, (const char *)record_of(m, p) + m->family->offset,
	    sizeof(b));
	begin_sample(m, p, "", NULL, NULL);
	end_u64(m, b);
}

/* What is kept as "disabled" is told as "enabled". */
static void
print_not(struct metrics *m, const struct place *p)
{
	bool b;

	memcpy(&b, (const char *)record_of(m, p) + m->family->offset,
	    sizeof(b));
	begin_sample(m, p, "", NULL, NULL);
	end_u64(m, !b);
}

static void
print_info(struct metrics *m, const struct place *p)
{
	fprintf(m->out, "pound_%s_info{version=\"", m->family->name);
	ctlprint_escaped(m->out, p->worker->version, pairs);
	fputs("\"} 1\n", m->out);
}

static void
print_connections(struct metrics *m, const struct place *p)
{
	begin_sample(m, p, "", "state", "active");
	end_u64(m, p->worker->working);
	begin_sample(m, p, "", "state", "parked");
	end_u64(m, listing_parked(p->worker));
}

static void
print_outcomes(struct metrics *m, const struct place *p)
{
	for (size_t i = 0; i < m->l->outcomes; i++) {
		char name[64];

		snprintf(name, sizeof(name), "%.*s",
		    STR_ARG(m->l->outcome[i].name));
		begin_sample(m, p, "_total", "outcome", name);
		end_u64(m, m->l->outcome[i].count);
	}
}

static void
print_answers(struct metrics *m, const struct place *p)
{
	static const char *const classes[COUNTER_CLASSES] = { "1xx", "2xx",
		"3xx", "4xx", "5xx" };

	for (unsigned i = 0; i < COUNTER_CLASSES; i++) {
		begin_sample(m, p, "_total", "class", classes[i]);
		end_u64(m, p->traffic->answers[i]);
	}
}

static void
print_weight(struct metrics *m, const struct place *p)
{
	begin_sample(m, p, "", NULL, NULL);
	end_u64(m, listing_weight(p->service));
}

static void
print_quantile(struct metrics *m, const struct place *p, const char *which,
    uint64_t us)
{
	begin_sample(m, p, "", "quantile", which);
	if (p->traffic->times.minute_count == 0)
		fputs("NaN\n", m->out);
	else
		end_seconds(m, us);
}

/* Quantiles of the last minute, sum and count since the start. */
static void
print_times(struct metrics *m, const struct place *p)
{
	const struct record_times *t = &p->traffic->times;

	print_quantile(m, p, "0.5", t->p50_us);
	print_quantile(m, p, "0.9", t->p90_us);
	print_quantile(m, p, "0.99", t->p99_us);
	begin_sample(m, p, "_sum", NULL, NULL);
	end_seconds(m, t->sum_us);
	begin_sample(m, p, "_count", NULL, NULL);
	end_u64(m, t->count);
}

/* ------ the table ------ */

#define WORKER(field) offsetof(struct record_worker, field)
#define LISTENER(field) offsetof(struct record_listener, field)
#define SERVICE(field) offsetof(struct record_service, field)
#define BACKEND(field) offsetof(struct record_backend, field)

static const struct family families[] = {
	{ OF_WORKER, "build", "info", "What runs.", print_info, 0 },
	{ OF_WORKER, "uptime_seconds", "gauge", "Since Pound was started.",
	    print_ms, WORKER(uptime_ms) },
	{ OF_WORKER, "worker_uptime_seconds", "gauge",
	    "Since the worker was started; counters begin then.", print_ms,
	    WORKER(worker_uptime_ms) },
	{ OF_WORKER, "worker_restarts", "counter",
	    "Workers that were started because one had died.", print_u32,
	    WORKER(restarts) },
	{ OF_WORKER, "threads", "gauge", "Threads that serve.", print_u32,
	    WORKER(threads) },
	{ OF_WORKER, "connections", "gauge",
	    "Clients that are connected: being worked on, or waiting.",
	    print_connections, 0 },
	{ OF_WORKER, "connections_max", "gauge",
	    "Clients that may be connected at once.", print_u64,
	    WORKER(connections_max) },
	{ OF_WORKER, "queue", "gauge",
	    "Connections that wait for a thread or for MaxConn.", print_u64,
	    WORKER(queue) },
	{ OF_WORKER, "outcomes", "counter", "How requests ended.",
	    print_outcomes, 0 },

	{ OF_LISTENER, "listener_enabled", "gauge", "1, or 0 when disabled.",
	    print_not, LISTENER(disabled) },
	{ OF_LISTENER, "listener_accepted", "counter", "Connections taken.",
	    print_u64, LISTENER(accepted) },
	{ OF_LISTENER, "listener_refused", "counter",
	    "Connections closed unserved: disabled, or no room.", print_u64,
	    LISTENER(refused) },
	{ OF_LISTENER, "listener_empty", "counter",
	    "Connections closed by the client without a byte.", print_u64,
	    LISTENER(empty) },
	{ OF_LISTENER, "listener_connections", "gauge", "Connections now.",
	    print_u64, LISTENER(active) },
	{ OF_LISTENER, "listener_tls_handshakes", "counter",
	    "TLS handshakes that succeeded.", print_u64, LISTENER(handshakes) },
	{ OF_LISTENER, "listener_tls_failures", "counter",
	    "TLS handshakes that failed.", print_u64,
	    LISTENER(handshake_failures) },

	{ OF_SERVICE, "service_enabled", "gauge", "1, or 0 when disabled.",
	    print_not, SERVICE(disabled) },
	{ OF_SERVICE, "service_weight", "gauge",
	    "Sum of the priorities of usable back-ends.", print_weight, 0 },
	{ OF_SERVICE, "service_sessions", "gauge", "Sessions in the table.",
	    print_u64, SERVICE(sessions) },
	{ OF_SERVICE, "service_requests", "counter", "Requests begun.",
	    print_u64, SERVICE(traffic.requests) },
	{ OF_SERVICE, "service_requests_active", "gauge", "Requests now.",
	    print_u64, SERVICE(traffic.active) },
	{ OF_SERVICE, "service_tunnels", "counter", "WebSockets opened.",
	    print_u64, SERVICE(traffic.tunnels) },
	{ OF_SERVICE, "service_tunnels_active", "gauge", "WebSockets now.",
	    print_u64, SERVICE(traffic.tunnels_active) },
	{ OF_SERVICE, "service_answers", "counter",
	    "Answers to clients by class of status.", print_answers, 0 },
	{ OF_SERVICE, "service_connect_failures", "counter",
	    "Back-ends that could not be connected.", print_u64,
	    SERVICE(traffic.connect_failures) },
	{ OF_SERVICE, "service_received_bytes", "counter",
	    "Bytes of bodies from clients.", print_u64,
	    SERVICE(traffic.bytes_in) },
	{ OF_SERVICE, "service_sent_bytes", "counter",
	    "Bytes of bodies to clients.", print_u64,
	    SERVICE(traffic.bytes_out) },
	{ OF_SERVICE, "service_first_byte_seconds", "summary",
	    "From the request to the head of its answer; quantiles are those "
	    "of the last minute.",
	    print_times, 0 },

	{ OF_BACKEND, "backend_alive", "gauge", "1, or 0 when dead.",
	    print_bool, BACKEND(alive) },
	{ OF_BACKEND, "backend_enabled", "gauge", "1, or 0 when disabled.",
	    print_not, BACKEND(disabled) },
	{ OF_BACKEND, "backend_priority", "gauge", "Its weight.", print_u32,
	    BACKEND(priority) },
	{ OF_BACKEND, "backend_connections", "gauge",
	    "Connections to it, idle ones too.", print_u64,
	    BACKEND(connections) },
	{ OF_BACKEND, "backend_waiting", "gauge",
	    "Requests that wait for a slot of MaxConn.", print_u64,
	    BACKEND(waiting) },
	{ OF_BACKEND, "backend_sessions", "gauge", "Sessions tied to it.",
	    print_u64, BACKEND(sessions) },
	{ OF_BACKEND, "backend_requests", "counter", "Requests begun.",
	    print_u64, BACKEND(traffic.requests) },
	{ OF_BACKEND, "backend_requests_active", "gauge", "Requests now.",
	    print_u64, BACKEND(traffic.active) },
	{ OF_BACKEND, "backend_tunnels", "counter", "WebSockets opened.",
	    print_u64, BACKEND(traffic.tunnels) },
	{ OF_BACKEND, "backend_tunnels_active", "gauge", "WebSockets now.",
	    print_u64, BACKEND(traffic.tunnels_active) },
	{ OF_BACKEND, "backend_answers", "counter",
	    "Its answers by class of status.", print_answers, 0 },
	{ OF_BACKEND, "backend_connect_failures", "counter",
	    "Connects that failed.", print_u64,
	    BACKEND(traffic.connect_failures) },
	{ OF_BACKEND, "backend_received_bytes", "counter",
	    "Bytes of bodies from clients to it.", print_u64,
	    BACKEND(traffic.bytes_in) },
	{ OF_BACKEND, "backend_sent_bytes", "counter",
	    "Bytes of bodies from it to clients.", print_u64,
	    BACKEND(traffic.bytes_out) },
	{ OF_BACKEND, "backend_first_byte_seconds", "summary",
	    "From the request on its connection to the head of the answer; "
	    "quantiles are those of the last minute.",
	    print_times, 0 },
};

/* ------ the walk ------ */

static void
walk_backends(struct metrics *m, struct place *p)
{
	p->emergency = 0;
	for (size_t i = 0; i < p->service->backends; i++) {
		p->backend = &p->service->backend[i];
		p->traffic = &p->backend->traffic;
		m->family->print(m, p);
		if (p->backend->kind == RECORD_EMERGENCY)
			p->emergency++;
	}
	p->backend = NULL;
}

static void
walk_services(struct metrics *m, const struct record_listener *listener,
    const struct listing_services *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct place p = { .listener = listener,
			.service = &list->item[i],
			.traffic = &list->item[i].record.traffic };

		if (m->family->of == OF_SERVICE)
			m->family->print(m, &p);
		else
			walk_backends(m, &p);
	}
}

static void
walk(struct metrics *m)
{
	const struct listing *l = m->l;
	struct place worker = { .worker = &l->worker };

	if (m->family->of == OF_WORKER) {
		m->family->print(m, &worker);
		return;
	}
	for (size_t i = 0; i < l->listeners; i++) {
		struct place p = { .listener = &l->listener[i].record };

		if (m->family->of == OF_LISTENER)
			m->family->print(m, &p);
		else
			walk_services(m, p.listener, &l->listener[i].services);
	}
	if (m->family->of > OF_LISTENER)
		walk_services(m, NULL, &l->globals);
}

void
ctlprint_metrics(FILE *out, const struct listing *l)
{
	struct metrics m = { .out = out, .l = l };

	for (size_t i = 0; i < ARRAY_LEN(families); i++) {
		m.family = &families[i];
		fprintf(out, "# TYPE pound_%s %s\n# HELP pound_%s %s\n",
		    m.family->name, m.family->type, m.family->name,
		    m.family->help);
		walk(&m);
	}
	fputs("# EOF\n", out);
}
