/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <syslog.h>

#include "base/attrs.h"
#include "base/compat.h"
#include "unit/conf_text.h"
#include "unit/tap.h"

static void
test_defaults(void)
{
	struct text_conf t;
	const struct conf *c;

	text_read(&t, LISTEN "End\n");
	c = t.conf;
	ok(c != NULL && t.notes.count == 0, "a smallest configuration");
	is_int(c->daemon, true, "Daemon");
	is_int(c->threads, 128, "Threads");
	is_int(c->log_sink, LOG_SINK_SYSLOG, "LogFacility: syslog");
	is_int(c->log_facility, LOG_DAEMON, "LogFacility: daemon");
	is_int(c->grace_ms, 30000, "Grace");
	is_int(c->alive_ms, 30000, "Alive");
	is_int(c->drain_ms, 3600000, "DrainTime");
	is_int(c->max_connections, 0, "MaxConnections");
	is_int(c->anonymise, false, "Anonymise");
	is_int(c->seccomp, true, "Seccomp");
	is_int(c->control_mode, 0600, "mode of Control");
	ok(str_empty(c->user) && str_empty(c->group) &&
		str_empty(c->root_jail) && str_empty(c->control),
	    "no names");
	is_int(c->listener_count, 1, "one listener");
	text_release(&t);
}

static void
test_values(void)
{
	struct text_conf t;
	const struct conf *c;

	text_read(&t,
	    "User \"u\"\nGroup \"g\"\nRootJail \"/jail\"\nDaemon no\n"
	    "Threads 7\nGrace 2m\nAlive 1h\nDrainTime 0\nMaxConnections 9\n"
	    "Anonymize\nSeccomp 0\nControl \"/run/c\" 0660 me:us\n" LISTEN
	    "End\n");
	c = t.conf;
	ok(c != NULL && t.notes.count == 0, "all globals");
	ok(str_eq(c->user, STR("u")) && str_eq(c->group, STR("g")) &&
		str_eq(c->root_jail, STR("/jail")),
	    "names");
	is_int(c->daemon, false, "Daemon");
	is_int(c->threads, 7, "Threads");
	is_int(c->grace_ms, 120000, "Grace");
	is_int(c->alive_ms, 3600000, "Alive");
	is_int(c->drain_ms, 0, "DrainTime");
	is_int(c->max_connections, 9, "MaxConnections");
	is_int(c->anonymise, true, "Anonymize");
	is_int(c->seccomp, false, "Seccomp");
	ok(str_eq(c->control, STR("/run/c")), "path of Control");
	is_int(c->control_mode, 0660, "mode of Control");
	is_int(c->control_place.line, 12, "line of Control");
	ok(str_eq(c->control_user, STR("me")) &&
		str_eq(c->control_group, STR("us")),
	    "owner of Control");
	text_release(&t);
}

static const struct {
	const char *word;
	enum log_sink sink;
	int facility;
	const char *text;
	size_t warnings;
} facilities[] = {
	{ "local0", LOG_SINK_SYSLOG, LOG_LOCAL0, "local0", 0 },
	{ "LOCAL7", LOG_SINK_SYSLOG, LOG_LOCAL7, "local7", 0 },
	{ "AuthPriv", LOG_SINK_SYSLOG, LOG_AUTHPRIV, "authpriv", 0 },
	{ "security", LOG_SINK_SYSLOG, LOG_AUTH, "security", 0 },
	{ "local8", LOG_SINK_SYSLOG, LOG_DAEMON, "daemon", 1 },
	{ "none", LOG_SINK_SYSLOG, LOG_DAEMON, "daemon", 1 },
	{ "-", LOG_SINK_PLAIN, LOG_DAEMON, "-", 0 },
	{ "-x", LOG_SINK_PLAIN, LOG_DAEMON, "-", 0 },
	{ "+", LOG_SINK_PREFIX, LOG_DAEMON, "+", 0 },
	{ "*", LOG_SINK_FLUSH, LOG_DAEMON, "*", 0 },
};

static void
test_facilities(void)
{
	for (size_t i = 0; i < ARRAY_LEN(facilities); i++) {
		struct text_conf t;
		char text[200];

		snprintf(text, sizeof(text), "LogFacility %s\n" LISTEN "End\n",
		    facilities[i].word);
		text_read(&t, text);
		ok(t.conf != NULL, "LogFacility %s", facilities[i].word);
		is_int(t.conf->log_sink, facilities[i].sink, "its sink");
		is_int(t.conf->log_facility, facilities[i].facility,
		    "its number");
		ok(str_eq(t.conf->log_facility_text,
		       str_from(facilities[i].text)),
		    "its text");
		is_int(t.notes.warnings, facilities[i].warnings, "warnings");
		text_release(&t);
	}
}

/* Later blocks get what is in force, earlier ones keep what they have. */
static void
test_later(void)
{
	struct text_conf t;
	const struct conf_listener *l;
	const struct conf_backend *be;

	text_read(&t,
	    "Service\n" BACKEND "End\nEnd\n" LISTEN "End\n"
	    "Client 5\nLogLevel 4\nTimeOut 6\nConnTO 7\nWSTimeOut 8\n"
	    "MaxURI 300\nMaxField 400\nMaxHead 2k\nMaxFields 9\nMinRate 1k\n"
	    "ECDHCurve \"P-256\"\n"
	    "Service\n" BACKEND "End\nEnd\n"
	    "ListenHTTP\nAddress 127.0.0.1\nPort 81\nEnd\n");
	ok(t.conf != NULL && t.notes.count == 0, "globals between blocks");
	l = t.conf->listeners[0];
	ok(l->client_ms == 10000 && l->log_level == 1 &&
		l->max_uri == POUND_MAXBUF && l->max_field == POUND_MAXBUF &&
		l->max_head >= 65536 && l->max_fields == 128 &&
		l->min_rate == 0 && str_empty(l->tls.curves),
	    "the defaults in an earlier listener");
	l = t.conf->listeners[1];
	ok(l->client_ms == 5000 && l->log_level == 4 && l->max_uri == 300 &&
		l->max_field == 400 && l->max_head == 2048 &&
		l->max_fields == 9 && l->min_rate == 1024 &&
		str_eq(l->tls.curves, STR("P-256")),
	    "what was said, in a later listener");
	be = t.conf->services[0]->backends[0];
	ok(be->timeout_ms == 15000 && be->connect_ms == 15000 &&
		be->websocket_ms == 600000,
	    "the defaults in an earlier back-end");
	be = t.conf->services[1]->backends[0];
	ok(be->timeout_ms == 6000 && be->connect_ms == 7000 &&
		be->websocket_ms == 8000,
	    "what was said, in a later back-end");
	text_release(&t);
}

static const struct {
	const char *text;
	const char *finding; /* the first, "" for none */
} cases[] = {
	{ "TimeOut 5\nTimeOut 6\n" LISTEN "End\n",
	    "line 2: TimeOut again: line 1 does not count any more (column 1)" },
	{ "TimeOut 5\n" LISTEN "End\nTimeOut 6\n", "" },
	{ "User \"a\"\n" LISTEN "End\nUser \"b\"\n",
	    "line 6: User again: line 1 does not count any more (column 1)" },
	{ "Anonymise\nAnonymise\n" LISTEN "End\n", "" },
	{ "Anonymise 1\n" LISTEN "End\n",
	    "line 1: Anonymise takes no argument (column 11)" },
	{ "Threads 0\n" LISTEN "End\n",
	    "line 1: Threads: 0 is too small (column 9)" },
	{ "Threads 65536\n" LISTEN "End\n",
	    "line 1: Threads: 65536 is too large, 65535 is used (column 9)" },
	{ "MaxConnections 0\n" LISTEN "End\n",
	    "line 1: MaxConnections: 0 is too small (column 16)" },
	{ "DrainTime 999999999\n" LISTEN "End\n",
	    "line 1: DrainTime: 999999999 is too large (column 11)" },
	{ "SSLEngine \"x\"\n" LISTEN "End\n",
	    "line 1: SSLEngine is ignored: OpenSSL has providers in place of "
	    "engines, set up in openssl.cnf (column 1)" },
	{ "Control\n" LISTEN "End\n",
	    "line 1: Control takes one to three arguments (column 1)" },
	{ "Control \"a\" 0600 u x\n" LISTEN "End\n",
	    "line 1: Control takes one to three arguments (column 1)" },
	{ "Control \"a\" 7777\n" LISTEN "End\n",
	    "line 1: Control: 7777 is not a mode like 0660 (column 13)" },
	{ "Control \"a\" 77777777777777777777\n" LISTEN "End\n",
	    "line 1: Control: 77777777777777777777 is not a mode like 0660 "
	    "(column 13)" },
	{ "Control \"" /* 108 bytes */
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"\n" LISTEN
	  "End\n",
	    "line 1: Control: the path is cut after 107 bytes (column 9)" },
	{ "LogFacility \"\"\n" LISTEN "End\n",
	    "line 1: the argument of LogFacility is empty (column 13)" },
	{ "Daemon\"1\"\n" LISTEN "End\n",
	    "line 1: a blank is missing after Daemon (column 7)" },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct text_conf t;

		text_read(&t, cases[i].text);
		is_str(text_finding(&t, 0), cases[i].finding, "case %zu", i);
		ok(t.notes.count <= 1, "case %zu: no other finding", i);
		ok((t.conf != NULL) == (t.notes.errors == 0),
		    "case %zu: a tree without errors", i);
		text_release(&t);
	}
}

int
main(void)
{
	test_defaults();
	test_values();
	test_facilities();
	test_later();
	test_cases();
	return tap_done();
}
