/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Absolute URLs, split and composed. */
#include <string.h>

#include "base/attrs.h"
#include "http/url.h"
#include "support/guard.h"
#include "tap.h"

struct test {
	const char *url;
	bool https;
	const char *name; /* NULL: no URL to be understood */
	uint16_t port;
	const char *rest;
};

static const struct test test[] = {
	{ "http://h.test/", false, "h.test", 80, "/" },
	{ "http://h.test", false, "h.test", 80, "" },
	{ "https://h.test/a/b?c#d", true, "h.test", 443, "/a/b?c#d" },
	{ "HTTP://H.Test:8080/x", false, "H.Test", 8080, "/x" },
	{ "hTTps://h:443", true, "h", 443, "" },
	{ "http://h.test:/x", false, "h.test", 80, "/x" },
	{ "http://h.test?x=1", false, "h.test", 80, "?x=1" },
	{ "http://h.test#x", false, "h.test", 80, "#x" },
	{ "http://h.test:81?x=/y", false, "h.test", 81, "?x=/y" },
	{ "http://h.test?u=http://other.test/", false, "h.test", 80,
	    "?u=http://other.test/" },
	{ "http://192.0.2.1:9/x", false, "192.0.2.1", 9, "/x" },
	{ "http://[::1]/x", false, "::1", 80, "/x" },
	{ "https://[2001:db8::1]:8443/x", true, "2001:db8::1", 8443, "/x" },
	{ "http://h.test//x", false, "h.test", 80, "//x" },
	{ "http://h.test/\xc3\xa9 \"<", false, "h.test", 80, "/\xc3\xa9 \"<" },
	{ "http://under_score.test./", false, "under_score.test.", 80, "/" },
	{ "http://h:65535/", false, "h", 65535, "/" },
	{ "", false, NULL, 0, NULL },
	{ "/", false, NULL, 0, NULL },
	{ "/x?u=http://h.test/", false, NULL, 0, NULL },
	{ "//h.test/x", false, NULL, 0, NULL },
	{ "x/y", false, NULL, 0, NULL },
	{ "http:/h.test/", false, NULL, 0, NULL },
	{ "http:h.test", false, NULL, 0, NULL },
	{ "http://", false, NULL, 0, NULL },
	{ "http:///x", false, NULL, 0, NULL },
	{ "http://:80/x", false, NULL, 0, NULL },
	{ "http://u@h.test/", false, NULL, 0, NULL },
	{ "http://u:p@h.test/", false, NULL, 0, NULL },
	{ "http://h.test:65536/", false, NULL, 0, NULL },
	{ "http://h.test:8o/", false, NULL, 0, NULL },
	{ "http://h.test:80:80/", false, NULL, 0, NULL },
	{ "http://h.test\\@other.test/", false, NULL, 0, NULL },
	{ "http://h test/", false, NULL, 0, NULL },
	{ "http://::1/", false, NULL, 0, NULL },
	{ "http://[::1/", false, NULL, 0, NULL },
	{ "http://[h.test]/", false, NULL, 0, NULL },
	{ "http://a,http://b/", false, NULL, 0, NULL },
	{ " http://h.test/", false, NULL, 0, NULL },
	{ "ftp://h.test/", false, NULL, 0, NULL },
	{ "httpss://h.test/", false, NULL, 0, NULL },
	{ "ws://h.test/", false, NULL, 0, NULL },
};

static void
test_split(const struct test *c)
{
	struct guard g;
	struct url u;
	bool is;

	tap_input(c->url, strlen(c->url));
	guard_copy(&g, c->url, strlen(c->url));
	is = url_split(str_make(g.bytes, g.len), &u);
	if (ok(is == (c->name != NULL), "whether it is one") && is) {
		is_int(u.https, c->https, "scheme");
		is_mem(u.name.p, u.name.len, c->name, strlen(c->name), "name");
		is_int(u.port, c->port, "port");
		is_mem(u.rest.len > 0 ? u.rest.p : "", u.rest.len, c->rest,
		    strlen(c->rest), "rest");
	}
	guard_release(&g);
}

static void
test_compose(bool https, const char *authority, const char *rest,
    const char *want)
{
	char memory[64];
	struct fixbuf b;

	fixbuf_init(&b, memory, sizeof(memory));
	url_compose(&b, https, str_from(authority), str_from(rest));
	is_mem(b.p, b.len, want, strlen(want), "%s", want);
}

int
main(void)
{
	for (size_t i = 0; i < ARRAY_LEN(test); i++)
		test_split(&test[i]);
	test_compose(false, "h.test", "/x?y", "http://h.test/x?y");
	test_compose(true, "h:8443", "", "https://h:8443/");
	test_compose(false, "[::1]:80", "?x", "http://[::1]:80/?x");
	test_compose(false, "h", "#x", "http://h/#x");
	return tap_done();
}
