/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "base/attrs.h"
#include "unit/conf_text.h"
#include "unit/tap.h"

static void
test_values(void)
{
	struct text_conf t;
	const struct conf_service *s;

	text_read(&t,
	    LISTEN "End\nService \"a \"b\"\"\nURL \"^/a\"\nIgnoreCase 1\n"
		   "URL \"^/b\"\nIgnoreCase 0\nURL \"^/c\"\n"
		   "HeadRequire \"^host: x$\"\nHeadDeny \"y\"\nHeadDeny \"z\"\n"
		   "Disabled on\nStrictTransportSecurity 1h\n" BACKEND
		   "End\nRedirect \"http://r\"\n" BACKEND
		   "End\nEmergency\nAddress ::1\nPort 1\nEnd\nEnd\n");
	ok(t.conf != NULL && t.notes.count == 0, "all of a service");
	s = t.conf->services[0];
	ok(str_eq(s->name, STR("a \"b\"")), "name");
	is_int(s->place.line, 5, "line");
	is_int(s->url.count, 3, "URL");
	ok(!s->url.nocase[0] && s->url.nocase[1] && !s->url.nocase[2],
	    "IgnoreCase counts for the lines after it");
	is_int(pattern_match(s->url.pattern[1], STR("/B"), NULL), PATTERN_MATCH,
	    "and for the pattern");
	is_int(pattern_match(s->url.pattern[2], STR("/C"), NULL),
	    PATTERN_NO_MATCH, "and no further");
	is_int(pattern_match(s->head_require.pattern[0], STR("Host: X"), NULL),
	    PATTERN_MATCH, "HeadRequire in any case");
	is_int(s->head_deny.count, 2, "HeadDeny");
	is_int(s->disabled, true, "Disabled");
	ok(s->has_hsts && s->hsts == 3600, "StrictTransportSecurity");
	ok(s->backend_count == 3 && s->emergency_count == 1, "back-ends");
	ok(s->backends[1]->kind == CONF_REDIRECT &&
		s->backends[2]->index == 2 && s->backends[2]->id == 2,
	    "Redirects are counted among them");
	ok(s->emergencies[0]->id == 3 && s->emergencies[0]->index == 0 &&
		s->emergencies[0]->emergency,
	    "the Emergency has a number of its own");
	is_int(t.conf->all_backend_count, 4, "all of them by number");
	is_int(s->session.type, CONF_SESSION_NONE, "no session");
	is_int(s->session.max_sessions, 1000000, "MaxSessions");
	text_release(&t);
}

static const struct {
	const char *args;
	int status; /* 0: an error */
	const char *url;
	bool appends;
} redirects[] = {
	{ "\"http://h\"", 302, "http://h", true },
	{ "\"http://h/\"", 302, "http://h", false },
	{ "\"http://h//\"", 302, "http://h//", false },
	{ "\"http://h/p\"", 302, "http://h/p", false },
	{ "301 \"https://h:81\"", 301, "https://h:81", true },
	{ "302 \"HTTP://h\"", 302, "HTTP://h", true },
	{ "303 \"http://[::1]/\"", 303, "http://[::1]", false },
	{ "307 \"x http://h\"", 307, "x http://h", true },
	{ "308 \"http://h?q\"", 308, "http://h?q", true },
	{ "308 \"http:///http://h/\"", 308, "http:///http://h", false },
	{ "300 \"http://h\"", 0, "", false },
	{ "0301 \"http://h\"", 0, "", false },
	{ "\"301\" \"http://h\"", 302, "301\" \"http://h", true },
	{ "\"http://\"", 0, "", false },
	{ "\"http:///p\"", 0, "", false },
	{ "\"ftp://h\"", 0, "", false },
	{ "301", 0, "", false },
	{ "301 http://h", 0, "", false },
	{ "301 302 \"http://h\"", 0, "", false },
};

static void
test_redirects(void)
{
	for (size_t i = 0; i < ARRAY_LEN(redirects); i++) {
		struct text_conf t;
		const struct conf_backend *be;
		char text[200];

		snprintf(text, sizeof(text),
		    LISTEN "End\nService\nRedirect %s\nEnd\n",
		    redirects[i].args);
		text_read(&t, text);
		is_int(t.conf != NULL, redirects[i].status != 0, "Redirect %s",
		    redirects[i].args);
		is_int(t.notes.count, redirects[i].status == 0, "findings");
		if (t.conf != NULL) {
			be = t.conf->services[0]->backends[0];
			is_int(be->redirect_status, redirects[i].status,
			    "its status");
			ok(str_eq(be->redirect, str_from(redirects[i].url)),
			    "its URL");
			is_int(be->redirect_appends, redirects[i].appends,
			    "appends the target");
			is_int(be->priority, 1, "its weight");
		}
		text_release(&t);
	}
}

static const struct {
	const char *lines;
	const char *finding;
} cases[] = {
	{ "URL \"(\"\n",
	    "line 6: URL: not a pattern: missing closing "
	    "parenthesis (column 7)" },
	{ "URL \"[\\w-.]\"\n",
	    "line 6: URL: invalid range in character class; read as the old "
	    "library did (column 5)" },
	{ "URL \"a\" # \"b\"\n",
	    "line 6: URL: a comment begins after this text; in Pound 2 the "
	    "text went on up to the last quote (column 5)" },
	{ "DynScale 1\n",
	    "line 6: DynScale is ignored: it is gone since Pound 2.7, "
	    "Priority is the weight of a back-end (column 1)" },
	{ "IgnoreCase 1\nIgnoreCase 0\n", "" },
	{ "Disabled 1\nDisabled 0\n",
	    "line 7: Disabled again: line 6 does not count any more "
	    "(column 1)" },
	{ "StrictTransportSecurity -1\n",
	    "line 6: StrictTransportSecurity: -1 is not a time (column 25)" },
	{ "Service\nEnd\n",
	    "line 6: Service inside of Service: the block of line 5 has no "
	    "End (column 1)" },
	{ "Session\nType IP\nTTL 5\nEnd\nSession\nType IP\nTTL 5\nEnd\n",
	    "line 10: Session a second time: line 6 has one (column 1)" },
	{ "MaxSessions 0\n",
	    "line 6: MaxSessions: 0 is too small (column 13)" },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct text_conf t;
		char text[400];

		snprintf(text, sizeof(text), LISTEN "End\nService\n%sEnd\n",
		    cases[i].lines);
		text_read(&t, text);
		is_str(text_finding(&t, 0), cases[i].finding, "case %zu", i);
		text_release(&t);
	}
}

static void
test_hsts(void)
{
	struct text_conf t;

	text_read(&t,
	    LISTEN "Service\nStrictTransportSecurity 5\nEnd\nEnd\n" LISTEN_TLS
		   "Service\nStrictTransportSecurity 5\nEnd\nEnd\n"
		   "Service\nStrictTransportSecurity 5\nEnd\n");
	is_int(t.notes.count, 1, "StrictTransportSecurity thrice");
	is_str(text_finding(&t, 0),
	    "line 5: StrictTransportSecurity has no effect in a ListenHTTP "
	    "(column 1)",
	    "a warning in a ListenHTTP only");
	ok(t.conf->listeners[0]->services[0]->has_hsts, "and it is kept");
	text_release(&t);
}

/* --- Sessions --- */

static const struct {
	const char *lines;
	enum conf_session_type type;
	int64_t ttl_ms;
	const char *id;
	bool pattern;
	const char *finding;
} sessions[] = {
	{ "Type IP\nTTL 300\n", CONF_SESSION_IP, 300000, "", false, "" },
	{ "TTL 5m\nType basic\n", CONF_SESSION_BASIC, 300000, "", false, "" },
	{ "ID \"sid\"\nType URL\nTTL 1\n", CONF_SESSION_URL, 1000, "sid", false,
	    "" },
	{ "Type PARM\nTTL -1\n", CONF_SESSION_PARM, -1000, "", false, "" },
	{ "Type Cookie\nTTL -5\nID \"A-Z_9\"\n", CONF_SESSION_COOKIE, -5000,
	    "A-Z_9", false, "" },
	{ "Type HEADER\nTTL 1\nID \"X.Y\"\n", CONF_SESSION_HEADER, 1000, "X.Y",
	    true, "" },
	{ "Type IP\nTTL 1\nTTL 2\n", CONF_SESSION_IP, 2000, "", false,
	    "line 8: TTL again: line 7 does not count any more (column 1)" },
	{ "Type IP\nTTL 9999999999\n", CONF_SESSION_IP, 2147483647000, "",
	    false,
	    "line 7: TTL: 9999999999 is too large, 2147483647 is used "
	    "(column 5)" },
};

static void
check_session(size_t i, const struct conf_session *s)
{
	is_int(s->type, sessions[i].type, "session %zu: type", i);
	is_int(s->ttl_ms, sessions[i].ttl_ms, "session %zu: TTL", i);
	ok(str_eq(s->id, str_from(sessions[i].id)), "session %zu: ID", i);
	is_int(s->id_pattern != NULL, sessions[i].pattern,
	    "session %zu: a pattern", i);
	if (s->id_pattern == NULL)
		return;
	is_int(pattern_match(s->id_pattern, STR("xzy"), NULL), PATTERN_MATCH,
	    "session %zu: any case", i);
	is_int(pattern_match(s->id_pattern, STR("xzy2"), NULL),
	    PATTERN_NO_MATCH, "session %zu: the whole name", i);
}

static void
test_sessions(void)
{
	for (size_t i = 0; i < ARRAY_LEN(sessions); i++) {
		struct text_conf t;
		char text[400];

		snprintf(text, sizeof(text),
		    LISTEN "Service\nSession\n%sEnd\nEnd\nEnd\n",
		    sessions[i].lines);
		text_read(&t, text);
		is_str(text_finding(&t, 0), sessions[i].finding,
		    "session %zu: finding", i);
		if (ok(t.conf != NULL, "session %zu: no error", i))
			check_session(i,
			    &t.conf->listeners[0]->services[0]->session);
		text_release(&t);
	}
}

int
main(void)
{
	test_values();
	test_redirects();
	test_cases();
	test_hsts();
	test_sessions();
	pattern_thread_release();
	return tap_done();
}
