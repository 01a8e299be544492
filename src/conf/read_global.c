/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Directives outside of all blocks, and Include and End. */
#include "conf/read.h"

#include <grp.h>
#include <pwd.h>
#include <syslog.h>

#include "base/compat.h"
#include "conf/make_tls.h"
#include "conf/notes.h"

#define BUFFER_MIN 8192
#define HEAD_DEFAULT 65536
#define HEAD_MAX (1 << 20)

#define SECOND ((int64_t)1000)

static int64_t
ms_of(const struct directive_value *v)
{
	return (int64_t)v->number * SECOND;
}

static size_t
clamp(size_t n, size_t min, size_t max)
{
	return n < min ? min : n > max ? max : n;
}

static void
init_defaults(struct builder_defaults *d)
{
	size_t buffer = clamp(POUND_MAXBUF, BUFFER_MIN, HEAD_MAX);

	*d = (struct builder_defaults){
		.log_level = 1,
		.client_ms = 10 * SECOND,
		.timeout_ms = 15 * SECOND,
		.connect_ms = 15 * SECOND,
		.websocket_ms = 600 * SECOND,
		.max_uri = buffer,
		.max_field = buffer,
		/* a head has room for a target and a field of that size */
		.max_head = clamp(2 * buffer, HEAD_DEFAULT, HEAD_MAX),
		.max_fields = 128,
	};
}

void
read_global_init(struct builder *b)
{
	struct conf *c = b->conf;

	init_defaults(&b->defaults);
	c->daemon = true;
	c->threads = 128;
	c->log_sink = LOG_SINK_SYSLOG;
	c->log_facility = LOG_DAEMON;
	c->log_facility_text = STR("daemon");
	c->grace_ms = 30 * SECOND;
	c->alive_ms = 30 * SECOND;
	c->drain_ms = 3600 * SECOND;
	c->seccomp = true;
	c->control_mode = 0600;
}

/* The old program read a folder as an empty file. */
void
read_global_include(struct builder *b, const struct directive_value *v)
{
	struct builder_hint hint = { NULL, "a file that can be read" };
	const char *path, *why;
	int rc;

	if (b->offline)
		return;
	path = file_find(b->arena, v->text, b->at.place.file);
	if (file_is_directory(path)) {
		builder_warn(b, v->word,
		    "Include: %s is a folder and is not read: write %s/*.cfg",
		    path, path);
		return;
	}
	rc = source_include(&b->source, v->text, &path, &why);
	if (rc > 0)
		builder_warn(b, v->word, "Include: no file matches");
	else if (rc < 0)
		builder_error_hint(b, v->word, hint, "Include: %s: %s", path,
		    why);
}

void
read_global_end(struct builder *b, const struct directive_value *v)
{
	(void)v;
	builder_close(b);
}

void
read_global_user(struct builder *b, const struct directive_value *v)
{
	b->conf->user = builder_copy(b, v->text);
	if (!b->offline && getpwnam(b->conf->user.p) == NULL)
		builder_warn(b, v->word, "User: there is no user %.*s",
		    NOTES_WORD(v->text));
}

void
read_global_group(struct builder *b, const struct directive_value *v)
{
	b->conf->group = builder_copy(b, v->text);
	if (!b->offline && getgrnam(b->conf->group.p) == NULL)
		builder_warn(b, v->word, "Group: there is no group %.*s",
		    NOTES_WORD(v->text));
}

void
read_global_root_jail(struct builder *b, const struct directive_value *v)
{
	b->conf->root_jail = builder_copy(b, v->text);
	if (!b->offline && !file_is_directory(b->conf->root_jail.p))
		builder_warn(b, v->word, "RootJail: there is no folder %.*s",
		    NOTES_WORD(v->text));
}

void
read_global_daemon(struct builder *b, const struct directive_value *v)
{
	b->conf->daemon = v->number != 0;
}

void
read_global_threads(struct builder *b, const struct directive_value *v)
{
	b->conf->threads = (unsigned)v->number;
}

static const struct facility {
	const char *name;
	int number;
} facilities[] = {
	{ "auth", LOG_AUTH },
	{ "authpriv", LOG_AUTHPRIV },
	{ "cron", LOG_CRON },
	{ "daemon", LOG_DAEMON },
	{ "ftp", LOG_FTP },
	{ "kern", LOG_KERN },
	{ "lpr", LOG_LPR },
	{ "mail", LOG_MAIL },
	{ "mark", LOG_DAEMON }, /* syslogd's own: nobody else may */
	{ "news", LOG_NEWS },
	{ "security", LOG_AUTH },
	{ "syslog", LOG_SYSLOG },
	{ "user", LOG_USER },
	{ "uucp", LOG_UUCP },
	{ "local0", LOG_LOCAL0 },
	{ "local1", LOG_LOCAL1 },
	{ "local2", LOG_LOCAL2 },
	{ "local3", LOG_LOCAL3 },
	{ "local4", LOG_LOCAL4 },
	{ "local5", LOG_LOCAL5 },
	{ "local6", LOG_LOCAL6 },
	{ "local7", LOG_LOCAL7 },
};

static void
set_facility(struct conf *c, const char *name, int number)
{
	c->log_sink = LOG_SINK_SYSLOG;
	c->log_facility = number;
	c->log_facility_text = str_from(name);
}

static void
set_standard_output(struct conf *c, enum log_sink sink, const char *sign)
{
	c->log_sink = sink;
	c->log_facility = LOG_DAEMON;
	c->log_facility_text = str_from(sign);
}

/* Only the first byte of -x, +x and *x was ever looked at. */
void
read_global_log_facility(struct builder *b, const struct directive_value *v)
{
	struct conf *c = b->conf;

	switch (v->text.p[0]) {
	case '-':
		set_standard_output(c, LOG_SINK_PLAIN, "-");
		return;
	case '+':
		set_standard_output(c, LOG_SINK_PREFIX, "+");
		return;
	case '*':
		set_standard_output(c, LOG_SINK_FLUSH, "*");
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(facilities); i++)
		if (str_eq_nocase(v->text, str_from(facilities[i].name))) {
			set_facility(c, facilities[i].name,
			    facilities[i].number);
			return;
		}
	builder_warn(b, v->word,
	    "LogFacility: there is no facility %.*s, daemon is used",
	    NOTES_WORD(v->text));
	set_facility(c, "daemon", LOG_DAEMON);
}

void
read_global_log_level(struct builder *b, const struct directive_value *v)
{
	b->defaults.log_level = (int)v->number;
}

void
read_global_grace(struct builder *b, const struct directive_value *v)
{
	b->conf->grace_ms = ms_of(v);
}

void
read_global_client(struct builder *b, const struct directive_value *v)
{
	b->defaults.client_ms = ms_of(v);
}

void
read_global_alive(struct builder *b, const struct directive_value *v)
{
	b->conf->alive_ms = ms_of(v);
}

void
read_global_timeout(struct builder *b, const struct directive_value *v)
{
	b->defaults.timeout_ms = ms_of(v);
}

void
read_global_connect(struct builder *b, const struct directive_value *v)
{
	b->defaults.connect_ms = ms_of(v);
}

void
read_global_websocket(struct builder *b, const struct directive_value *v)
{
	b->defaults.websocket_ms = ms_of(v);
}

void
read_global_ignore_case(struct builder *b, const struct directive_value *v)
{
	b->defaults.ignore_case = v->number != 0;
}

void
read_global_curves(struct builder *b, const struct directive_value *v)
{
	make_tls_check_curves(b, v);
	b->defaults.curves = builder_copy(b, v->text);
}

void
read_global_ssl_engine(struct builder *b, const struct directive_value *v)
{
	builder_warn(b, v->line->name,
	    "SSLEngine is ignored: OpenSSL has providers in place of engines, "
	    "set up in openssl.cnf");
}

void
read_global_dyn_scale(struct builder *b, const struct directive_value *v)
{
	builder_warn(b, v->line->name,
	    "DynScale is ignored: it is gone since Pound 2.7, Priority is the "
	    "weight of a back-end");
}

void
read_global_anonymise(struct builder *b, const struct directive_value *v)
{
	(void)v;
	b->conf->anonymise = true;
}

void
read_global_seccomp(struct builder *b, const struct directive_value *v)
{
	b->conf->seccomp = v->number != 0;
}

void
read_global_drain(struct builder *b, const struct directive_value *v)
{
	b->conf->drain_ms = ms_of(v);
}

void
read_global_max_connections(struct builder *b, const struct directive_value *v)
{
	b->conf->max_connections = (unsigned)v->number;
}

void
read_global_max_uri(struct builder *b, const struct directive_value *v)
{
	b->defaults.max_uri = (size_t)v->number;
}

void
read_global_max_field(struct builder *b, const struct directive_value *v)
{
	b->defaults.max_field = (size_t)v->number;
}

void
read_global_max_head(struct builder *b, const struct directive_value *v)
{
	b->defaults.max_head = (size_t)v->number;
}

void
read_global_max_fields(struct builder *b, const struct directive_value *v)
{
	b->defaults.max_fields = (unsigned)v->number;
}

void
read_global_min_rate(struct builder *b, const struct directive_value *v)
{
	b->defaults.min_rate = v->number;
}
