/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Answers of our own (A.2 #1 to #9, #20, #34). */
#include <stdio.h>
#include <string.h>

#include "base/attrs.h"
#include "conf/conf.h"
#include "support/once.h"
#include "unit/tap.h"

#define HOST " HTTP/1.1\r\nHost: h.test\r\n"
#define POST "POST /" HOST "Content-Length: "

/* The status of a request's answer, and what stands in its body. */
static const struct {
	const char *request;
	int status;
	const char *reason, *text;
} errors[] = {
	{ "GET  /" HOST, 400, "Bad Request",
	    "Bad request: malformed request line" },
	{ POST "05\r\n\r\n", 400, "Bad Request",
	    "Bad request: Content-length bad value" },
	{ POST "9\r\n\r\n", 413, "Content Too Large",
	    "Request URI is too long" },
	{ "GET /?" HOST, 414, "URI Too Long", "Request URI is too long" },
	{ "GET /" HOST "Expect: x\r\n\r\n", 417, "Expectation Failed",
	    "Expectation Failed." },
	{ "GET /" HOST "A: ?\r\n\r\n", 431, "Request Header Fields Too Large",
	    "Request Header Fields Too Large." },
	{ "PUT /" HOST, 501, "Not Implemented",
	    "This method may not be used." },
	{ "GET /x" HOST "\r\n", 503, "Service Unavailable",
	    "The service is not available. Please try again later." },
	{ "GET / HTTP/2.0\r\n", 505, "HTTP Version Not Supported",
	    "HTTP Version Not Supported." },
};

#define LIMITS "MaxURI 256\nMaxField 300\nMaxRequest 8\n"
#define NOT_X "URL \"^/[^x]?$\"\n"

/* ? becomes 300 bytes. */
static void
ask(struct once *o, const char *request)
{
	static char text[2048];
	const char *mark = strchr(request, '?');

	if (mark == NULL) {
		once_ask(o, request);
		return;
	}
	snprintf(text, sizeof(text), "%.*s%0300d%s", (int)(mark - request),
	    request, 0, mark + 1);
	once_ask(o, text);
}

/* The head as it must be, its Date left out; then the body. */
static void
check_error(const char *got, int status, const char *reason, const char *text)
{
	static char want[1024], date[64];
	const char *behind = strstr(got, "Date: ");
	size_t len = behind == NULL ? 0 : strcspn(behind, "\r");

	snprintf(date, sizeof(date), "%.*s", (int)(len > 60 ? 60 : len),
	    behind == NULL ? "" : behind);
	snprintf(want, sizeof(want),
	    "HTTP/1.1 %d %s\r\n%s\r\nContent-Length: %zu\r\n"
	    "Cache-Control: no-store\r\nConnection: close\r\n"
	    "Content-Type: text/html\r\n\r\n%s",
	    status, reason, date, strlen(text), text);
	is_str(got, want, "%d: %s", status, text);
	is_int(len, sizeof("Date: Sun, 06 Nov 1994 08:49:37 GMT") - 1,
	    "a date of that length");
}

static void
test_errors(void)
{
	struct once o;

	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		once_open(&o, LIMITS, NOT_X, "");
		ask(&o, errors[i].request);
		check_error(once_answered(&o), errors[i].status,
		    errors[i].reason, errors[i].text);
		ok(o.client->finished && !o.client->closed,
		    "shut, and open for what is still sent");
		once_close(&o);
	}
}

/* What the back-end does, or does not. */
static void
test_errors_of_back_ends(void)
{
	static const char internal[] =
	    "An internal server error occurred. Please try again later.";
	struct once o;

	once_open(&o, "", "", "TimeOut 5\n");
	once_ask(&o, "GET /" HOST "\r\n");
	once_answer(&o, "nonsense\r\n\r\n");
	check_error(once_answered(&o), 502, "Bad Gateway", internal);
	once_close(&o);
	once_open(&o, "", "", "TimeOut 5\n");
	once_ask(&o, "GET /" HOST "\r\n");
	turns_pass(&o.turns, 5000);
	check_error(once_answered(&o), 504, "Gateway Timeout", internal);
	once_close(&o);
	once_open(&o, "Client 3\n", "", "");
	once_ask(&o, "GET /");
	turns_pass(&o.turns, 3000);
	check_error(once_answered(&o), 408, "Request Timeout",
	    "Request Timeout.");
	once_close(&o);
}

static void
set_text(struct once *o, int status, const char *text)
{
	struct conf_listener *l = o->conf->listeners[0];

	for (unsigned i = 0; i < CONF_ERROR_COUNT; i++)
		if (conf_error_statuses[i] == status)
			l->error_text[i] = str_from(text);
}

/* ErrNNN byte for byte; 413 has Err414's, 502 Err500's while they have
 * none of their own; an empty file is one. */
static void
test_texts(void)
{
	struct once o;

	once_open(&o, LIMITS, NOT_X, "");
	set_text(&o, 414, "<b>414</b>\n");
	once_ask(&o, POST "9\r\n\r\n");
	check_error(once_answered(&o), 413, "Content Too Large",
	    "<b>414</b>\n");
	once_close(&o);
	once_open(&o, LIMITS, NOT_X, "");
	set_text(&o, 414, "<b>414</b>\n");
	set_text(&o, 413, "<b>413</b>\n");
	once_ask(&o, POST "9\r\n\r\n");
	check_error(once_answered(&o), 413, "Content Too Large",
	    "<b>413</b>\n");
	once_close(&o);
	once_open(&o, LIMITS, NOT_X, "");
	set_text(&o, 500, "500");
	once_ask(&o, "GET /" HOST "\r\n");
	once_answer(&o, "nonsense\r\n\r\n");
	check_error(once_answered(&o), 502, "Bad Gateway", "500");
	once_close(&o);
	once_open(&o, LIMITS, NOT_X, "");
	set_text(&o, 503, "");
	once_ask(&o, "GET /x" HOST "\r\n");
	check_error(once_answered(&o), 503, "Service Unavailable", "");
	once_close(&o);
}

/* No body for HEAD, and the length that it would have. */
static void
test_head(void)
{
	struct once o;
	const char *got;

	once_open(&o, LIMITS, NOT_X, "");
	once_ask(&o, "HEAD /x" HOST "\r\n");
	got = once_answered(&o);
	ok(strstr(got, "\r\nContent-Length: 53\r\n") != NULL, "its length");
	is_str(strstr(got, "\r\n\r\n"), "\r\n\r\n", "and no body");
	once_close(&o);
}

/* A page over the size of a block. */
static void
test_long_page(void)
{
	static char page[100001];
	struct once o;
	const char *got;

	memset(page, 'p', sizeof(page) - 1);
	once_open(&o, LIMITS, NOT_X, "");
	set_text(&o, 503, page);
	once_ask(&o, "GET /x" HOST "\r\n");
	got = strstr(once_answered(&o), "\r\n\r\n");
	ok(got != NULL && strcmp(got + 4, page) == 0,
	    "a page of 100,000 bytes");
	once_close(&o);
}

static const struct {
	const char *redirect, *target;
	int status;
	const char *location, *html; /* NULL: as the location */
} redirects[] = {
	{ "\"http://n.test\"", "/a/b?c=%20d&e", 302,
	    "http://n.test/a/b?c=%20d&e", "http://n.test/a/b?c=%20d&amp;e" },
	{ "301 \"https://n.test:444\"", "/", 301, "https://n.test:444/", NULL },
	{ "307 \"http://n.test/\"", "/a", 307, "http://n.test", NULL },
	{ "308 \"http://n.test/new?x\"", "/a?b", 308, "http://n.test/new?x",
	    NULL },
	{ "303 \"http://n.test\"", "/\"<\\>\xe9%", 303,
	    "http://n.test/%22%3C%5C%3E%E9%", NULL },
	{ "\"http://n.test\"", "http://h.test/abs?q", 302,
	    "http://n.test/abs?q", NULL },
};

static const char *
location_of(const char *answer)
{
	static char location[256];
	const char *p = strstr(answer, "\r\nLocation: ");

	if (p == NULL)
		return "";
	p += 12;
	snprintf(location, sizeof(location), "%.*s", (int)strcspn(p, "\r"), p);
	return location;
}

static void
test_redirects(void)
{
	char text[512];
	struct once o;
	const char *got;

	for (size_t i = 0; i < ARRAY_LEN(redirects); i++) {
		const char *html = redirects[i].html != NULL
		    ? redirects[i].html
		    : redirects[i].location;

		snprintf(text, sizeof(text),
		    "ListenHTTP\nAddress 127.0.0.1\nPort 80\nxHTTP 3\nService\n"
		    "Redirect %s\nEnd\nEnd\n",
		    redirects[i].redirect);
		once_open_conf(&o, text);
		snprintf(text, sizeof(text), "GET %s" HOST "\r\n",
		    redirects[i].target);
		once_ask(&o, text);
		got = once_answered(&o);
		snprintf(text, sizeof(text), "HTTP/1.1 %d ",
		    redirects[i].status);
		ok(strncmp(got, text, strlen(text)) == 0, "%s",
		    redirects[i].redirect);
		is_str(location_of(got), redirects[i].location, "to there");
		snprintf(text, sizeof(text),
		    "\r\n\r\n<html><head><title>Redirect</title></head><body>"
		    "<h1>Redirect</h1><p>You should go to <a href=\"%s\">%s"
		    "</a></p></body></html>",
		    html, html);
		is_str(strstr(got, "\r\n\r\n"), text, "with a page");
		ok(!o.client->finished, "the connection stays");
		once_close(&o);
	}
}

/* Location has no limit of its own: the longest target, all of it encoded
 * and written as HTML. */
static void
test_long_redirect(void)
{
	static char request[10000];
	struct once o;
	const char *got;

	memset(request, '&', sizeof(request));
	memcpy(request, "GET /", 5);
	memset(request + 5, '<', 4000);
	strcpy(request + 8000, HOST "\r\n");
	once_open_conf(&o,
	    "ListenHTTP\nAddress 127.0.0.1\nPort 80\nMaxURI 8000\nxHTTP 3\n"
	    "Service\nRedirect \"http://n.test\"\nEnd\nEnd\n");
	once_ask(&o, request);
	got = once_answered(&o);
	ok(strncmp(got, "HTTP/1.1 302", 12) == 0, "a long target");
	ok(strstr(got, "&amp;&amp;</a></p></body></html>") != NULL,
	    "all of it");
	once_close(&o);
}

/* TRACE shows what would have gone on, without credentials. */
static void
test_trace(void)
{
	static const char shown[] = "TRACE /a" HOST
				    "A: 1\r\nMax-Forwards: 0\r\n"
				    "X-Forwarded-For: 192.0.2.1\r\n\r\n";
	struct once o;
	const char *got;

	once_open(&o, "xHTTP 2\n", "", "");
	once_ask(&o,
	    "TRACE /a" HOST "A: 1\r\nCookie: secret\r\n"
	    "Max-Forwards: 0\r\n\r\n");
	got = once_answered(&o);
	ok(strncmp(got, "HTTP/1.1 200 OK\r\n", 17) == 0, "200");
	ok(strstr(got, "\r\nContent-Type: message/http\r\n") != NULL, "a type");
	got = strstr(got, "\r\n\r\n");
	is_str(got == NULL ? "" : got + 4, shown, "and what it was");
	ok(o.client->finished || o.client->closed, "then it is over");
	is_str(once_asked(&o), "", "nothing goes on");
	once_close(&o);
}

static void
test_options(void)
{
	struct once o;
	const char *got;

	once_open(&o, "xHTTP 2\n", "", "");
	once_ask(&o, "OPTIONS *" HOST "Max-Forwards: 0\r\n\r\n");
	got = once_answered(&o);
	ok(strstr(got, "\r\nAllow: GET, POST, HEAD, PUT, ") != NULL, "Allow");
	ok(strstr(got, "SUBSCRIBE") == NULL, "only what xHTTP lets through");
	ok(strstr(got, "CONNECT") == NULL, "and never CONNECT");
	ok(!o.client->finished, "the connection stays");
	once_ask(&o, "OPTIONS *" HOST "Max-Forwards: 1\r\n\r\n");
	is_str(once_asked(&o),
	    "OPTIONS *" HOST "Max-Forwards: 0\r\n"
	    "X-Forwarded-For: 192.0.2.1\r\n\r\n",
	    "one more hop");
	once_close(&o);
}

int
main(void)
{
	test_errors();
	test_errors_of_back_ends();
	test_texts();
	test_head();
	test_long_page();
	test_redirects();
	test_long_redirect();
	test_trace();
	test_options();
	return tap_done();
}
