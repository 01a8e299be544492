/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "proxy/sanitize.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/check.h"
#include "base/log.h"
#include "http/host.h"
#include "proxy/accesslog.h"

void
sanitize_detail(struct exchange *x, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(x->detail, sizeof(x->detail), fmt, args);
	va_end(args);
}

void
sanitize_late(struct exchange *x, const char *directive, int64_t limit_ms)
{
	sanitize_detail(x, "%s is %lld s", directive,
	    (long long)(limit_ms / 1000));
}

static void
sanitize_pattern_failed(struct exchange *x, const char *directive,
    const struct conf_place *place)
{
	sanitize_detail(x, "%s in %s line %u: %s", directive, place->file,
	    place->line, pattern_error());
}

static enum outcome
sanitize_method(const struct client *c, struct exchange *x)
{
	struct request *req = &x->req;

	if (req->method == METHOD_UNKNOWN) {
		const enum method m = method_from_nocase(req->method_text);

		if (m == METHOD_UNKNOWN)
			return OUTCOME_METHOD_UNKNOWN;
		if (c->listener->strict) {
			sanitize_detail(x,
			    "did the client mean %.*s? Strict 0"
			    " would send that",
			    STR_ARG(method_name(m)));
			return OUTCOME_METHOD_CASE;
		}
		req->method = m;
	}
	x->method = method_name(req->method);
	return method_xhttp(req->method) > c->listener->xhttp
	    ? OUTCOME_METHOD_REFUSED
	    : OUTCOME_OK;
}

static enum outcome
sanitize_target(const struct client *c, struct exchange *x)
{
	const struct conf_listener *l = c->listener;
	enum outcome o;

	o = target_parse(x->req.target, x->req.method, l->xhttp >= 3, &x->arena,
	    &x->target);
	if (o != OUTCOME_OK || l->check_url == NULL)
		return o;
	switch (pattern_match(l->check_url, x->target.decoded, NULL)) {
	case PATTERN_MATCH:
		return OUTCOME_OK;
	case PATTERN_NO_MATCH:
		return OUTCOME_CHECK_URL;
	default:
		sanitize_pattern_failed(x, "CheckURL", &l->check_url_place);
		return OUTCOME_PATTERN_FAILED;
	}
}

enum outcome
sanitize_line(const struct client *c, struct exchange *x)
{
	const enum outcome o = sanitize_method(c, x);

	return o == OUTCOME_OK ? sanitize_target(c, x) : o;
}

/* The line as received tells something else now: patterns see it made
 * anew (match_line). */
static void
sanitize_set_value(struct field *f, struct str value)
{
	f->value = value;
	f->line = STR_NONE;
}

/* A Host field where none was. There is room for one more than a head may
 * have (exchange_size). */
static void
sanitize_add_host(struct request *req, struct str host)
{
	check(req->field_count < req->field_room);
	memmove(req->field + 1, req->field,
	    req->field_count * sizeof(*req->field));
	req->field[0] = (struct field){ .id = FIELD_HOST,
		.name = field_name(FIELD_HOST) };
	sanitize_set_value(&req->field[0], host);
	req->field_count++;
}

/*
 * The authority of an absolute target wins over Host (RFC 9112 3.2.2).
 * Services match on it, so the field itself is changed.
 */
static enum outcome
sanitize_host(struct client *c, struct exchange *x)
{
	enum outcome o;

	o = host_of_request(&x->req, !c->listener->strict, &x->host);
	if (o != OUTCOME_OK || str_empty(x->target.authority))
		return o;
	if (str_eq_nocase(host_without_default_port(x->host, x->target.https),
		x->target.authority))
		return OUTCOME_OK;
	x->host = x->target.authority;
	for (unsigned i = 0; i < x->req.field_count; i++) {
		if (x->req.field[i].id == FIELD_HOST) {
			sanitize_set_value(&x->req.field[i], x->host);
			return OUTCOME_OK;
		}
	}
	sanitize_add_host(&x->req, x->host);
	return OUTCOME_OK;
}

static enum outcome
sanitize_length(const struct client *c, struct exchange *x)
{
	const struct conf_listener *l = c->listener;
	enum outcome o;

	o = framing_of_request(&x->req, &x->req_framing);
	if (o != OUTCOME_OK)
		return o;
	x->rpc_out = x->req.method == METHOD_RPC_OUT_DATA;
	x->rpc_in = x->req.method == METHOD_RPC_IN_DATA &&
	    x->req_framing.kind == FRAMING_LENGTH &&
	    exchange_rpc_window(x->req_framing.length);
	/* A channel announces what it may become, not what it is. */
	if (x->rpc_in)
		return OUTCOME_OK;
	if (l->has_max_request && x->req_framing.kind == FRAMING_LENGTH &&
	    x->req_framing.length > l->max_request) {
		sanitize_detail(x, "%llu bytes, MaxRequest is %llu",
		    (unsigned long long)x->req_framing.length,
		    (unsigned long long)l->max_request);
		return OUTCOME_REQUEST_LARGE;
	}
	return OUTCOME_OK;
}

/* Fields that a Connection field names go no further; those that frame
 * the message or that we set ourselves cannot be named away. */
static void
sanitize_named(struct request *req, struct str list)
{
	struct str token;

	while (field_next_token(&list, &token)) {
		for (unsigned i = 0; i < req->field_count; i++) {
			struct field *f = &req->field[i];

			if ((field_flags(f->id) & FIELD_FRAMING) == 0 &&
			    str_eq_nocase(f->name, token))
				f->skip = true;
		}
	}
}

/* NoHTTPS11: no keep-alive over TLS, with anyone or with old MSIE. */
static bool
sanitize_https11(const struct client *c, const struct exchange *x)
{
	if (!c->listener->https || c->listener->no_https11 == 0)
		return false;
	if (c->listener->no_https11 == 1)
		return true;
	for (unsigned i = 0; i < x->req.field_count; i++) {
		const struct field *f = &x->req.field[i];

		if (f->id == FIELD_USER_AGENT &&
		    str_contains(f->value, STR("MSIE")))
			return true;
	}
	return false;
}

static void
sanitize_connection(const struct client *c, struct exchange *x)
{
	bool close = false, keep = false;

	for (unsigned i = 0; i < x->req.field_count; i++) {
		const struct field *f = &x->req.field[i];

		if (f->id != FIELD_CONNECTION)
			continue;
		close |= field_has_token(f->value, STR("close"));
		keep |= field_has_token(f->value, STR("keep-alive"));
		sanitize_named(&x->req, f->value);
	}
	x->keep_wanted = !close && !x->req.bare_lf &&
	    (x->req.minor == 1 || keep) && !sanitize_https11(c, x);
}

/* What a WebSocket handshake lacks (strict-http 6); NULL: nothing. */
static const char *
sanitize_handshake_lacks(const struct exchange *x, unsigned upgrades,
    bool named)
{
	if (x->req.method != METHOD_GET)
		return "the method is not GET";
	if (x->req.minor != 1)
		return "it is HTTP/1.0";
	if (!named)
		return "Connection does not name upgrade";
	if (upgrades > 1)
		return "there are several Upgrade fields";
	if (x->req_framing.kind == FRAMING_CHUNKED ||
	    (x->req_framing.kind == FRAMING_LENGTH &&
		x->req_framing.length > 0))
		return "it has a body";
	return NULL;
}

static void
sanitize_note_upgrade(const struct client *c, const char *lacks)
{
	char memory[1024];
	struct fixbuf b;

	fixbuf_init(&b, memory, sizeof(memory));
	fixbuf_add(&b, STR("listener "));
	fixbuf_add(&b, c->listener->name);
	fixbuf_add(&b, STR(": an Upgrade to WebSocket was dropped: "));
	fixbuf_add(&b, str_from(lacks));
	accesslog_notice(c, LIVE_UPGRADE, &b);
}

/* A WebSocket handshake keeps its Upgrade field and one Connection. */
static void
sanitize_upgrade(struct client *c, struct exchange *x)
{
	struct field *upgrade = NULL, *connection = NULL;
	unsigned upgrades = 0;
	const char *lacks;
	bool named = false;

	for (unsigned i = 0; i < x->req.field_count; i++) {
		struct field *f = &x->req.field[i];

		if (f->id == FIELD_UPGRADE && upgrades++ == 0)
			upgrade = f;
		if (f->id != FIELD_CONNECTION)
			continue;
		named |= field_has_token(f->value, STR("upgrade"));
		if (connection == NULL)
			connection = f;
	}
	if (upgrade == NULL || !str_eq_nocase(upgrade->value, STR("websocket")))
		return;
	lacks = sanitize_handshake_lacks(x, upgrades, named);
	if (lacks == NULL) {
		x->websocket = true;
		upgrade->skip = connection->skip = false;
	} else {
		sanitize_note_upgrade(c, lacks);
	}
}

static bool
sanitize_is_connection_auth(struct str value)
{
	return str_starts_nocase(value, STR("NTLM")) ||
	    str_starts_nocase(value, STR("Negotiate"));
}

/* Credentials that a TRACE must not echo to whoever asks. */
static bool
sanitize_is_credential(enum field_id id, struct str name)
{
	return id == FIELD_AUTHORIZATION || id == FIELD_COOKIE ||
	    id == FIELD_PROXY_AUTHORIZATION ||
	    str_eq_nocase(name, STR("Cookie2"));
}

/* "Max-Forwards" less one, for OPTIONS and TRACE (RFC 9110 7.6.2). */
static void
sanitize_max_forwards(struct exchange *x, struct field *f)
{
	struct fixbuf b;
	uint64_t n;
	char *p;

	if (x->req.method != METHOD_OPTIONS && x->req.method != METHOD_TRACE)
		return;
	if (str_to_u64(f->value, UINT32_MAX, &n) == -1 || n == 0)
		return;
	p = arena_alloc(&x->arena, 16);
	if (p == NULL)
		return;
	fixbuf_init(&b, p, 16);
	fixbuf_add_u64(&b, n - 1);
	sanitize_set_value(f, fixbuf_str(&b));
}

static enum outcome
sanitize_expect(struct exchange *x, struct field *f)
{
	f->skip = true;
	if (str_empty(f->value))
		return OUTCOME_OK;
	if (!str_eq_nocase(f->value, STR("100-continue")))
		return OUTCOME_EXPECT_UNKNOWN;
	if (x->req.minor == 1)
		x->expect = true;
	return OUTCOME_OK;
}

/* The seven X-SSL-* names: said once a listener, and not forwarded. */
static void
sanitize_xssl(struct client *c, struct field *f)
{
	if (c->listener->xssl_pass)
		return;
	f->skip = true;
	if (!atomic_exchange(&c->live->xssl_seen, true))
		log_line(LOG_PRIO_WARNING,
		    "listener %.*s: a client sent "
		    "%.*s; X-SSL fields of clients are not forwarded "
		    "(XSSLHeaders pass would)",
		    STR_ARG(c->listener->name), STR_ARG(field_name(f->id)));
}

/* Whether name is that of an AddHeader line, with underscores for some of
 * its dashes: many applications cannot tell the two apart. */
static bool
sanitize_added_twin(const struct client *c, struct str name)
{
	const struct conf_texts *added = &c->listener->add_header;
	size_t n;

	if (added->count == 0 || str_find(name, '_') == name.len)
		return false;
	for (size_t i = 0; i < added->count; i++) {
		const struct str line = added->text[i];

		if (str_find(line, ':') != name.len ||
		    str_eq_nocase(str_head(line, name.len), name))
			continue;
		for (n = 0; n < name.len; n++)
			if (str_lower((unsigned char)line.p[n]) !=
				str_lower((unsigned char)name.p[n]) &&
			    (line.p[n] != '-' || name.p[n] != '_'))
				break;
		if (n == name.len)
			return true;
	}
	return false;
}

static enum outcome
sanitize_field(struct client *c, struct exchange *x, struct field *f)
{
	const enum field_id twin = f->id == FIELD_OTHER ? field_twin(f->name)
							: FIELD_OTHER;
	const unsigned flags = field_flags(f->id);

	if ((flags & FIELD_XSSL) != 0)
		sanitize_xssl(c, f);
	if (twin != FIELD_OTHER &&
	    !(c->listener->xssl_pass && (field_flags(twin) & FIELD_XSSL) != 0))
		f->skip = true;
	if (f->id == FIELD_OTHER && sanitize_added_twin(c, f->name))
		f->skip = true;
	if ((flags & FIELD_HOP) != 0 || f->id == FIELD_PROXY)
		f->skip = true;
	if (x->req.method == METHOD_TRACE &&
	    sanitize_is_credential(f->id, f->name))
		f->skip = true;
	if (f->id == FIELD_MAX_FORWARDS)
		sanitize_max_forwards(x, f);
	if ((f->id == FIELD_AUTHORIZATION ||
		f->id == FIELD_PROXY_AUTHORIZATION) &&
	    sanitize_is_connection_auth(f->value))
		x->authenticated = true;
	if (f->id == FIELD_EXPECT)
		return sanitize_expect(x, f);
	return OUTCOME_OK;
}

static enum outcome
sanitize_remove(const struct client *c, struct exchange *x)
{
	const struct conf_patterns *list = &c->listener->head_remove;
	const struct str *lines;

	if (list->count == 0)
		return OUTCOME_OK;
	lines = match_lines(&x->match);
	if (lines == NULL)
		return OUTCOME_HEAD_LONG;
	for (unsigned i = 0; i < x->req.field_count; i++) {
		struct field *f = &x->req.field[i];

		if ((field_flags(f->id) & FIELD_FRAMING) != 0 || f->skip)
			continue;
		for (size_t k = 0; k < list->count && !f->skip; k++) {
			switch (
			    pattern_match(list->pattern[k], lines[i], NULL)) {
			case PATTERN_MATCH:
				f->skip = true;
				break;
			case PATTERN_NO_MATCH:
				break;
			default:
				sanitize_pattern_failed(x, "HeadRemove",
				    &list->place[k]);
				return OUTCOME_PATTERN_FAILED;
			}
		}
	}
	return OUTCOME_OK;
}

/* Without its Upgrade field, which HeadRemove took, it is a request like
 * any other, and so is its answer. */
static void
sanitize_upgrade_removed(struct exchange *x)
{
	for (unsigned i = 0; i < x->req.field_count; i++)
		if (x->req.field[i].id == FIELD_UPGRADE && x->req.field[i].skip)
			x->websocket = false;
	for (unsigned i = 0; i < x->req.field_count && !x->websocket; i++)
		if (x->req.field[i].id == FIELD_CONNECTION)
			x->req.field[i].skip = true;
}

static enum outcome
sanitize_fields(struct client *c, struct exchange *x)
{
	enum outcome o;

	sanitize_connection(c, x);
	for (unsigned i = 0; i < x->req.field_count; i++) {
		o = sanitize_field(c, x, &x->req.field[i]);
		if (o != OUTCOME_OK)
			return o;
	}
	sanitize_upgrade(c, x);
	x->match.url = x->target.decoded;
	x->match.field = x->req.field;
	x->match.field_count = x->req.field_count;
	x->match.arena = &x->arena;
	o = sanitize_remove(c, x);
	if (x->websocket)
		sanitize_upgrade_removed(x);
	return o;
}

enum outcome
sanitize_request(struct client *c, struct exchange *x)
{
	enum outcome o;

	if ((o = sanitize_host(c, x)) != OUTCOME_OK ||
	    (o = sanitize_length(c, x)) != OUTCOME_OK)
		return o;
	return sanitize_fields(c, x);
}
