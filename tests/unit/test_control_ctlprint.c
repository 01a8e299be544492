/* SPDX-License-Identifier: GPL-3.0-or-later */
/* B.11.2 and B.11.3 to the byte; A.7's additions; escaping in each form. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/deadline.h"
#include "live/live.h"
#include "support/conf_from.h"
#include "support/listed.h"
#include "unit/tap.h"

#define SERVER(addr, port, more) \
	"BackEnd\nAddress " addr "\nPort " port "\n" more "End\n"

/* The example of B.11.2. */
static const char example[] =
    "ListenHTTP\nAddress 127.0.0.1\nPort 8080\n"
    "Service \"web\"\n" SERVER("127.0.0.1", "9001", "") SERVER("127.0.0.1",
	"9002",
	"Priority 2\nDisabled 1\n") "Session\nType COOKIE\nID \"sid\"\nTTL 300\nEnd\nEnd\n"
				    "Service\nDisabled 1\nRedirect \"http://h.test\"\nEnd\n"
				    "End\n"
				    "ListenHTTPS\nAddress ::1\nPort 8443\nCert \"a\"\nEnd\n"
				    "Service \"glob\"\n" SERVER("10.0.0.7",
					"80", "") "End\n";

static struct conf *conf;
static struct live *live;
static struct counter *counter;
static struct listing listing;

static void
open_live(const char *text)
{
	conf = conf_from(text);
	live = live_new(conf);
	counter = counter_new(&live->counters);
}

static void
close_live(void)
{
	listing_release(&listing);
	live_free(live);
	conf_free(conf);
}

static void
prints(enum listed_form form, const char *want, const char *what)
{
	char *got = listed_print(&listing, form, false);

	is_str(got, want, "%s", what);
	free(got);
}

static void
open_example(void)
{
	open_live(example);
	live->listener[1].disabled = true;
	live->backend[3].alive = false;
	(void)session_set(live->service[0].sessions, STR("abc123"),
	    &live->backend[0], deadline_now_ms());
	listed_take(live, &listing);
}

static void
test_example(void)
{
	open_example();
	prints(LISTED_TEXT,
	    "Requests in queue: 0\n"
	    "  0. http Listener 127.0.0.1:8080 a\n"
	    "    0. Service \"web\" active (5)\n"
	    "      0. Backend 127.0.0.1:9001 active (5 0.000 sec) alive\n"
	    "      1. Backend 127.0.0.1:9002 DISABLED (2 0.000 sec) alive\n"
	    "      0. Session abc123 -> 0\n"
	    "    1. Service DISABLED (1)\n"
	    "      0. Backend (UNKNOWN):0 active (1 0.000 sec) alive\n"
	    "  1. HTTPS Listener ::1:8443 *D\n"
	    " -1. Global services\n"
	    "    0. Service \"glob\" active (0)\n"
	    "      0. Backend 10.0.0.7:80 active (5 0.000 sec) DEAD\n",
	    "the text of B.11.2");
	prints(LISTED_XML,
	    "<pound>\n"
	    "<queue size=\"0\"/>\n"
	    "<listener index=\"0\" protocol=\"http\" "
	    "address=\"127.0.0.1:8080\" status=\"active\">\n"
	    "<service index=\"0\" name=\"web\" status=\"active\">\n"
	    "<backend index=\"0\" address=\"127.0.0.1:9001\" avg=\"0.000\" "
	    "priority=\"5\" alive=\"yes\" status=\"active\" />\n"
	    "<backend index=\"1\" address=\"127.0.0.1:9002\" avg=\"0.000\" "
	    "priority=\"2\" alive=\"yes\" status=\"DISABLED\" />\n"
	    "<session index=\"0\" key=\"abc123\" backend=\"0\" />\n"
	    "</service>\n"
	    "<service index=\"1\" status=\"DISABLED\">\n"
	    "<backend index=\"0\" address=\"(UNKNOWN):0\" avg=\"0.000\" "
	    "priority=\"1\" alive=\"yes\" status=\"active\" />\n"
	    "</service>\n"
	    "</listener>\n"
	    "<listener index=\"1\" protocol=\"HTTPS\" address=\"::1:8443\" "
	    "status=\"DISABLED\">\n"
	    "</listener>\n"
	    "<service index=\"0\" name=\"glob\" status=\"active\">\n"
	    "<backend index=\"0\" address=\"10.0.0.7:80\" avg=\"0.000\" "
	    "priority=\"5\" alive=\"DEAD\" status=\"active\" />\n"
	    "</service>\n"
	    "</pound>\n",
	    "the XML of B.11.3");
	close_live();
}

/* A.7: what the old listings could not show. */
static void
test_additions(void)
{
	open_live("ListenHTTP\nAddress 127.0.0.1\nPort 8080\n"
		  "Service\nBackEnd\nAddress /run/a:b&c\nEnd\n"
		  "Emergency\nAddress 127.0.0.1\nPort 9\nEnd\n"
		  "Emergency\nAddress ::1\nPort 10\nEnd\nEnd\nEnd\n");
	histogram_add(&counter->backend[0].first_byte, deadline_now_ms(), 1000);
	histogram_add(&counter->backend[0].first_byte, deadline_now_ms(),
	    1001999);
	counter_set(&counter->ready, 3);
	live->queue = 4;
	listed_take(live, &listing);
	prints(LISTED_TEXT,
	    "Requests in queue: 7\n"
	    "  0. http Listener 127.0.0.1:8080 a\n"
	    "    0. Service active (5)\n"
	    "      0. Backend /run/a:b&c active (5 0.501 sec) alive\n"
	    "      E. Emergency 127.0.0.1:9\n"
	    "      E. Emergency ::1:10\n"
	    " -1. Global services\n",
	    "a UNIX address, a real average, two Emergencies, a queue");
	prints(LISTED_XML,
	    "<pound>\n"
	    "<queue size=\"7\"/>\n"
	    "<listener index=\"0\" protocol=\"http\" "
	    "address=\"127.0.0.1:8080\" status=\"active\">\n"
	    "<service index=\"0\">\n"
	    "<backend index=\"0\" address=\"/run/a:b&amp;c\" avg=\"0.501\" "
	    "priority=\"5\" alive=\"yes\" status=\"active\" />\n"
	    "<emergency address=\"127.0.0.1:9\" />\n"
	    "<emergency address=\"::1:10\" />\n"
	    "</service>\n"
	    "</listener>\n"
	    "</pound>\n",
	    "the same as XML");
	close_live();
}

#define ODD "a\n<b>&\"\\\x7f\xff'"

/* One key with all that is special somewhere. */
static void
test_escaping(void)
{
	char *json, *metrics;

	open_live("ListenHTTP\nAddress 127.0.0.1\nPort 8080\nEnd\n"
		  "Service \"s\\<\t&\xc3\xa4\"\n" SERVER("127.0.0.1", "1",
		      "") "Session\nType IP\nTTL 300\nEnd\nEnd\n");
	(void)session_set(live->service[0].sessions, STR(ODD),
	    &live->backend[0], deadline_now_ms());
	listed_take(live, &listing);
	prints(LISTED_TEXT,
	    "Requests in queue: 0\n"
	    "  0. http Listener 127.0.0.1:8080 a\n"
	    " -1. Global services\n"
	    "    0. Service \"s\\x5c<\\x09&\\xc3\\xa4\" active (5)\n"
	    "      0. Backend 127.0.0.1:1 active (5 0.000 sec) alive\n"
	    "      0. Session a\\x0a<b>&\\x22\\x5c\\x7f\\xff' -> 0\n",
	    "as in the log");
	prints(LISTED_XML,
	    "<pound>\n"
	    "<queue size=\"0\"/>\n"
	    "<listener index=\"0\" protocol=\"http\" "
	    "address=\"127.0.0.1:8080\" status=\"active\">\n"
	    "</listener>\n"
	    "<service index=\"0\" name=\"s\\x5c&lt;\\x09&amp;\\xc3\\xa4\" "
	    "status=\"active\">\n"
	    "<backend index=\"0\" address=\"127.0.0.1:1\" avg=\"0.000\" "
	    "priority=\"5\" alive=\"yes\" status=\"active\" />\n"
	    "<session index=\"0\" "
	    "key=\"a\\x0a&lt;b&gt;&amp;\\x22\\x5c\\x7f\\xff'\" "
	    "backend=\"0\" />\n"
	    "</service>\n"
	    "</pound>\n",
	    "and as XML wants it");
	json = listed_print(&listing, LISTED_JSON, false);
	ok(strstr(json,
	       "\"key\": \"a\\\\x0a<b>&\\\\x22\\\\x5c\\\\x7f\\\\xff'\"") !=
		NULL,
	    "as JSON wants it");
	metrics = listed_print(&listing, LISTED_METRICS, false);
	ok(strstr(metrics,
	       "pound_service_sessions{listener=\"-1\",service=\"0\","
	       "service_name=\"s\\\\x5c<\\\\x09&\\\\xc3\\\\xa4\"} 1\n") != NULL,
	    "as OpenMetrics wants it");
	free(json);
	free(metrics);
	close_live();
}

/* A key that is not kept itself. */
static void
test_digest(void)
{
	char key[300], *text, *shown;

	memset(key, 'k', sizeof(key));
	open_live("ListenHTTP\nAddress 127.0.0.1\nPort 8080\nEnd\n"
		  "Service\n" SERVER("127.0.0.1", "1",
		      "") "Session\nType IP\nTTL 300\nEnd\nEnd\n");
	(void)session_set(live->service[0].sessions, str_make(key, sizeof(key)),
	    &live->backend[0], deadline_now_ms());
	listed_take(live, &listing);
	text = listed_print(&listing, LISTED_TEXT, false);
	shown = strstr(text, "Session digest:");
	ok(shown != NULL && strspn(shown + 15, "0123456789abcdef") == 32,
	    "the digest of a long key, as hexadecimal digits");
	free(text);
	close_live();
}

static void
test_verbose(void)
{
	char *text;

	open_live(example);
	counter_add(&counter->backend[1].begun, 7);
	counter_add(&counter->backend[1].ended, 5);
	counter_answer(&counter->backend[1], 200);
	live->backend[1].open = 6;
	(void)session_set(live->service[0].sessions, STR("k"),
	    &live->backend[1], deadline_now_ms());
	listed_take(live, &listing);
	text = listed_print(&listing, LISTED_TEXT, true);
	ok(strstr(text, "Pound ") == text, "who runs stands first");
	ok(strstr(text, "pid 100, worker 101") != NULL, "the processes");
	ok(strstr(text,
	       "      1. Backend 127.0.0.1:9002 DISABLED (2 0.000 sec) alive\n"
	       "         7 requests, 2 now, 0 tunnels; 1 sessions; 6 connections, "
	       "0 waiting; 0 failed connects\n"
	       "         answers 1xx 0, 2xx 1, 3xx 0, 4xx 0, 5xx 0; ") != NULL,
	    "what is left on a disabled back-end");
	free(text);
	close_live();
}

int
main(void)
{
	test_example();
	test_additions();
	test_escaping();
	test_digest();
	test_verbose();
	return tap_done();
}
