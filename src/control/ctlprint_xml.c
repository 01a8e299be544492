/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>

#include "control/ctlprint.h"

/* A quote is escaped already, like in the log. */
static const char *const pairs[] = { "&&amp;", "<&lt;", ">&gt;", NULL };

static void
print_backend(FILE *out, const struct record_backend *r, bool names)
{
	if (r->kind == RECORD_EMERGENCY)
		fputs("<emergency", out);
	else
		fprintf(out, "<backend index=\"%u\"", r->index);
	fputs(" address=\"", out);
	ctlprint_address(out, r->address, names, pairs);
	if (r->kind != RECORD_EMERGENCY)
		fprintf(out,
		    "\" avg=\"%.3f\" priority=\"%u\" alive=\"%s\" status=\"%s",
		    listing_mean(&r->traffic.times), r->priority,
		    r->alive ? "yes" : "DEAD",
		    r->disabled ? "DISABLED" : "active");
	fputs("\" />\n", out);
}

static void
print_session(FILE *out, size_t index, const struct record_session *r)
{
	fprintf(out, "<session index=\"%zu\" key=\"", index);
	ctlprint_key(out, r, pairs);
	fprintf(out, "\" backend=\"%u\" />\n", r->backend);
}

/* An enabled one without a name never had a status. */
static void
print_service(FILE *out, const struct listing_service *s, bool names)
{
	fprintf(out, "<service index=\"%u\"", s->record.index);
	if (!str_empty(s->record.name)) {
		fputs(" name=\"", out);
		ctlprint_escaped(out, s->record.name, pairs);
		fputc('"', out);
	}
	if (s->record.disabled)
		fputs(" status=\"DISABLED\"", out);
	else if (!str_empty(s->record.name))
		fputs(" status=\"active\"", out);
	fputs(">\n", out);
	for (size_t i = 0; i < s->backends; i++)
		print_backend(out, &s->backend[i], names);
	for (size_t i = 0; i < s->sessions; i++)
		print_session(out, i, &s->session[i]);
	fputs("</service>\n", out);
}

static void
print_services(FILE *out, const struct listing_services *list, bool names)
{
	for (size_t i = 0; i < list->count; i++)
		print_service(out, &list->item[i], names);
}

static void
print_listener(FILE *out, const struct listing_listener *l, bool names)
{
	const struct record_listener *r = &l->record;

	fprintf(out, "<listener index=\"%u\" protocol=\"%s\" address=\"",
	    r->index, r->https ? "HTTPS" : "http");
	ctlprint_address(out, r->address, names, pairs);
	fprintf(out, "\" status=\"%s\">\n",
	    r->disabled ? "DISABLED" : "active");
	print_services(out, &l->services, names);
	fputs("</listener>\n", out);
}

void
ctlprint_xml(FILE *out, const struct listing *l,
    const struct ctlprint_style *style)
{
	fprintf(out, "<pound>\n<queue size=\"%" PRIu64 "\"/>\n",
	    l->worker.queue);
	for (size_t i = 0; i < l->listeners; i++)
		print_listener(out, &l->listener[i], style->names);
	print_services(out, &l->globals, style->names);
	fputs("</pound>\n", out);
}
