/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Host field. */
#include <stdio.h>
#include <string.h>

#include "base/attrs.h"
#include "http/host.h"
#include "support/guard.h"
#include "tap.h"

struct test {
	const char *host;
	bool valid;
	const char *name, *port;
	const char *http, *https; /* without the default port */
};

static const struct test test[] = {
	{ "h.test", true, "h.test", "", "h.test", "h.test" },
	{ "H.TEST.", true, "H.TEST.", "", "H.TEST.", "H.TEST." },
	{ "under_score.test", true, "under_score.test", "", "under_score.test",
	    "under_score.test" },
	{ "h.test:", true, "h.test", "", "h.test", "h.test" },
	{ "h.test:80", true, "h.test", "80", "h.test", "h.test:80" },
	{ "h.test:443", true, "h.test", "443", "h.test:443", "h.test" },
	{ "h.test:0", true, "h.test", "0", "h.test:0", "h.test:0" },
	{ "h.test:65535", true, "h.test", "65535", "h.test:65535",
	    "h.test:65535" },
	{ "h.test:00080", true, "h.test", "00080", "h.test:00080",
	    "h.test:00080" },
	{ "192.0.2.9:8080", true, "192.0.2.9", "8080", "192.0.2.9:8080",
	    "192.0.2.9:8080" },
	{ "[::1]", true, "[::1]", "", "[::1]", "[::1]" },
	{ "[2001:db8::1]:80", true, "[2001:db8::1]", "80", "[2001:db8::1]",
	    "[2001:db8::1]:80" },
	{ "[::ffff:192.0.2.9]:", true, "[::ffff:192.0.2.9]", "",
	    "[::ffff:192.0.2.9]", "[::ffff:192.0.2.9]" },
	{ "[0000:0000:0000:0000:0000:ffff:192.168.100.228]:", true,
	    "[0000:0000:0000:0000:0000:ffff:192.168.100.228]", "",
	    "[0000:0000:0000:0000:0000:ffff:192.168.100.228]",
	    "[0000:0000:0000:0000:0000:ffff:192.168.100.228]" },
	{ "[0000:0000:0000:0000:0000:0ffff:192.168.100.228]", false, NULL, NULL,
	    NULL, NULL },
	{ "a!b$c(d)*+;=~", true, "a!b$c(d)*+;=~", "", "a!b$c(d)*+;=~",
	    "a!b$c(d)*+;=~" },
	{ "", false, "", "", "", "" },
	{ ":", false, "", "", "", "" },
	{ ":80", false, "", "80", "", ":80" },
	{ "h.test:65536", false, NULL, NULL, NULL, NULL },
	{ "h.test:99999999999999999999", false, NULL, NULL, NULL, NULL },
	{ "h.test:-1", false, NULL, NULL, NULL, NULL },
	{ "h.test:8o", false, NULL, NULL, NULL, NULL },
	{ "h.test:80:80", false, NULL, NULL, NULL, NULL },
	{ "h.test: 80", false, NULL, NULL, NULL, NULL },
	{ "u@h.test", false, NULL, NULL, NULL, NULL },
	{ "h.test/x", false, NULL, NULL, NULL, NULL },
	{ "a,b", false, NULL, NULL, NULL, NULL },
	{ "a b", false, NULL, NULL, NULL, NULL },
	{ "<h>", false, NULL, NULL, NULL, NULL },
	{ "h%20", false, NULL, NULL, NULL, NULL },
	{ "caf\xc3\xa9.test", false, NULL, NULL, NULL, NULL },
	{ "::1", false, NULL, NULL, NULL, NULL },
	{ "[::1", false, NULL, NULL, NULL, NULL },
	{ "::1]", false, NULL, NULL, NULL, NULL },
	{ "[]", false, NULL, NULL, NULL, NULL },
	{ "[]:80", false, NULL, NULL, NULL, NULL },
	{ "[", false, NULL, NULL, NULL, NULL },
	{ "[h.test]", false, NULL, NULL, NULL, NULL },
	{ "[192.0.2.9]", false, NULL, NULL, NULL, NULL },
	{ "[::1]x", false, NULL, NULL, NULL, NULL },
	{ "[::1]:x", false, NULL, NULL, NULL, NULL },
	{ "[fe80::1%eth0]", false, NULL, NULL, NULL, NULL },
	{ "[v1.x]", false, NULL, NULL, NULL, NULL },
	{ "[1:2:3:4:5:6:7:8:9]", false, NULL, NULL, NULL, NULL },
	{ "[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]", false, NULL,
	    NULL, NULL, NULL },
	{ "[::1][::1]", false, NULL, NULL, NULL, NULL },
};

static void
is_slice(struct str s, const char *want, const char *name)
{
	is_mem(s.len > 0 ? s.p : "", s.len, want, strlen(want), "%s: '%s'",
	    name, want);
}

static void
run_one(const struct test *t)
{
	struct str host, s, name, port;
	struct guard g;

	guard_copy(&g, t->host, strlen(t->host));
	host = str_make(g.bytes, g.len);
	tap_input(t->host, strlen(t->host));
	is_int(host_valid(host), t->valid, "validity of '%s'", t->host);
	host_split(host, &name, &port);
	if (t->name != NULL) {
		is_slice(name, t->name, "name");
		is_slice(port, t->port, "port");
		s = host_without_default_port(host, false);
		is_slice(s, t->http, "for http");
		s = host_without_default_port(host, true);
		is_slice(s, t->https, "for https");
	}
	guard_release(&g);
}

/* strict-http 3 and RFC 3986 3.2.2, less comma, percent and markup. */
static void
test_bytes(void)
{
	char in[] = "a?b";
	int b, wrong = 0;
	bool good;

	for (b = 0; b < 256; b++) {
		in[1] = (char)b;
		good = (b >= '0' && b <= '9') || (b >= 'A' && b <= 'Z') ||
		    (b >= 'a' && b <= 'z') ||
		    (b != 0 && strchr("-._~!$()*+;=", b) != NULL);
		wrong += host_valid(str_make(in, 3)) != good;
		in[1] = '1';
	}
	is_int(wrong, 0, "every byte in a name");
	ok(!host_valid(str_make("[::1\0]", 6)), "a NUL in brackets");
}

/* Fields of a request as "Name=value;..." and the verdict. */
static void
test_request(int minor, const char *values[], bool lenient, enum outcome want,
    const char *want_host)
{
	struct field field[4];
	struct request req = { .field = field, .minor = minor };
	struct str host;

	for (; values[req.field_count] != NULL; req.field_count++)
		field[req.field_count] = (struct field){
			.name = STR("Host"),
			.value = str_from(values[req.field_count]),
			.id = FIELD_HOST,
		};
	field[req.field_count++] = (struct field){ .name = STR("X"),
		.value = STR("?"),
		.id = FIELD_OTHER };
	is_int(host_of_request(&req, lenient, &host), want,
	    "Host of a request in 1.%d", minor);
	if (want == OUTCOME_OK)
		is_slice(host, want_host, "Host of the request");
}

#define HOSTS(...) ((const char *[]){ __VA_ARGS__, NULL })
#define NO_HOST ((const char *[]){ NULL })

int
main(void)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(test); i++)
		run_one(&test[i]);
	tap_input(NULL, 0);
	test_bytes();
	test_request(1, HOSTS("h.test:80"), false, OUTCOME_OK, "h.test:80");
	test_request(0, HOSTS("h.test"), false, OUTCOME_OK, "h.test");
	test_request(1, HOSTS(""), false, OUTCOME_OK, "");
	test_request(0, HOSTS(""), false, OUTCOME_OK, "");
	test_request(0, NO_HOST, false, OUTCOME_OK, "");
	test_request(1, NO_HOST, false, OUTCOME_HOST_MISSING, NULL);
	test_request(1, NO_HOST, true, OUTCOME_OK, "");
	test_request(1, HOSTS("a", "a"), false, OUTCOME_HOST_MANY, NULL);
	test_request(0, HOSTS("a", "b"), true, OUTCOME_HOST_MANY, NULL);
	test_request(1, HOSTS("", ""), false, OUTCOME_HOST_MANY, NULL);
	test_request(1, HOSTS("u@h"), false, OUTCOME_HOST_BAD, NULL);
	test_request(0, HOSTS("u@h"), true, OUTCOME_HOST_BAD, NULL);
	return tap_done();
}
