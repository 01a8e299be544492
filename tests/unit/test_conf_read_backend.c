/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "base/attrs.h"
#include "unit/conf_text.h"
#include "unit/tap.h"

static void
read_backend(struct text_conf *t, const char *block)
{
	char text[1000];

	snprintf(text, sizeof(text), LISTEN "End\nService\n%sEnd\nEnd\n",
	    block);
	text_read(t, text);
}

static const struct conf_backend *
backend_of(const struct text_conf *t)
{
	return t->conf->services[0]->backends[0];
}

static void
test_defaults(void)
{
	struct text_conf t;
	const struct conf_backend *be;

	read_backend(&t, BACKEND);
	be = backend_of(&t);
	ok(str_eq(be->address, STR("127.0.0.1")) && be->port == 8081 &&
		addr_port(&be->addr) == 8081 &&
		str_eq(be->name, STR("127.0.0.1:8081")),
	    "address");
	is_int(be->place.line, 6, "line");
	is_int(be->kind, CONF_REAL, "kind");
	is_int(be->priority, 5, "Priority");
	ok(!be->disabled && !be->emergency && !be->ha && !be->https &&
		!be->strict,
	    "switches");
	ok(be->timeout_ms == 15000 && be->connect_ms == 15000 &&
		be->websocket_ms == 600000,
	    "time-outs");
	ok(be->max_conn == 0 && be->keep_max == 32 && be->keep_ms == 4000,
	    "limits");
	text_release(&t);
}

static void
test_values(void)
{
	struct text_conf t;
	const struct conf_backend *be;

	read_backend(&t,
	    "BackEnd\nPriority 9\nPort 81\nTimeOut 1\nConnTO 2\n"
	    "WSTimeOut 3\nDisabled 1\nMaxConn 4\nKeepConnections 0\n"
	    "KeepTime 6\nStrict 1\nHTTPS\nServerName \"\"\nCiphers \"c\"\n"
	    "Cert \"k\"\nDisable TLSv1_1\nMinProtocol TLSv1_3\n"
	    "VerifyList \"v\"\nAddress ::1\n");
	ok(t.conf != NULL && t.notes.count == 0, "all of a back-end");
	be = backend_of(&t);
	ok(str_eq(be->name, STR("::1:81")), "IPv6");
	is_int(be->priority, 9, "Priority");
	ok(be->timeout_ms == 1000 && be->connect_ms == 2000 &&
		be->websocket_ms == 3000,
	    "time-outs");
	ok(be->disabled && be->strict && be->https, "switches");
	ok(be->max_conn == 4 && be->keep_max == 0 && be->keep_ms == 6000,
	    "limits");
	ok(be->tls.has_server_name && str_empty(be->tls.server_name),
	    "an empty ServerName");
	ok(str_eq(be->tls.ciphers, STR("c")) && be->tls.certs.count == 1 &&
		str_eq(be->tls.certs.text[0], STR("k")) &&
		str_eq(be->tls.verify_list, STR("v")) &&
		be->tls.min_version == CONF_TLS_1_3 &&
		be->tls.disabled == (1 << CONF_TLS_1_0 | 1 << CONF_TLS_1_1),
	    "TLS");
	text_release(&t);
}

static void
test_emergency(void)
{
	struct text_conf t;
	const struct conf_backend *be;

	read_backend(&t,
	    "TimeOut 5\n" /* wrong here, to see what follows */
	    "Emergency\nAddress 127.0.0.1\nPort 1\nPriority 2\n");
	is_int(t.notes.errors, 2, "what an Emergency has not");
	text_release(&t);
	text_read(&t,
	    "TimeOut 5\nConnTO 5\nWSTimeOut 5\n" LISTEN
	    "End\nService\nEmergency\nAddress 127.0.0.1\nPort 1\nEnd\n"
	    "Emergency\nAddress 127.0.0.1\nPort 2\nConnTO 3\nEnd\nEnd\n");
	be = t.conf->services[0]->emergencies[0];
	ok(be->timeout_ms == 120000 && be->connect_ms == 120000 &&
		be->websocket_ms == 120000,
	    "its time-outs, whatever the globals are");
	be = t.conf->services[0]->emergencies[1];
	ok(be->port == 2 && be->connect_ms == 3000, "the second one");
	text_release(&t);
}

static const struct {
	const char *lines;
	const char *name;
	int family;
	const char *ha_text; /* NULL: no HAport */
	uint16_t ha_port;
	int ha_family;
} addresses[] = {
	{ "Address 192.0.2.1\nPort 80\n", "192.0.2.1:80", AF_INET, NULL, 0, 0 },
	{ "Port 80\nAddress [2001:db8::1]\n", "2001:db8::1:80", AF_INET6, NULL,
	    0, 0 },
	{ "Address /run/a\n", "/run/a", AF_UNIX, NULL, 0, 0 },
	{ "Address ./a\n", "./a", AF_UNIX, NULL, 0, 0 },
	{ "Address name\nPort 80\n", "name:80", AF_UNSPEC, NULL, 0, 0 },
	{ "HAport 81\nAddress 192.0.2.1\nPort 80\n", "192.0.2.1:80", AF_INET,
	    "", 81, AF_INET },
	{ "HAport 81\nAddress ::1\nPort 80\n", "::1:80", AF_INET6, "", 81,
	    AF_INET6 },
	{ "HAport ::1 81\nAddress 192.0.2.1\nPort 80\n", "192.0.2.1:80",
	    AF_INET, "::1", 81, AF_INET6 },
	{ "HAport /run/b\nAddress /run/a\n", "/run/a", AF_UNIX, "/run/b", 0,
	    AF_UNIX },
	{ "HAport 192.0.2.2 81\nAddress /run/a\n", "/run/a", AF_UNIX,
	    "192.0.2.2", 81, AF_INET },
	{ "HAport 81\nAddress name\nPort 80\n", "name:80", AF_UNSPEC, "", 81,
	    AF_UNSPEC },
	{ "HAport other 81\nAddress name\nPort 80\n", "name:80", AF_UNSPEC,
	    "other", 81, AF_UNSPEC },
};

static void
check_address(size_t i, const struct conf_backend *be)
{
	ok(str_eq(be->name, str_from(addresses[i].name)), "address %zu: name",
	    i);
	is_int(addr_family(&be->addr), addresses[i].family,
	    "address %zu: family", i);
	is_int(be->ha, addresses[i].ha_text != NULL, "address %zu: HAport", i);
	if (!be->ha)
		return;
	ok(str_eq(be->ha_text, str_from(addresses[i].ha_text)),
	    "address %zu: text of HAport", i);
	is_int(be->ha_port, addresses[i].ha_port, "address %zu: port of it", i);
	is_int(addr_family(&be->ha_addr), addresses[i].ha_family,
	    "address %zu: family of it", i);
	if (addresses[i].ha_family == AF_INET ||
	    addresses[i].ha_family == AF_INET6)
		is_int(addr_port(&be->ha_addr), addresses[i].ha_port,
		    "address %zu: port in it", i);
}

static void
test_addresses(void)
{
	for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
		struct text_conf t;
		char block[200];

		snprintf(block, sizeof(block), "BackEnd\n%s",
		    addresses[i].lines);
		read_backend(&t, block);
		is_str(text_finding(&t, 0), "", "address %zu: no finding", i);
		if (t.conf != NULL)
			check_address(i, backend_of(&t));
		text_release(&t);
	}
}

static const struct {
	const char *lines;
	const char *finding;
} cases[] = {
	{ "Priority 0\n", "line 9: Priority: 0 is too small (column 10)" },
	{ "Priority 10\n", "line 9: Priority: 10 is too large (column 10)" },
	{ "ConnTO 0\n", "line 9: ConnTO: 0 is too small (column 8)" },
	{ "HAport 65536\n",
	    "line 9: HAport is ignored: there is no port 65536 (column 8)" },
	{ "HAport 99999999999999999999\n",
	    "line 9: HAport is ignored: there is no port 99999999999999999999 "
	    "(column 8)" },
	{ "HAport 0\n", "line 9: HAport: 0 is too small (column 8)" },
	{ "HAport a b c\n",
	    "line 9: HAport takes one or two arguments (column 1)" },
	{ "HAport /run/a 80\n",
	    "line 9: HAport: a UNIX socket has no port, 80 is ignored "
	    "(column 15)" },
	{ "HTTPS 1\n", "line 9: HTTPS takes no argument (column 7)" },
	{ "ServerName \"x\"\n", "line 9: ServerName without HTTPS (column 1)" },
	{ "Ciphers \"x\"\nHTTPS\n", "" },
	{ "MaxConn 0\n", "" },
	{ "KeepTime 2d\n", "line 9: KeepTime: 2d is not a time (column 10)" },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct text_conf t;
		char block[200];

		snprintf(block, sizeof(block), BACKEND "%s", cases[i].lines);
		read_backend(&t, block);
		is_str(text_finding(&t, 0), cases[i].finding, "case %zu", i);
		text_release(&t);
	}
}

int
main(void)
{
	test_defaults();
	test_values();
	test_emergency();
	test_addresses();
	test_cases();
	return tap_done();
}
