/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a listener lets through, and what of it goes on (A.2). */
#include "support/logged.h"
#include "support/once.h"
#include "unit/tap.h"

#include <stdio.h>
#include <string.h>

#include "base/attrs.h"

#define GET "GET /a HTTP/1.1\r\nHost: h.test\r\n"
#define FORWARDED "X-Forwarded-For: 192.0.2.1\r\n\r\n"

/* What goes on. */
static const struct {
	const char *name, *listener, *request, *want;
} passed[] = {
	{ "order, spelling, repetition stay", "",
	    GET "b:  2 \r\nA:1\r\nb: 3\r\nACCEPT:\r\n\r\n",
	    GET "b: 2\r\nA: 1\r\nb: 3\r\nACCEPT: \r\n" FORWARDED },
	{ "what is hop by hop", "",
	    GET "Connection: keep-alive\r\nKeep-Alive: 5\r\nTE: trailers\r\n"
		"Proxy-Connection: x\r\nTrailer: T\r\nUpgrade: h2c\r\n"
		"HTTP2-Settings: x\r\nA: 1\r\n\r\n",
	    GET "A: 1\r\n" FORWARDED },
	{ "what Connection names", "",
	    GET "X-A: 1\r\nConnection: x-a, close\r\nX-B: 2\r\n"
		"Connection: X-B\r\nX-C: 3\r\n\r\n",
	    GET "X-C: 3\r\n" FORWARDED },
	{ "what cannot be named away", "",
	    "POST /a HTTP/1.1\r\nHost: h.test\r\nContent-Length: 1\r\n"
	    "Connection: Host, Content-Length, X-Forwarded-For\r\n\r\nx",
	    "POST /a HTTP/1.1\r\nHost: h.test\r\nContent-Length: 1\r\n" FORWARDED
	    "x" },
	{ "one X-Forwarded-For, at the end", "",
	    GET
	    "X-Forwarded-For: 1.2.3.4\r\nA: 1\r\nx-forwarded-for: 5.6, 7\r\n"
	    "\r\n",
	    GET "A: 1\r\nX-Forwarded-For: 1.2.3.4, 5.6, 7, 192.0.2.1\r\n\r\n" },
	{ "an empty one", "", GET "X-Forwarded-For:\r\n\r\n", GET FORWARDED },
	{ "twins of what is ours", "",
	    GET "X_Forwarded_For: 1\r\nContent_Length: 5\r\n"
		"Transfer_Encoding: chunked\r\nX_SSL_Cipher: x\r\nA_B: 1\r\n"
		"\r\n",
	    GET "A_B: 1\r\n" FORWARDED },
	{ "Proxy", "", GET "Proxy: x\r\n\r\n", GET FORWARDED },
	{ "X-SSL-*", "",
	    GET "X-SSL-cipher: a\r\nX-SSL-Other: b\r\nx-ssl-SERIAL: c\r\n\r\n",
	    GET "X-SSL-Other: b\r\n" FORWARDED },
	{ "X-SSL-* that pass", "XSSLHeaders pass\n",
	    GET "X-SSL-cipher: a\r\nX_SSL_Cipher: b\r\n\r\n",
	    GET "X-SSL-cipher: a\r\nX_SSL_Cipher: b\r\n" FORWARDED },
	{ "HeadRemove", "HeadRemove \"^X-A: 1$\"\nHeadRemove \"^b\"\n",
	    GET "x-a:  1\r\nX-A: 12\r\nB: 1\r\n\r\n",
	    GET "X-A: 12\r\n" FORWARDED },
	{ "HeadRemove of framing", "HeadRemove \".\"\n",
	    "POST /a HTTP/1.1\r\nHost: h.test\r\nA: 1\r\n"
	    "Content-Length: 1\r\n\r\nx",
	    "POST /a HTTP/1.1\r\nHost: h.test\r\nContent-Length: 1\r\n" FORWARDED
	    "x" },
	{ "HeadRemove of the client's part", "HeadRemove \"^X-Forwarded\"\n",
	    GET "X-Forwarded-For: 1.2.3.4\r\n\r\n", GET FORWARDED },
	{ "AddHeader", "AddHeader \"A: 1\"\nAddHeader \"B: 2\"\n",
	    GET "a: 0\r\n\r\n", GET "a: 0\r\nA: 1\r\nB: 2\r\n" FORWARDED },
	{ "AddHeader of a Host", "AddHeader \"Host: other.test\"\n",
	    GET "A: 1\r\n\r\n",
	    "GET /a HTTP/1.1\r\nHost: other.test\r\nA: 1\r\n" FORWARDED },
	{ "an absolute target", "",
	    "GET http://other.test:80/x?y HTTP/1.1\r\nHost: h.test\r\n\r\n",
	    "GET /x?y HTTP/1.1\r\nHost: other.test\r\n" FORWARDED },
	{ "the same host", "",
	    "GET http://h.test/x HTTP/1.1\r\nHost: H.TEST:80\r\n\r\n",
	    "GET /x HTTP/1.1\r\nHost: H.TEST:80\r\n" FORWARDED },
	{ "no Host in 1.0", "", "GET /a HTTP/1.0\r\nA: 1\r\n\r\n",
	    "GET /a HTTP/1.1\r\nHost: 192.0.2.80:8080\r\nA: 1\r\n" FORWARDED },
	{ "an empty Host stays where it is", "",
	    "GET /a HTTP/1.1\r\nA: 1\r\nhost:\r\n\r\n",
	    "GET /a HTTP/1.1\r\nA: 1\r\nhost: 192.0.2.80:8080\r\n" FORWARDED },
	{ "no Host, Strict 0", "Strict 0\n", "GET /a HTTP/1.1\r\n\r\n",
	    "GET /a HTTP/1.1\r\nHost: 192.0.2.80:8080\r\n" FORWARDED },
	{ "lower case, Strict 0", "Strict 0\n",
	    "get /a HTTP/1.1\r\nHost: h.test\r\n\r\n", GET FORWARDED },
	{ "a line that is none, Strict 0", "Strict 0\n",
	    GET "no colon\r\nA: 1\r\n\r\n", GET "A: 1\r\n" FORWARDED },
	{ "an empty Expect", "", GET "Expect:\r\n\r\n", GET FORWARDED },
	{ "Max-Forwards", "xHTTP 2\n",
	    "OPTIONS /a HTTP/1.1\r\nHost: h.test\r\nMax-Forwards: 10\r\n\r\n",
	    "OPTIONS /a HTTP/1.1\r\nHost: h.test\r\n"
	    "Max-Forwards: 9\r\n" FORWARDED },
	{ "Max-Forwards means nothing to GET", "",
	    GET "Max-Forwards: 0\r\n\r\n",
	    GET "Max-Forwards: 0\r\n" FORWARDED },
	{ "TRACE without credentials", "xHTTP 2\n",
	    "TRACE /a HTTP/1.1\r\nHost: h.test\r\nCookie: a\r\n"
	    "Authorization: b\r\nProxy-Authorization: c\r\nA: d\r\n\r\n",
	    "TRACE /a HTTP/1.1\r\nHost: h.test\r\nA: d\r\n" FORWARDED },
	{ "bytes of a target", "",
	    "GET /\xc3\xa9?q={\"a\"} HTTP/1.1\r\nHost: h.test\r\n\r\n",
	    "GET /%C3%A9?q=%7B%22a%22%7D HTTP/1.1\r\nHost: h.test\r\n" FORWARDED },
	{ "the same, xHTTP 3", "xHTTP 3\n",
	    "GET /\xc3\xa9?q={\"a\"} HTTP/1.1\r\nHost: h.test\r\n\r\n",
	    "GET /%C3%A9?q={\"a\"} HTTP/1.1\r\nHost: h.test\r\n" FORWARDED },
	{ "by hand", "", "GET /a HTTP/1.1\nHost: h.test\n\n", GET FORWARDED },
};

/* What does not. */
static const struct {
	const char *name, *listener, *request;
	int status;
	const char *words;
} refused[] = {
	{ "lower case", "", "get / HTTP/1.1\r\n", 501, "Strict 0" },
	{ "unknown method", "", "BREW / HTTP/1.1\r\n", 501, "unknown method" },
	{ "beyond xHTTP", "", "PUT / HTTP/1.1\r\n", 501, "xHTTP" },
	{ "far beyond xHTTP", "xHTTP 3\n", "RPC_IN_DATA / HTTP/1.1\r\n", 501,
	    "xHTTP" },
	{ "CONNECT", "xHTTP 4\n", "CONNECT h.test:443 HTTP/1.1\r\n", 501,
	    "xHTTP" },
	{ "CheckURL", "CheckURL \"^/[a-z]*$\"\n", GET "\r\n", 0, "" },
	{ "not CheckURL", "CheckURL \"^/[b-z]*$\"\n", GET "\r\n", 501,
	    "CheckURL" },
	{ "CheckURL cannot tell", "CheckURL \"^/(a+)+$\"\n",
	    "GET /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa! HTTP/1.1\r\n"
	    "Host: h.test\r\n\r\n",
	    500, "CheckURL in test.cfg line 4" },
	{ "HeadRemove cannot tell", "HeadRemove \"(a+)+$\"\n",
	    GET "X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\r\n\r\n", 500,
	    "HeadRemove in test.cfg line 4" },
	{ "no Host", "", "GET / HTTP/1.1\r\nA: 1\r\n\r\n", 400, "no Host" },
	{ "two Hosts", "", GET "Host: h.test\r\n\r\n", 400, "several Host" },
	{ "a bad Host", "", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400,
	    "Host" },
	{ "an expectation", "", GET "Expect: 200-ok\r\n\r\n", 417,
	    "expectation" },
	{ "MaxRequest", "MaxRequest 4\n", GET "Content-Length: 5\r\n\r\nhello",
	    413, "5 bytes, MaxRequest is 4" },
	{ "two lengths", "",
	    GET "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400,
	    "Content-length" },
	{ "length and chunks", "",
	    GET "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello",
	    400, "Transfer-encoding and Content-length" },
};

static void
test_passed(void)
{
	struct once o;

	for (size_t i = 0; i < ARRAY_LEN(passed); i++) {
		once_open(&o, passed[i].listener, "", "");
		once_ask(&o, passed[i].request);
		is_str(once_asked(&o), passed[i].want, "%s", passed[i].name);
		once_close(&o);
	}
}

static void
test_refused(void)
{
	struct once o;
	char want[32];

	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		if (refused[i].status == 0)
			continue;
		once_open(&o, refused[i].listener, "", "");
		once_ask(&o, refused[i].request);
		snprintf(want, sizeof(want), "HTTP/1.1 %d ", refused[i].status);
		ok(strncmp(once_answered(&o), want, strlen(want)) == 0,
		    "%s is refused with %d", refused[i].name,
		    refused[i].status);
		ok(logged_has(refused[i].words), "the log tells: %s",
		    refused[i].words);
		is_str(once_asked(&o), "", "and nothing goes on");
		once_close(&o);
	}
}

/* Said once a listener, of whatever client. */
static void
test_xssl_warned(void)
{
	struct once o;

	once_open(&o, "", "", "");
	once_ask(&o, GET "X-SSL-Cipher: a\r\n\r\n");
	ok(logged_has("4 listener 127.0.0.1:80: a client sent X-SSL-Cipher"),
	    "a warning");
	once_answer(&o, "HTTP/1.1 204 No\r\n\r\n");
	logged_clear();
	once_ask(&o, GET "X-SSL-Cipher: a\r\n\r\n");
	ok(!logged_has("X-SSL"), "but one");
	once_close(&o);
}

/* Patterns see what is not forwarded, too (A.2 #10, #12). */
static void
test_removed_is_seen(void)
{
	struct once o;

	once_open(&o, "HeadRemove \"^X-A\"\n",
	    "HeadRequire \"^X-A: 1$\"\nHeadDeny \"^X-SSL-Cipher\"\n", "");
	once_ask(&o, GET "X-A: 1\r\n\r\n");
	is_str(once_asked(&o), GET FORWARDED, "removed, and required");
	once_answer(&o, "HTTP/1.1 204 No\r\n\r\n");
	once_answered(&o);
	once_ask(&o, GET "X-A: 1\r\nX-SSL-Cipher: x\r\n\r\n");
	ok(strncmp(once_answered(&o), "HTTP/1.1 503", 12) == 0,
	    "removed, and denied");
	once_close(&o);
}

int
main(void)
{
	test_passed();
	test_refused();
	test_xssl_warned();
	test_removed_is_seen();
	return tap_done();
}
