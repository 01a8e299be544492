/* SPDX-License-Identifier: GPL-3.0-or-later */
/* BackEnd and Emergency. */
#include "conf/read.h"

#include "base/fixbuf.h"
#include "conf/argument.h"
#include "conf/make_tls.h"
#include "conf/notes.h"
#include "conf/value.h"
#include "conf/verify.h"

#define EMERGENCY_MS ((int64_t)120 * 1000)
#define PORT_MAX 65535

static const struct directive_form ha_form = { .kind = DIRECTIVE_NUMBER,
	.min = 1,
	.max = PORT_MAX };

static void
open_server(struct builder *b, unsigned context)
{
	bool emergency = context == IN_EMERGENCY;
	struct conf_backend *be;

	be = tree_add_backend(b->tree, b->service, emergency);
	builder_open(b, context);
	b->backend = be;
	be->place = b->at.place;
	be->kind = CONF_REAL;
	be->priority = 5;
	be->timeout_ms = emergency ? EMERGENCY_MS : b->defaults.timeout_ms;
	be->connect_ms = emergency ? EMERGENCY_MS : b->defaults.connect_ms;
	be->websocket_ms = emergency ? EMERGENCY_MS : b->defaults.websocket_ms;
	be->keep_max = 32;
	be->keep_ms = 4000;
	be->tls.curves = b->defaults.curves;
}

void
read_backend_open(struct builder *b, const struct directive_value *v)
{
	(void)v;
	open_server(b, IN_BACKEND);
}

void
read_backend_open_emergency(struct builder *b, const struct directive_value *v)
{
	(void)v;
	open_server(b, IN_EMERGENCY);
}

static bool
is_path(struct str address)
{
	return str_find(address, '/') < address.len;
}

/*
 * An address of a back-end: what has a '/' is a UNIX socket, what cannot
 * be resolved now is tried again later (A.1 #7) and stays without length.
 */
static void
resolve(struct builder *b, const struct lexer_arg *arg, struct addr *addr)
{
	const char *name = b->row->name, *why;

	*addr = (struct addr){ .len = 0 };
	if (is_path(arg->text)) {
		if (addr_from_path(addr, arg->text) != 0)
			builder_error(b, arg->whole,
			    "%s: the path of a UNIX socket has at most 107 "
			    "bytes",
			    name);
	} else if (lookup_address(&b->lookup, arg->text, 0, addr, &why) != 0 &&
	    !b->offline) {
		builder_warn(b, arg->whole,
		    "%s: %.*s: %s; it is tried again every Alive seconds", name,
		    NOTES_WORD(arg->text), why);
	}
}

void
read_backend_address(struct builder *b, const struct directive_value *v)
{
	b->backend->address = builder_copy(b, v->text);
	resolve(b, &v->line->arg[0], &b->backend->addr);
}

void
read_backend_port(struct builder *b, const struct directive_value *v)
{
	b->backend->port = (uint16_t)v->number;
}

void
read_backend_priority(struct builder *b, const struct directive_value *v)
{
	b->backend->priority = (unsigned)v->number;
}

void
read_backend_timeout(struct builder *b, const struct directive_value *v)
{
	b->backend->timeout_ms = (int64_t)v->number * 1000;
}

void
read_backend_connect(struct builder *b, const struct directive_value *v)
{
	b->backend->connect_ms = (int64_t)v->number * 1000;
}

void
read_backend_websocket(struct builder *b, const struct directive_value *v)
{
	b->backend->websocket_ms = (int64_t)v->number * 1000;
}

/* --- HAport PORT, HAport ADDRESS PORT, HAport /PATH --- */

static void
read_ha_address(struct builder *b, const struct lexer_arg *arg)
{
	b->backend->ha_text = builder_copy(b, arg->text);
	resolve(b, arg, &b->backend->ha_addr);
}

/* The old program cut the number to 16 bits and checked some other port:
 * such a file must start, so the directive does not count. */
static void
read_ha_number(struct builder *b, struct str word)
{
	enum argument_result got;
	uint64_t port = 0;

	got = argument_number(word, ARGUMENT_PLAIN, &port);
	if (got == ARGUMENT_HIGH || port > PORT_MAX) {
		builder_warn(b, word,
		    "HAport is ignored: there is no port %.*s",
		    NOTES_WORD(word));
		b->backend->ha = false;
	} else if (value_number(b, word, &ha_form, &port)) {
		b->backend->ha_port = (uint16_t)port;
	}
}

void
read_backend_ha_port(struct builder *b, const struct directive_value *v)
{
	struct conf_backend *be = b->backend;
	const struct lexer_line *line = v->line;

	if (line->count < 1 || line->count > 2) {
		builder_error(b, line->name,
		    "HAport takes one or two "
		    "arguments");
		return;
	}
	be->ha = true;
	be->ha_text = STR_NONE;
	be->ha_addr.len = 0;
	be->ha_port = 0;
	if (line->count == 2 || is_path(line->arg[0].text))
		read_ha_address(b, &line->arg[0]);
	if (line->count == 2 && is_path(line->arg[0].text))
		builder_warn(b, line->arg[1].whole,
		    "HAport: a UNIX socket has no port, %.*s is ignored",
		    NOTES_WORD(line->arg[1].whole));
	else if (line->count == 2 || !is_path(line->arg[0].text))
		read_ha_number(b, line->arg[line->count - 1].whole);
}

void
read_backend_https(struct builder *b, const struct directive_value *v)
{
	(void)v;
	b->backend->https = true;
}

void
read_backend_disabled(struct builder *b, const struct directive_value *v)
{
	b->backend->disabled = v->number != 0;
}

void
read_backend_max_conn(struct builder *b, const struct directive_value *v)
{
	b->backend->max_conn = (unsigned)v->number;
}

void
read_backend_keep_max(struct builder *b, const struct directive_value *v)
{
	b->backend->keep_max = (unsigned)v->number;
}

void
read_backend_keep_time(struct builder *b, const struct directive_value *v)
{
	b->backend->keep_ms = (int64_t)v->number * 1000;
}

void
read_backend_strict(struct builder *b, const struct directive_value *v)
{
	b->backend->strict = v->number != 0;
}

/* --- End --- */

static void
set_name(struct builder *b, struct conf_backend *be)
{
	char memory[ADDR_TEXT_MAX * 4];
	struct fixbuf name;

	fixbuf_init(&name, memory, sizeof(memory));
	if (be->addr.len > 0) {
		addr_add_text(&name, &be->addr);
	} else {
		fixbuf_add(&name, str_head(be->address, 255));
		fixbuf_add_char(&name, ':');
		fixbuf_add_u64(&name, be->port);
	}
	be->name = builder_copy(b, fixbuf_str(&name));
}

static void
set_ports(struct conf_backend *be)
{
	if (be->addr.len > 0 && addr_family(&be->addr) != AF_UNIX)
		addr_set_port(&be->addr, be->port);
	if (be->ha && str_empty(be->ha_text))
		be->ha_addr = be->addr;
	if (be->ha_addr.len > 0 && addr_family(&be->ha_addr) != AF_UNIX)
		addr_set_port(&be->ha_addr, be->ha_port);
}

void
read_backend_close(struct builder *b)
{
	struct conf_backend *be = b->backend;

	verify_backend(b);
	if (be->https)
		read_tls_close(b, &be->tls);
	set_ports(be);
	set_name(b, be);
	if (be->https)
		make_tls_client(b);
}
