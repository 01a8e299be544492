/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdio.h>

#include "base/fixbuf.h"
#include "base/log.h"
#include "control/top.h"

#define LINE_MAX_BYTES 512
#define BAR_MIN 3
#define BAR_MAX 24

struct screen {
	const struct top_view *v;
	struct strbuf *out;
	unsigned lines; /* so far */
	unsigned room;	/* for so many */
	double busiest; /* requests/s of the busiest back-end */
};

enum look { PLAIN, REVERSE, BOLD };

/* One line, cut to the width. */
static void
add_line(struct screen *s, enum look look, const char *text)
{
	static const char *const begin[] = { "", "\033[7m", "\033[1m" };
	const int width = (int)s->v->width;

	if (s->lines++ >= s->room)
		return;
	if (look == REVERSE) /* over the whole line */
		strbuf_addf(s->out, "%s%-*.*s\033[0m\n", begin[look], width,
		    width, text);
	else
		strbuf_addf(s->out, "%s%.*s%s\n", begin[look], width, text,
		    look == PLAIN ? "" : "\033[0m");
}

/* ------ numbers ------ */

struct cell {
	char text[16];
};

/* 0.0 to 999.9, then without a fraction, then in thousands. */
static struct cell
rate(double n)
{
	struct cell c;

	if (n < 999.95)
		snprintf(c.text, sizeof(c.text), "%.1f", n);
	else if (n < 99999.5)
		snprintf(c.text, sizeof(c.text), "%.0f", n);
	else
		snprintf(c.text, sizeof(c.text), "%.0fk", n / 1e3);
	return c;
}

static struct cell
bytes(double n)
{
	static const char units[] = " kMGTPE";
	struct cell c;
	unsigned unit = 0;

	while (n >= 999.5 && unit < sizeof(units) - 2) {
		n /= 1000;
		unit++;
	}
	snprintf(c.text, sizeof(c.text), n < 9.95 && unit > 0 ? "%.1f" : "%.0f",
	    n);
	if (unit > 0)
		snprintf(c.text + strlen(c.text),
		    sizeof(c.text) - strlen(c.text), "%c", units[unit]);
	return c;
}

/* Of the last minute; "-" when there was nothing. */
static struct cell
duration(const struct record_times *t, uint64_t us)
{
	const double ms = (double)us / 1e3;
	struct cell c;

	if (t->minute_count == 0)
		snprintf(c.text, sizeof(c.text), "-");
	else if (us < 1000)
		snprintf(c.text, sizeof(c.text), "%uus", (unsigned)us);
	else if (ms < 9.95)
		snprintf(c.text, sizeof(c.text), "%.1fms", ms);
	else if (ms < 999.5)
		snprintf(c.text, sizeof(c.text), "%.0fms", ms);
	else
		snprintf(c.text, sizeof(c.text), "%.1fs", ms / 1e3);
	return c;
}

static double
per_second(const struct screen *s, uint64_t now, uint64_t before)
{
	/* Less than before: another worker. */
	if (s->v->before == NULL || now < before || s->v->seconds <= 0)
		return 0;
	return (double)(now - before) / s->v->seconds;
}

/* ------ sums ------ */

static uint64_t
outcomes(const struct listing *l, bool failed)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < l->outcomes; i++)
		if (!failed || l->outcome[i].failed)
			sum += l->outcome[i].count;
	return sum;
}

static uint64_t
errors(const struct record_traffic *t)
{
	return t->answers[4] + t->connect_failures;
}

/* All services of a listing, one after another; NULL at the end. */
static const struct listing_service *
service_at(const struct listing *l, size_t n)
{
	for (size_t i = 0; i < l->listeners; i++) {
		const struct listing_services *list = &l->listener[i].services;

		if (n < list->count)
			return &list->item[n];
		n -= list->count;
	}
	return n < l->globals.count ? &l->globals.item[n] : NULL;
}

/* What stands in the first lines, since the worker began. */
struct totals {
	uint64_t requests, errors, bytes_in, bytes_out;
};

/* An answer 5xx of a back-end is passed on, so its outcome is none. */
static uint64_t
server_errors(const struct listing_service *s)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < s->backends; i++)
		if (s->backend[i].kind != RECORD_REDIRECT)
			sum += s->backend[i].traffic.answers[4];
	return sum;
}

static struct totals
totals_of(const struct listing *l)
{
	const struct listing_service *service;
	struct totals t = { 0 };

	if (l == NULL)
		return t;
	t.requests = outcomes(l, false);
	t.errors = outcomes(l, true);
	for (size_t i = 0; (service = service_at(l, i)) != NULL; i++) {
		t.errors += server_errors(service);
		t.bytes_in += service->record.traffic.bytes_in;
		t.bytes_out += service->record.traffic.bytes_out;
	}
	return t;
}

/* The same back-end in the listing before; zeros when it is not there. */
static struct record_traffic
traffic_before(const struct screen *s, size_t service, size_t backend)
{
	const struct listing_service *old = s->v->before == NULL
	    ? NULL
	    : service_at(s->v->before, service);

	if (old == NULL || backend >= old->backends)
		return (struct record_traffic){ 0 };
	return old->backend[backend].traffic;
}

static double
requests_per_second(const struct screen *s, size_t service, size_t backend)
{
	const struct record_traffic old = traffic_before(s, service, backend);
	const struct listing_service *now = service_at(s->v->now, service);

	return per_second(s, now->backend[backend].traffic.requests,
	    old.requests);
}

/* ------ the lines ------ */

static void
add_uptime(struct screen *s)
{
	const struct record_worker *w = &s->v->now->worker;
	const uint64_t up = w->uptime_ms / 1000;
	char line[LINE_MAX_BYTES];

	snprintf(line, sizeof(line),
	    "Pound %.*s  pid %u  up %" PRIu64 " d %02u:%02u:%02u  worker %u"
	    "  %u restarts%s",
	    STR_ARG(w->version), w->pid, up / 86400, (unsigned)(up / 3600 % 24),
	    (unsigned)(up / 60 % 60), (unsigned)(up % 60), w->worker_pid,
	    w->restarts, w->draining ? "  SHUTTING DOWN" : "");
	add_line(s, BOLD, line);
}

static void
add_totals(struct screen *s)
{
	const struct totals now = totals_of(s->v->now);
	const struct totals old = totals_of(s->v->before);
	const struct record_worker *w = &s->v->now->worker;
	const struct record_times *t = &w->times;
	char line[LINE_MAX_BYTES];

	snprintf(line, sizeof(line),
	    "Requests    %s/s, %" PRIu64 " now   errors %s/s   in %sB/s   "
	    "out %sB/s",
	    rate(per_second(s, now.requests, old.requests)).text, w->requests,
	    rate(per_second(s, now.errors, old.errors)).text,
	    bytes(per_second(s, now.bytes_in, old.bytes_in)).text,
	    bytes(per_second(s, now.bytes_out, old.bytes_out)).text);
	add_line(s, PLAIN, line);
	snprintf(line, sizeof(line),
	    "Connections %" PRIu64 " of %" PRIu64 ": %" PRIu64
	    " active, %" PRIu64 " parked   queue %" PRIu64 "   threads %u",
	    w->connections, w->connections_max, w->working, listing_parked(w),
	    w->queue, w->threads);
	add_line(s, PLAIN, line);
	snprintf(line, sizeof(line),
	    "First byte  mean %s   p50 %s   p90 %s   p99 %s   "
	    "(last minute)",
	    duration(t, t->mean_us).text, duration(t, t->p50_us).text,
	    duration(t, t->p90_us).text, duration(t, t->p99_us).text);
	add_line(s, PLAIN, line);
	add_line(s, PLAIN, "");
}

/* What the columns but the first and the bar take. */
#define COLUMNS_WIDTH 56
#define FIRST_MIN 20

/* The first column has what the others leave, and the bar a third of it. */
static int
first_width(const struct screen *s)
{
	const int left = (int)s->v->width - COLUMNS_WIDTH;
	const int bar = left / 3 < BAR_MAX ? left / 3 : BAR_MAX;

	return left - bar > FIRST_MIN ? left - bar : FIRST_MIN;
}

static void
add_head(struct screen *s)
{
	char line[LINE_MAX_BYTES];

	snprintf(line, sizeof(line), "%-*s %-9s %8s %7s %7s %7s %5s %6s",
	    first_width(s), "BACK-END", "STATE", "REQ/S", "ERR/S", "P50", "P99",
	    "NOW", "SESS");
	add_line(s, REVERSE, line);
}

static const char *
state(const struct record_backend *r)
{
	if (r->disabled)
		return r->alive ? "disabled" : "DEAD, d.";
	if (!r->alive)
		return "DEAD";
	if (r->kind == RECORD_REDIRECT)
		return "redirect";
	return r->kind == RECORD_EMERGENCY ? "emergency" : "alive";
}

/* Behind what stands in the line, if the screen is wide enough. */
static void
add_bar(struct screen *s, char *line, size_t size, double requests)
{
	const size_t used = strlen(line);
	size_t width = s->v->width > used ? s->v->width - used - 1 : 0;
	size_t full = 0;
	struct fixbuf b;

	if (width > BAR_MAX)
		width = BAR_MAX;
	if (width < BAR_MIN || used + width + 2 > size)
		return;
	if (s->busiest > 0)
		full = (size_t)(requests / s->busiest * (double)width + 0.5);
	fixbuf_init(&b, line + used, size - used - 1);
	fixbuf_add_char(&b, ' ');
	for (size_t i = 0; i < width; i++)
		fixbuf_add_char(&b, i < full ? '#' : '.');
	line[used + b.len] = '\0';
}

static void
add_backend(struct screen *s, size_t service, size_t backend)
{
	const struct listing_service *in = service_at(s->v->now, service);
	const struct record_backend *r = &in->backend[backend];
	const struct record_traffic old = traffic_before(s, service, backend);
	const struct record_times *t = &r->traffic.times;
	const double requests = requests_per_second(s, service, backend);
	char index[16], name[LINE_MAX_BYTES / 2], line[LINE_MAX_BYTES];
	struct fixbuf b;

	fixbuf_init(&b, name, sizeof(name) - 1);
	log_escape(&b, r->address, 0);
	name[b.len] = '\0';
	if (r->kind == RECORD_EMERGENCY)
		snprintf(index, sizeof(index), "E");
	else
		snprintf(index, sizeof(index), "%u", r->index);
	snprintf(line, sizeof(line),
	    "  %2s %-*.*s %-9.9s %8s %7s %7s %7s %5" PRIu64 " %6" PRIu64, index,
	    first_width(s) - 5, first_width(s) - 5, name, state(r),
	    rate(requests).text,
	    rate(per_second(s, errors(&r->traffic), errors(&old))).text,
	    duration(t, t->p50_us).text, duration(t, t->p99_us).text,
	    r->traffic.active, r->sessions);
	add_bar(s, line, sizeof(line), requests);
	add_line(s, r->alive ? PLAIN : BOLD, line);
}

static void
add_service(struct screen *s, const char *where, size_t service)
{
	const struct listing_service *in = service_at(s->v->now, service);
	char name[LINE_MAX_BYTES / 2], line[LINE_MAX_BYTES];
	struct fixbuf b;

	fixbuf_init(&b, name, sizeof(name) - 1);
	log_escape(&b, in->record.name, 0);
	name[b.len] = '\0';
	snprintf(line, sizeof(line), "%s, service %u%s%s%s%s", where,
	    in->record.index, b.len > 0 ? " \"" : "", name,
	    b.len > 0 ? "\"" : "", in->record.disabled ? " DISABLED" : "");
	add_line(s, PLAIN, line);
	for (size_t i = 0; i < in->backends; i++)
		add_backend(s, service, i);
}

static void
find_busiest(struct screen *s)
{
	const struct listing_service *in;

	for (size_t i = 0; (in = service_at(s->v->now, i)) != NULL; i++)
		for (size_t k = 0; k < in->backends; k++) {
			const double n = requests_per_second(s, i, k);

			if (n > s->busiest)
				s->busiest = n;
		}
}

static void
add_table(struct screen *s)
{
	const struct listing *now = s->v->now;
	size_t service = 0;

	find_busiest(s);
	add_head(s);
	for (size_t i = 0; i < now->listeners; i++) {
		const struct listing_listener *l = &now->listener[i];
		char where[LINE_MAX_BYTES / 2];

		snprintf(where, sizeof(where), "%zu %s %.*s%s", i,
		    l->record.https ? "HTTPS" : "http",
		    STR_ARG(str_head(l->record.address, 64)),
		    l->record.disabled ? " DISABLED" : "");
		for (size_t k = 0; k < l->services.count; k++)
			add_service(s, where, service++);
	}
	for (size_t k = 0; k < now->globals.count; k++)
		add_service(s, "-1 global", service++);
}

/* As many lines as there is room for; returns how many there are. */
static unsigned
compose(struct screen *s, unsigned room)
{
	s->lines = 0;
	s->room = room;
	add_uptime(s);
	add_totals(s);
	add_table(s);
	return s->lines;
}

/* The last line of the room counts what has none. */
static void
compose_cut(struct screen *s, unsigned room)
{
	const unsigned total = compose(s, 0);
	char line[64];

	if (total <= room) {
		compose(s, room);
		return;
	}
	compose(s, room - 1);
	snprintf(line, sizeof(line), "... %u more lines", total - (room - 1));
	strbuf_addf(s->out, "%.*s\n", (int)s->v->width, line);
}

void
top_compose(const struct top_view *v, struct strbuf *out)
{
	struct screen s = { .v = v, .out = out };

	if (v->height < 2 || v->width < 2)
		return;
	if (v->now != NULL)
		compose_cut(&s, v->height - (v->trouble != NULL));
	if (v->trouble != NULL)
		strbuf_addf(out, "\033[7m%-*.*s\033[0m\n", (int)v->width,
		    (int)v->width, v->trouble);
}
