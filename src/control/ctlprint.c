/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/ctlprint.h"

#include <inttypes.h>
#include <netdb.h>

#include "base/log.h"
#include "net/addr.h"

/* Four for each byte, as \xNN. */
#define ESCAPED_MAX ((size_t)4 * WIRE_TEXT_MAX)

/* ------ texts ------ */

static const char *
pair_of(char c, const char *const *pairs)
{
	for (; pairs != NULL && *pairs != NULL; pairs++)
		if ((*pairs)[0] == c)
			return *pairs + 1;
	return NULL;
}

void
ctlprint_escaped(FILE *out, struct str s, const char *const *pairs)
{
	char memory[ESCAPED_MAX];
	struct fixbuf b;

	fixbuf_init(&b, memory, sizeof(memory));
	log_escape(&b, str_head(s, WIRE_TEXT_MAX), 0);
	for (size_t i = 0; i < b.len; i++) {
		const char *more = pair_of(memory[i], pairs);

		if (more != NULL)
			fputs(more, out);
		else
			fputc(memory[i], out);
	}
}

void
ctlprint_key(FILE *out, const struct record_session *s,
    const char *const *pairs)
{
	if (!s->digest) {
		ctlprint_escaped(out, s->key, pairs);
		return;
	}
	fputs("digest:", out);
	for (size_t i = 0; i < s->key.len; i++)
		fprintf(out, "%02x", (unsigned char)s->key.p[i]);
}

/* The name of host:port's host, from DNS or the like. */
static bool
find_name(struct str address, char *name, size_t size)
{
	struct str host = address;
	struct addr addr;

	while (host.len > 0 && host.p[host.len - 1] != ':')
		host.len--;
	if (host.len == 0)
		return false;
	host.len--;
	return addr_from_ip(&addr, host, 0) == 0 &&
	    getnameinfo(&addr.sa, addr.len, name, (socklen_t)size, NULL, 0,
		NI_NAMEREQD) == 0;
}

void
ctlprint_address(FILE *out, struct str address, bool names,
    const char *const *pairs)
{
	char name[NI_MAXHOST];
	size_t colon = address.len;

	if (names && find_name(address, name, sizeof(name))) {
		while (address.p[colon - 1] != ':')
			colon--;
		ctlprint_escaped(out, str_from(name), pairs);
		address = str_skip(address, colon - 1);
	}
	ctlprint_escaped(out, address, pairs);
}

/* ------ the classic listing ------ */

static double
seconds(uint64_t us)
{
	return (double)us / 1e6;
}

/* Two lines under that of a service or a back-end; who is a back-end has
 * a record of one. */
static void
print_counters(FILE *out, const char *indent, const struct record_traffic *t,
    uint64_t sessions, const struct record_backend *r)
{
	fprintf(out,
	    "%s%" PRIu64 " requests, %" PRIu64 " now, %" PRIu64
	    " tunnels; %" PRIu64 " sessions; ",
	    indent, t->requests, t->active, t->tunnels_active, sessions);
	if (r != NULL)
		fprintf(out, "%" PRIu64 " connections, %" PRIu64 " waiting; ",
		    r->connections, r->waiting);
	fprintf(out, "%" PRIu64 " failed connects\n%sanswers",
	    t->connect_failures, indent);
	for (unsigned i = 0; i < COUNTER_CLASSES; i++)
		fprintf(out, "%s %uxx %" PRIu64, i == 0 ? "" : ",", i + 1,
		    t->answers[i]);
	fprintf(out, "; bytes %" PRIu64 " in, %" PRIu64 " out; ", t->bytes_in,
	    t->bytes_out);
	if (t->times.minute_count == 0)
		fputs("no first byte in the last minute\n", out);
	else
		fprintf(out,
		    "first byte mean %.3f p50 %.3f p90 %.3f p99 %.3f sec\n",
		    seconds(t->times.mean_us), seconds(t->times.p50_us),
		    seconds(t->times.p90_us), seconds(t->times.p99_us));
}

static void
print_backend(FILE *out, const struct record_backend *r,
    const struct ctlprint_style *style)
{
	if (r->kind == RECORD_EMERGENCY)
		fputs("      E. Emergency ", out);
	else
		fprintf(out, "    %3u. Backend ", r->index);
	ctlprint_address(out, r->address, style->names, NULL);
	if (r->kind != RECORD_EMERGENCY)
		fprintf(out, " %s (%u %.3f sec) %s",
		    r->disabled ? "DISABLED" : "active", r->priority,
		    listing_mean(&r->traffic.times),
		    r->alive ? "alive" : "DEAD");
	fputc('\n', out);
	if (style->verbose)
		print_counters(out, "         ", &r->traffic, r->sessions, r);
}

static void
print_session(FILE *out, size_t index, const struct record_session *r)
{
	fprintf(out, "    %3zu. Session ", index);
	ctlprint_key(out, r, NULL);
	fprintf(out, " -> %u\n", r->backend);
}

static void
print_service(FILE *out, const struct listing_service *s,
    const struct ctlprint_style *style)
{
	fprintf(out, "  %3u. Service ", s->record.index);
	if (!str_empty(s->record.name)) {
		fputc('"', out);
		ctlprint_escaped(out, s->record.name, NULL);
		fputs("\" ", out);
	}
	fprintf(out, "%s (%u)\n", s->record.disabled ? "DISABLED" : "active",
	    listing_weight(s));
	if (style->verbose)
		print_counters(out, "       ", &s->record.traffic,
		    s->record.sessions, NULL);
	for (size_t i = 0; i < s->backends; i++)
		print_backend(out, &s->backend[i], style);
	for (size_t i = 0; i < s->sessions; i++)
		print_session(out, i, &s->session[i]);
}

static void
print_services(FILE *out, const struct listing_services *list,
    const struct ctlprint_style *style)
{
	for (size_t i = 0; i < list->count; i++)
		print_service(out, &list->item[i], style);
}

static void
print_listener(FILE *out, const struct record_listener *r,
    const struct ctlprint_style *style)
{
	fprintf(out, "%3u. %s Listener ", r->index,
	    r->https ? "HTTPS" : "http");
	ctlprint_address(out, r->address, style->names, NULL);
	fprintf(out, " %s\n", r->disabled ? "*D" : "a");
	if (!style->verbose)
		return;
	fprintf(out,
	    "     %" PRIu64 " accepted, %" PRIu64 " refused, %" PRIu64
	    " without a byte, %" PRIu64 " now",
	    r->accepted, r->refused, r->empty, r->active);
	if (r->https)
		fprintf(out,
		    "; %" PRIu64 " handshakes, %" PRIu64 " failed handshakes",
		    r->handshakes, r->handshake_failures);
	fputc('\n', out);
}

static void
print_worker(FILE *out, const struct record_worker *r)
{
	fputs("Pound ", out);
	ctlprint_escaped(out, r->version, NULL);
	fprintf(out,
	    ", pid %u, worker %u, up %" PRIu64 " sec, worker up %" PRIu64
	    " sec, %u restarts%s\n",
	    r->pid, r->worker_pid, r->uptime_ms / 1000,
	    r->worker_uptime_ms / 1000, r->restarts,
	    r->draining ? ", shutting down" : "");
	fprintf(out,
	    "%u threads, %" PRIu64 " of %" PRIu64 " connections, %" PRIu64
	    " active, %" PRIu64 " parked, %" PRIu64 " requests now\n",
	    r->threads, r->connections, r->connections_max, r->working,
	    listing_parked(r), r->requests);
}

void
ctlprint_text(FILE *out, const struct listing *l,
    const struct ctlprint_style *style)
{
	if (style->verbose)
		print_worker(out, &l->worker);
	fprintf(out, "Requests in queue: %" PRIu64 "\n", l->worker.queue);
	for (size_t i = 0; i < l->listeners; i++) {
		print_listener(out, &l->listener[i].record, style);
		print_services(out, &l->listener[i].services, style);
	}
	fputs(" -1. Global services\n", out);
	print_services(out, &l->globals, style);
}
