/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "conf/verify.h"

#include "base/strbuf.h"
#include "conf/notes.h"

/* The block has to have this directive. */
static void
need(struct builder *b, const char *name)
{
	const char *block = directive_context_name(
	    builder_innermost(b)->context);
	struct strbuf expected;
	struct str word;

	if (builder_has(b, name))
		return;
	strbuf_init(&expected, BUILDER_TEXT_MAX);
	directive_add_form(&expected,
	    directive_find(str_from(name), builder_innermost(b)->context));
	word = builder_blame(b, NULL);
	builder_error_hint(b, word,
	    (struct builder_hint){ NULL, strbuf_text(&expected) },
	    "%s has no %s", block, name);
	strbuf_release(&expected);
}

/* --- Listeners --- */

/* What MaxURI or MaxField allows, MaxHead must hold. */
static void
compare_with_head(struct builder *b, const char *name, size_t size)
{
	struct str word;

	if (size <= b->listener->max_head || !builder_has(b, name))
		return;
	word = builder_blame(b, name);
	builder_warn(b, word,
	    "%s is larger than MaxHead: a head ends after %zu bytes", name,
	    b->listener->max_head);
}

/* The earlier listener with the same address and port, or NULL. */
static const struct conf_listener *
twin_of(const struct conf *c, const struct conf_listener *l)
{
	for (size_t i = 0; l->addr.len > 0 && i < l->id; i++)
		if (c->listeners[i]->port == l->port &&
		    addr_same_host(&c->listeners[i]->addr, &l->addr))
			return c->listeners[i];
	return NULL;
}

static void
refuse_twin(struct builder *b)
{
	const struct conf_listener *twin = twin_of(b->conf, b->listener);
	struct builder_hint hint = { NULL, "another Address or Port" };
	struct str word;

	if (twin == NULL || !builder_has(b, "Port"))
		return;
	word = builder_blame(b, "Port");
	builder_error_hint(b, word, hint,
	    "the listener of line %u has this Address and Port already",
	    twin->place.line);
}

void
verify_listener(struct builder *b)
{
	const struct conf_listener *l = b->listener;

	need(b, "Address");
	need(b, "Port");
	if (l->https)
		need(b, "Cert");
	compare_with_head(b, "MaxURI", l->max_uri);
	compare_with_head(b, "MaxField", l->max_field);
	refuse_twin(b);
}

/* --- Back-ends --- */

static bool
is_path(struct str address)
{
	return str_find(address, '/') < address.len;
}

/*
 * A name without a '/' that does not resolve was a UNIX socket in the
 * working directory for the old program: no error then.
 */
static void
need_port(struct builder *b)
{
	const struct conf_backend *be = b->backend;
	struct str word;

	if (be->addr.len > 0 || b->offline) {
		need(b, "Port");
	} else if (!builder_has(b, "Port") && !str_empty(be->address)) {
		word = builder_blame(b, NULL);
		builder_warn(b, word,
		    "there is no Port: if %.*s is a UNIX socket write ./%.*s",
		    NOTES_WORD(be->address), NOTES_WORD(be->address));
	}
}

static void
refuse_port_of_path(struct builder *b, const char *name)
{
	struct str word;

	if (!builder_has(b, name))
		return;
	word = builder_blame(b, name);
	builder_error_hint(b, word, (struct builder_hint){ 0 },
	    "%s: the Address is a UNIX socket, which has no ports", name);
}

static void
verify_ports(struct builder *b)
{
	const struct conf_backend *be = b->backend;

	if (!is_path(be->address)) {
		need_port(b);
		return;
	}
	refuse_port_of_path(b, "Port");
	if (!be->emergency && be->ha && str_empty(be->ha_text))
		refuse_port_of_path(b, "HAport");
}

static void
refuse_tls(struct builder *b)
{
	static const char *const names[] = { "Cert", "Ciphers", "Disable",
		"MinProtocol", "ServerName", "VerifyList" };
	struct builder_hint hint = { NULL, "HTTPS in the block" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (builder_has(b, names[i])) {
			builder_blame(b, names[i]);
			builder_error_hint(b, b->at.name, hint,
			    "%s without HTTPS", names[i]);
		}
}

void
verify_backend(struct builder *b)
{
	need(b, "Address");
	verify_ports(b);
	if (!builder_has(b, "HTTPS"))
		refuse_tls(b);
}

/* --- Sessions --- */

static bool
wants_id(enum conf_session_type type)
{
	return type == CONF_SESSION_URL || type == CONF_SESSION_COOKIE ||
	    type == CONF_SESSION_HEADER;
}

void
verify_session(struct builder *b)
{
	enum conf_session_type type = b->service->session.type;

	need(b, "Type");
	need(b, "TTL");
	if (wants_id(type)) {
		need(b, "ID");
	} else if (type != CONF_SESSION_NONE && builder_has(b, "ID")) {
		builder_blame(b, "ID");
		builder_error_hint(b, b->at.name, (struct builder_hint){ 0 },
		    "a Session of this Type has no ID");
	}
}

/* --- Everything --- */

void
verify_tree(struct builder *b)
{
	struct notes_finding f = { .severity = CONF_ERROR,
		.place = b->source.last,
		.expected = "a ListenHTTP or ListenHTTPS block" };

	if (b->conf->listener_count == 0)
		notes_add(b->notes, &f, "no listeners");
}
