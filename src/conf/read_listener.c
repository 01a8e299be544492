/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ListenHTTP, and what ListenHTTPS shares with it. */
#include "conf/read.h"

#include "base/check.h"
#include "base/fixbuf.h"
#include "conf/make_tls.h"
#include "conf/notes.h"
#include "conf/verify.h"
#include "http/field.h"
#include "http/octet.h"

#define ERROR_TEXT_MAX ((size_t)16 << 20)

const int conf_error_statuses[CONF_ERROR_COUNT] = { 400, 408, 413, 414, 417,
	431, 500, 501, 502, 503, 504, 505 };

static void
open_listener(struct builder *b, bool https)
{
	const struct builder_defaults *d = &b->defaults;
	struct conf_listener *l = tree_add_listener(b->tree);

	builder_open(b, https ? IN_HTTPS : IN_HTTP);
	b->listener = l;
	l->place = b->at.place;
	l->https = https;
	l->log_level = d->log_level;
	l->client_ms = d->client_ms;
	l->max_uri = d->max_uri;
	l->max_field = d->max_field;
	l->max_head = d->max_head;
	l->max_fields = d->max_fields;
	l->min_rate = d->min_rate;
	l->rewrite_location = 1;
	l->strict = true;
	l->tls.curves = d->curves;
	l->tls.client_cert_depth = 9;
	b->certs = b->crls = (struct builder_lines){ 0 };
}

void
read_listener_open_http(struct builder *b, const struct directive_value *v)
{
	(void)v;
	open_listener(b, false);
}

void
read_listener_open_https(struct builder *b, const struct directive_value *v)
{
	(void)v;
	open_listener(b, true);
}

void
read_listener_address(struct builder *b, const struct directive_value *v)
{
	struct conf_listener *l = b->listener;
	const char *why;

	l->address = builder_copy(b, v->text);
	if (str_find(v->text, '/') < v->text.len)
		builder_error(b, v->word,
		    "Address: a listener has an IP address, not a path");
	else if (lookup_address(&b->lookup, v->text, 0, &l->addr, &why) != 0 &&
	    !b->offline)
		builder_error(b, v->word, "Address: %.*s: %s",
		    NOTES_WORD(v->text), why);
}

void
read_listener_port(struct builder *b, const struct directive_value *v)
{
	b->listener->port = (uint16_t)v->number;
}

void
read_listener_xhttp(struct builder *b, const struct directive_value *v)
{
	b->listener->xhttp = (int)v->number;
}

void
read_listener_client(struct builder *b, const struct directive_value *v)
{
	b->listener->client_ms = (int64_t)v->number * 1000;
}

void
read_listener_check_url(struct builder *b, const struct directive_value *v)
{
	struct conf_listener *l = b->listener;
	bool nocase = b->defaults.ignore_case;

	l->check_url = builder_pattern(b, v, nocase ? PATTERN_NOCASE : 0);
	l->check_url_place = b->at.place;
	l->check_url_text = builder_copy(b, v->text);
	l->check_url_nocase = nocase;
}

/* The index of the status that ends the directive's name. */
static size_t
error_index(const struct directive *row)
{
	uint64_t status = 0;
	size_t i = 0;

	check(str_to_u64(str_skip(str_from(row->name), 3), 999, &status) == 0);
	while (i < CONF_ERROR_COUNT && conf_error_statuses[i] != (int)status)
		i++;
	check(i < CONF_ERROR_COUNT);
	return i;
}

void
read_listener_error(struct builder *b, const struct directive_value *v)
{
	struct conf_listener *l = b->listener;
	size_t i = error_index(v->row);
	const char *path, *why;
	struct str text;
	struct file f;

	l->error_file[i] = builder_copy(b, v->text);
	if (b->offline)
		return;
	path = file_find(b->arena, v->text, b->at.place.file);
	if (file_read(&f, path, ERROR_TEXT_MAX, &why) != 0) {
		builder_error_hint(b, v->word,
		    (struct builder_hint){ NULL, "a file that can be read" },
		    "%s: %s: %s", v->row->name, path, why);
		return;
	}
	text = str_make(f.bytes, f.len);
	l->error_text[i] = builder_copy(b, str_head(text, str_find(text, 0)));
	file_release(&f);
}

void
read_listener_max_request(struct builder *b, const struct directive_value *v)
{
	b->listener->has_max_request = true;
	b->listener->max_request = v->number;
}

void
read_listener_head_remove(struct builder *b, const struct directive_value *v)
{
	builder_add_pattern(b, &b->listener->head_remove, v, PATTERN_NOCASE);
}

/* NULL, or why the line cannot be sent. */
static const char *
header_fault(struct str name, struct str value)
{
	enum field_id id = field_id(name);

	for (size_t i = 0; i < name.len; i++)
		if (!octet_is(name.p[i], OCTET_TOKEN))
			return "is not of the form NAME: VALUE";
	for (size_t i = 0; i < value.len; i++)
		if (!octet_is(value.p[i], OCTET_VALUE))
			return "has a control character";
	if (id == FIELD_CONNECTION && str_eq_nocase(value, STR("close")))
		return NULL;
	if (id != FIELD_HOST &&
	    (id == FIELD_EXPECT ||
		(field_flags(id) & (FIELD_HOP | FIELD_FRAMING)) != 0))
		return "would change where the message ends or who reads it";
	return NULL;
}

void
read_listener_add_header(struct builder *b, const struct directive_value *v)
{
	struct conf_texts *list = &b->listener->add_header;
	size_t colon = str_find(v->text, ':');
	const char *fault = "is not of the form NAME: VALUE";

	if (colon > 0 && colon < v->text.len)
		fault = header_fault(str_head(v->text, colon),
		    str_trim(str_skip(v->text, colon + 1)));
	if (fault != NULL) {
		builder_warn(b, v->word, "AddHeader is ignored: it %s", fault);
		return;
	}
	list->text = tree_grow(b->tree, list->text, list->count,
	    sizeof(list->text[0]));
	list->text[list->count++] = builder_copy(b, v->text);
}

void
read_listener_rewrite_location(struct builder *b,
    const struct directive_value *v)
{
	b->listener->rewrite_location = (int)v->number;
}

void
read_listener_rewrite_destination(struct builder *b,
    const struct directive_value *v)
{
	b->listener->rewrite_destination = v->number != 0;
}

void
read_listener_log_level(struct builder *b, const struct directive_value *v)
{
	b->listener->log_level = (int)v->number;
}

void
read_listener_max_uri(struct builder *b, const struct directive_value *v)
{
	b->listener->max_uri = (size_t)v->number;
}

void
read_listener_max_field(struct builder *b, const struct directive_value *v)
{
	b->listener->max_field = (size_t)v->number;
}

void
read_listener_max_head(struct builder *b, const struct directive_value *v)
{
	b->listener->max_head = (size_t)v->number;
}

void
read_listener_max_fields(struct builder *b, const struct directive_value *v)
{
	b->listener->max_fields = (unsigned)v->number;
}

void
read_listener_min_rate(struct builder *b, const struct directive_value *v)
{
	b->listener->min_rate = v->number;
}

void
read_listener_strict(struct builder *b, const struct directive_value *v)
{
	b->listener->strict = v->number != 0;
}

static void
set_name(struct builder *b, struct conf_listener *l)
{
	char memory[ADDR_TEXT_MAX];
	struct fixbuf name;

	fixbuf_init(&name, memory, sizeof(memory));
	addr_set_port(&l->addr, l->port);
	addr_add_text(&name, &l->addr);
	l->name = builder_copy(b, fixbuf_str(&name));
}

void
read_listener_close(struct builder *b)
{
	struct conf_listener *l = b->listener;

	verify_listener(b);
	if (l->https)
		read_tls_close(b, &l->tls);
	if (l->addr.len > 0)
		set_name(b, l);
	if (l->https)
		make_tls_server(b);
}
