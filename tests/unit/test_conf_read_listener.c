/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/attrs.h"
#include "unit/conf_text.h"
#include "unit/tap.h"

static void
test_defaults(void)
{
	struct text_conf t;
	const struct conf_listener *l;

	text_read(&t, LISTEN "End\n");
	l = t.conf->listeners[0];
	ok(str_eq(l->address, STR("127.0.0.1")), "Address");
	is_int(l->port, 8080, "Port");
	is_int(addr_port(&l->addr), 8080, "port of the socket address");
	ok(str_eq(l->name, STR("127.0.0.1:8080")), "name");
	is_int(l->place.line, 1, "line");
	is_int(l->https, false, "plain");
	is_int(l->xhttp, 0, "xHTTP");
	is_int(l->has_max_request, false, "MaxRequest");
	is_int(l->rewrite_location, 1, "RewriteLocation");
	is_int(l->rewrite_destination, false, "RewriteDestination");
	is_int(l->strict, true, "Strict");
	is_int(l->xssl_pass, false, "XSSLHeaders");
	ok(l->check_url == NULL && l->head_remove.count == 0 &&
		l->add_header.count == 0 && l->service_count == 0,
	    "nothing else");
	text_release(&t);
}

static void
test_values(void)
{
	struct text_conf t;
	const struct conf_listener *l;

	text_read(&t,
	    "IgnoreCase 1\n" LISTEN
	    "xHTTP 3\nClient 20\nCheckURL \"^/[a-z]*$\"\nMaxRequest 10m\n"
	    "HeadRemove \"^A:\"\nHeadRemove \"^B:\"\nAddHeader \"C: d\"\n"
	    "AddHeader \"E: f\"\nRewriteLocation 2\nLogLevel 6\nMaxURI 16k\n"
	    "MaxField 1k\nMaxHead 32k\nMaxFields 10\nMinRate 100\nStrict 0\n"
	    "XSSLHeaders PASS\nErr414 \"a\"\nErr503 \"b\"\n"
	    "Service \"one\"\nEnd\nService\nEnd\nEnd\nService\nEnd\n");
	ok(t.conf != NULL && t.notes.count == 0, "all of a listener");
	l = t.conf->listeners[0];
	is_int(l->xhttp, 3, "xHTTP");
	is_int(l->client_ms, 20000, "Client");
	ok(l->has_max_request && l->max_request == 10485760, "MaxRequest");
	is_int(pattern_match(l->check_url, STR("/ABC"), NULL), PATTERN_MATCH,
	    "CheckURL under IgnoreCase");
	is_int(l->check_url_place.line, 7, "line of CheckURL");
	is_int(l->head_remove.count, 2, "HeadRemove");
	is_int(pattern_match(l->head_remove.pattern[1], STR("b: x"), NULL),
	    PATTERN_MATCH, "HeadRemove in any case");
	is_int(l->head_remove.place[1].line, 10, "line of HeadRemove");
	ok(l->add_header.count == 2 &&
		str_eq(l->add_header.text[1], STR("E: f")),
	    "AddHeader in file order");
	is_int(l->rewrite_location, 2, "RewriteLocation");
	is_int(l->log_level, 6, "LogLevel");
	ok(l->max_uri == 16384 && l->max_field == 1024 &&
		l->max_head == 32768 && l->max_fields == 10 &&
		l->min_rate == 100,
	    "limits");
	is_int(l->strict, false, "Strict");
	is_int(l->xssl_pass, true, "XSSLHeaders pass");
	ok(str_eq(l->error_file[3], STR("a")) &&
		str_eq(l->error_file[9], STR("b")),
	    "Err414 and Err503");
	ok(l->service_count == 2 && l->services[0]->id == 0 &&
		l->services[1]->index == 1 && t.conf->service_count == 1 &&
		t.conf->services[0]->id == 2 && t.conf->services[0]->index == 0,
	    "services are numbered through the tree and in their places");
	ok(str_eq(l->services[0]->name, STR("one")), "name of a service");
	text_release(&t);
}

static const struct {
	const char *text;
	const char *finding; /* the first, "" for none */
} cases[] = {
	{ "ListenHTTP\nPort 80\nAddress ::1\nEnd\n", "" },
	{ "ListenHTTP\nPort 80\nAddress [::1]\nEnd\n", "" },
	{ "ListenHTTP\nPort 80\nAddress \"127.0.0.1\"\nEnd\n", "" },
	{ "listenhttp\nport 80\naddress 127.0.0.1\nEND\n", "" },
	{ "ListenHTTP\nPort 80\nAddress \"\"\nEnd\n",
	    "line 3: the argument of Address is empty (column 9)" },
	{ "ListenHTTP\nPort 80\nAddress ./a\nEnd\n",
	    "line 3: Address: a listener has an IP address, not a path "
	    "(column 9)" },
	{ LISTEN "Disabled 1\nEnd\n",
	    "line 4: Disabled does not belong in ListenHTTP (column 1)" },
	{ LISTEN "Port 81\nEnd\n",
	    "line 4: Port again: line 3 does not count any more (column 1)" },
	{ LISTEN "XSSLHeaders 0\nEnd\n",
	    "line 4: XSSLHeaders: 0 has no meaning in a ListenHTTP "
	    "(column 13)" },
	{ LISTEN "RewriteDestination 2\nEnd\n",
	    "line 4: RewriteDestination: 2 is neither yes nor no "
	    "(column 20)" },
	{ LISTEN "MaxRequest 0\nEnd\n",
	    "line 4: MaxRequest: 0 is too small (column 12)" },
	{ LISTEN "MaxURI 128k\nMaxHead 64k\nEnd\n",
	    "line 4: MaxURI is larger than MaxHead: a head ends after 65536 "
	    "bytes (column 8)" },
	{ "MaxURI 128k\n" LISTEN "End\n", "" },
	{ LISTEN "MaxURI 128k\nMaxHead 256k\nEnd\n", "" },
	{ LISTEN "AddHeader \"Host: a\"\nEnd\n", "" },
	{ LISTEN "AddHeader \"Connection:  Close \"\nEnd\n", "" },
	{ LISTEN "AddHeader \"X-Forwarded-Proto: https\"\nEnd\n", "" },
	{ LISTEN "AddHeader \"content-length: 5\"\nEnd\n",
	    "line 4: AddHeader is ignored: it would change where the message "
	    "ends or who reads it (column 11)" },
	{ LISTEN "AddHeader \"Expect: 100-continue\"\nEnd\n",
	    "line 4: AddHeader is ignored: it would change where the message "
	    "ends or who reads it (column 11)" },
	{ LISTEN "AddHeader \": v\"\nEnd\n",
	    "line 4: AddHeader is ignored: it is not of the form NAME: VALUE "
	    "(column 11)" },
	{ LISTEN "AddHeader \"A: \x01\"\nEnd\n",
	    "line 4: AddHeader is ignored: it has a control character "
	    "(column 11)" },
	{ LISTEN "End\nListenHTTP\nPort 8080\nAddress 127.0.0.1\nEnd\n",
	    "line 6: the listener of line 1 has this Address and Port already "
	    "(column 6)" },
	{ LISTEN "End\nListenHTTP\nPort 8081\nAddress 127.0.0.1\nEnd\n", "" },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct text_conf t;

		text_read(&t, cases[i].text);
		is_str(text_finding(&t, 0), cases[i].finding, "case %zu", i);
		ok(t.notes.count <= 1, "case %zu: no other finding", i);
		text_release(&t);
	}
}

static void
test_ignored_header(void)
{
	struct text_conf t;

	text_read(&t, LISTEN "AddHeader \"TE: x\"\nAddHeader \"A: b\"\nEnd\n");
	is_int(t.conf->listeners[0]->add_header.count, 1,
	    "what is ignored is not in the tree");
	text_release(&t);
}

int
main(void)
{
	test_defaults();
	test_values();
	test_cases();
	test_ignored_header();
	return tap_done();
}
