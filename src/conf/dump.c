/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "conf/dump.h"

#include <stdio.h>

struct dump {
	struct strbuf *out;
	unsigned depth;
	/* globals in force where we are */
	bool ignore_case;
	struct str curves;
};

static const char *const versions[] = {
	[CONF_TLS_1_0] = "TLSv1",
	[CONF_TLS_1_1] = "TLSv1_1",
	[CONF_TLS_1_2] = "TLSv1_2",
	[CONF_TLS_1_3] = "TLSv1_3",
};

static const char *const session_types[] = {
	[CONF_SESSION_IP] = "IP",
	[CONF_SESSION_BASIC] = "BASIC",
	[CONF_SESSION_URL] = "URL",
	[CONF_SESSION_PARM] = "PARM",
	[CONF_SESSION_COOKIE] = "COOKIE",
	[CONF_SESSION_HEADER] = "HEADER",
};

static void
begin_line(struct dump *d, const char *name)
{
	for (unsigned i = 0; i < d->depth; i++)
		strbuf_add_char(d->out, '\t');
	strbuf_add(d->out, str_from(name));
}

static void
put_alone(struct dump *d, const char *name)
{
	begin_line(d, name);
	strbuf_add_char(d->out, '\n');
}

static void
put_number(struct dump *d, const char *name, intmax_t n)
{
	begin_line(d, name);
	strbuf_addf(d->out, " %jd\n", n);
}

static void
put_word(struct dump *d, const char *name, struct str word)
{
	begin_line(d, name);
	strbuf_add_char(d->out, ' ');
	strbuf_add(d->out, word);
	strbuf_add_char(d->out, '\n');
}

/* strbuf_addf() would cut bytes that are no text. */
static void
put_text_always(struct dump *d, const char *name, struct str text)
{
	begin_line(d, name);
	strbuf_add(d->out, STR(" \""));
	strbuf_add(d->out, text);
	strbuf_add(d->out, STR("\"\n"));
}

static void
put_text(struct dump *d, const char *name, struct str text)
{
	if (!str_empty(text))
		put_text_always(d, name, text);
}

static void
put_texts(struct dump *d, const char *name, const struct conf_texts *list)
{
	for (size_t i = 0; i < list->count; i++)
		put_text(d, name, list->text[i]);
}

static void
put_patterns(struct dump *d, const char *name, const struct conf_patterns *list)
{
	for (size_t i = 0; i < list->count; i++)
		put_text(d, name, list->text[i]);
}

static void
open_block(struct dump *d, const char *name)
{
	put_alone(d, name);
	d->depth++;
}

static void
close_block(struct dump *d)
{
	d->depth--;
	put_alone(d, "End");
}

/* --- TLS --- */

static void
put_disabled(struct dump *d, unsigned disabled)
{
	int newest = CONF_TLS_1_2;

	while (newest > CONF_TLS_DEFAULT && (disabled & 1U << newest) == 0)
		newest--;
	if (newest > CONF_TLS_DEFAULT)
		put_word(d, "Disable", str_from(versions[newest]));
	if ((disabled & 1U << CONF_TLS_1_3) != 0)
		put_word(d, "Disable", str_from(versions[CONF_TLS_1_3]));
}

static void
put_tls(struct dump *d, const struct conf_tls *tls)
{
	put_texts(d, "Cert", &tls->certs);
	if (tls->min_version != CONF_TLS_DEFAULT)
		put_word(d, "MinProtocol",
		    str_from(versions[tls->min_version]));
	put_disabled(d, tls->disabled);
	put_text(d, "Ciphers", tls->ciphers);
	put_text(d, "VerifyList", tls->verify_list);
	put_text(d, "CAlist", tls->ca_list);
	put_texts(d, "CRLlist", &tls->crls);
	if (tls->has_server_name)
		put_text_always(d, "ServerName", tls->server_name);
}

static void
put_listener_tls(struct dump *d, const struct conf_listener *l)
{
	put_tls(d, &l->tls);
	begin_line(d, "ClientCert");
	strbuf_addf(d->out, " %d %d\n", l->tls.client_cert,
	    l->tls.client_cert_depth);
	put_number(d, "SSLAllowClientRenegotiation", l->tls.renegotiation);
	put_number(d, "SSLHonorCipherOrder", l->tls.honor_cipher_order);
	put_number(d, "NoHTTPS11", l->no_https11);
	if (!l->xssl_pass)
		put_number(d, "XSSLHeaders", l->xssl_headers);
}

/* --- Back-ends --- */

static void
put_redirect(struct dump *d, const struct conf_backend *be)
{
	begin_line(d, "Redirect");
	strbuf_addf(d->out, " %d \"", be->redirect_status);
	strbuf_add(d->out, be->redirect_text);
	strbuf_add(d->out, STR("\"\n"));
}

static void
put_ha(struct dump *d, const struct conf_backend *be)
{
	begin_line(d, "HAport");
	if (!str_empty(be->ha_text)) {
		strbuf_add_char(d->out, ' ');
		strbuf_add(d->out, be->ha_text);
	}
	if (be->ha_port != 0)
		strbuf_addf(d->out, " %u", be->ha_port);
	strbuf_add_char(d->out, '\n');
}

static void
put_limits(struct dump *d, const struct conf_backend *be)
{
	put_number(d, "TimeOut", be->timeout_ms / 1000);
	put_number(d, "ConnTO", be->connect_ms / 1000);
	put_number(d, "WSTimeOut", be->websocket_ms / 1000);
	put_number(d, "MaxConn", be->max_conn);
	put_number(d, "KeepConnections", be->keep_max);
	put_number(d, "KeepTime", be->keep_ms / 1000);
	put_number(d, "Strict", be->strict);
	put_number(d, "Disabled", be->disabled);
}

static void
put_backend(struct dump *d, const struct conf_backend *be)
{
	if (be->kind == CONF_REDIRECT) {
		put_redirect(d, be);
		return;
	}
	open_block(d, be->emergency ? "Emergency" : "BackEnd");
	put_word(d, "Address", be->address);
	if (be->port != 0)
		put_number(d, "Port", be->port);
	if (!be->emergency)
		put_number(d, "Priority", be->priority);
	if (be->ha)
		put_ha(d, be);
	put_limits(d, be);
	if (be->https) {
		put_alone(d, "HTTPS");
		put_tls(d, &be->tls);
	}
	close_block(d);
}

/* --- Services --- */

static void
put_urls(struct dump *d, const struct conf_patterns *url)
{
	for (size_t i = 0; i < url->count; i++) {
		if (i == 0 || url->nocase[i] != url->nocase[i - 1])
			put_number(d, "IgnoreCase", url->nocase[i]);
		put_text(d, "URL", url->text[i]);
	}
}

static void
put_session(struct dump *d, const struct conf_session *s)
{
	open_block(d, "Session");
	put_word(d, "Type", str_from(session_types[s->type]));
	put_number(d, "TTL", s->ttl_ms / 1000);
	put_text(d, "ID", s->id);
	close_block(d);
}

static void
put_service(struct dump *d, const struct conf_service *s)
{
	if (str_empty(s->name))
		put_alone(d, "Service");
	else
		put_text(d, "Service", s->name);
	d->depth++;
	put_urls(d, &s->url);
	put_patterns(d, "HeadRequire", &s->head_require);
	put_patterns(d, "HeadDeny", &s->head_deny);
	put_number(d, "Disabled", s->disabled);
	if (s->has_hsts)
		put_number(d, "StrictTransportSecurity", (intmax_t)s->hsts);
	put_number(d, "MaxSessions", (intmax_t)s->session.max_sessions);
	for (size_t i = 0; i < s->backend_count; i++)
		put_backend(d, s->backends[i]);
	for (size_t i = 0; i < s->emergency_count; i++)
		put_backend(d, s->emergencies[i]);
	if (s->session.type != CONF_SESSION_NONE)
		put_session(d, &s->session);
	close_block(d);
}

/* --- Listeners --- */

static void
put_errors(struct dump *d, const struct conf_listener *l)
{
	char name[16];

	for (size_t i = 0; i < CONF_ERROR_COUNT; i++) {
		snprintf(name, sizeof(name), "Err%d", conf_error_statuses[i]);
		put_text(d, name, l->error_file[i]);
	}
}

static void
put_policy(struct dump *d, const struct conf_listener *l)
{
	put_number(d, "xHTTP", l->xhttp);
	put_number(d, "LogLevel", l->log_level);
	put_number(d, "Client", l->client_ms / 1000);
	put_text(d, "CheckURL", l->check_url_text);
	if (l->has_max_request)
		put_number(d, "MaxRequest", (intmax_t)l->max_request);
	put_patterns(d, "HeadRemove", &l->head_remove);
	put_texts(d, "AddHeader", &l->add_header);
	put_number(d, "RewriteLocation", l->rewrite_location);
	put_number(d, "RewriteDestination", l->rewrite_destination);
	put_number(d, "MaxURI", (intmax_t)l->max_uri);
	put_number(d, "MaxField", (intmax_t)l->max_field);
	put_number(d, "MaxHead", (intmax_t)l->max_head);
	put_number(d, "MaxFields", l->max_fields);
	put_number(d, "MinRate", (intmax_t)l->min_rate);
	put_number(d, "Strict", l->strict);
	if (l->xssl_pass)
		put_word(d, "XSSLHeaders", STR("pass"));
}

static void
put_listener(struct dump *d, const struct conf_listener *l)
{
	open_block(d, l->https ? "ListenHTTPS" : "ListenHTTP");
	put_word(d, "Address", l->address);
	put_number(d, "Port", l->port);
	put_policy(d, l);
	put_errors(d, l);
	if (l->https)
		put_listener_tls(d, l);
	for (size_t i = 0; i < l->service_count; i++)
		put_service(d, l->services[i]);
	close_block(d);
}

/* --- The global part --- */

/* The curves of the first TLS thing in a service: all have the same, since
 * a global directive cannot stand between them. */
static const struct conf_tls *
service_tls(const struct conf_service *s)
{
	for (size_t i = 0; i < s->backend_count; i++)
		if (s->backends[i]->https)
			return &s->backends[i]->tls;
	for (size_t i = 0; i < s->emergency_count; i++)
		if (s->emergencies[i]->https)
			return &s->emergencies[i]->tls;
	return NULL;
}

static const struct conf_tls *
listener_tls(const struct conf_listener *l)
{
	const struct conf_tls *tls = l->https ? &l->tls : NULL;

	for (size_t i = 0; tls == NULL && i < l->service_count; i++)
		tls = service_tls(l->services[i]);
	return tls;
}

static void
set_curves(struct dump *d, const struct conf_tls *tls)
{
	if (tls == NULL || str_eq(tls->curves, d->curves))
		return;
	put_text_always(d, "ECDHCurve", tls->curves);
	d->curves = tls->curves;
}

static void
set_ignore_case(struct dump *d, const struct conf_listener *l)
{
	if (str_empty(l->check_url_text) ||
	    d->ignore_case == l->check_url_nocase)
		return;
	put_number(d, "IgnoreCase", l->check_url_nocase);
	d->ignore_case = l->check_url_nocase;
}

static void
put_control(struct dump *d, const struct conf *c)
{
	bool group = !str_empty(c->control_group);

	if (str_empty(c->control))
		return;
	begin_line(d, "Control \"");
	strbuf_add(d->out, c->control);
	strbuf_addf(d->out, "\" %04o", c->control_mode);
	if (!str_empty(c->control_user) || group)
		strbuf_addf(d->out, " %.*s%s%.*s", STR_ARG(c->control_user),
		    group ? ":" : "", STR_ARG(c->control_group));
	strbuf_add_char(d->out, '\n');
}

static void
put_globals(struct dump *d, const struct conf *c)
{
	put_text(d, "User", c->user);
	put_text(d, "Group", c->group);
	put_text(d, "RootJail", c->root_jail);
	put_number(d, "Daemon", c->daemon);
	put_number(d, "Threads", c->threads);
	put_word(d, "LogFacility", c->log_facility_text);
	put_number(d, "Grace", c->grace_ms / 1000);
	put_number(d, "Alive", c->alive_ms / 1000);
	put_number(d, "DrainTime", c->drain_ms / 1000);
	if (c->max_connections != 0)
		put_number(d, "MaxConnections", c->max_connections);
	if (c->anonymise)
		put_alone(d, "Anonymise");
	put_number(d, "Seccomp", c->seccomp);
	put_control(d, c);
}

void
dump_tree(const struct conf *c, struct strbuf *out)
{
	struct dump d = { .out = out };

	put_globals(&d, c);
	for (size_t i = 0; i < c->listener_count; i++) {
		set_curves(&d, listener_tls(c->listeners[i]));
		set_ignore_case(&d, c->listeners[i]);
		put_listener(&d, c->listeners[i]);
	}
	for (size_t i = 0; i < c->service_count; i++) {
		set_curves(&d, service_tls(c->services[i]));
		put_service(&d, c->services[i]);
	}
}
