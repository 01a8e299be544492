/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The heads that are composed: answers to clients, and Destination. */
#include "support/logged.h"
#include "support/once.h"
#include "unit/tap.h"

#include <stdio.h>
#include <string.h>

#include "base/attrs.h"

#define GET "GET /a HTTP/1.1\r\nHost: h.test\r\n\r\n"
#define GET_1_0 "GET /a HTTP/1.0\r\nHost: h.test\r\n\r\n"
#define HEAD "HEAD /a HTTP/1.1\r\nHost: h.test\r\n\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n"
#define OK "HTTP/1.1 200 OK\r\n"

static const struct {
	const char *name, *request, *answer, *want;
} cases[] = {
	{ "order, spelling, repetition stay", GET,
	    OK "set-cookie: b\r\nContent-length:2\r\nSet-Cookie: a\r\n"
	       "SERVER:  x \r\n\r\nhi",
	    OK "set-cookie: b\r\nContent-length: 2\r\nSet-Cookie: a\r\n"
	       "SERVER: x\r\n\r\nhi" },
	{ "our version, its reason", GET,
	    "HTTP/1.0 404 Not  here\r\nContent-Length: 0\r\n\r\n",
	    "HTTP/1.1 404 Not  here\r\nContent-Length: 0\r\n\r\n" },
	{ "no reason", GET, "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
	    "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n" },
	{ "what is hop by hop", GET,
	    OK "Connection: X-Secret, keep-alive\r\nX-Secret: 1\r\n"
	       "Keep-Alive: timeout=5\r\nTrailer: T\r\nUpgrade: h2\r\n"
	       "Content-Length: 0\r\n\r\n",
	    OK "Content-Length: 0\r\n\r\n" },
	{ "what cannot be named away", GET,
	    OK "Connection: Content-Length\r\nContent-Length: 2\r\n\r\nhi",
	    OK "Content-Length: 2\r\n\r\nhi" },
	{ "chunks stay where they are said", GET,
	    OK "A: 1\r\ntransfer-encoding: Chunked\r\nB: 2\r\n\r\n0\r\n\r\n",
	    OK "A: 1\r\ntransfer-encoding: chunked\r\nB: 2\r\n\r\n0\r\n\r\n" },
	{ "the same length twice", GET,
	    OK "Content-Length: 2\r\nA: 1\r\nContent-Length: 2, 2\r\n\r\nhi",
	    OK "Content-Length: 2\r\nA: 1\r\n\r\nhi" },
	{ "a length and chunks", GET,
	    OK "Content-Length: 9\r\n" CHUNKED "\r\n2\r\nhi\r\n0\r\n\r\n",
	    OK CHUNKED "\r\n2\r\nhi\r\n0\r\n\r\n" },
	{ "chunked said twice", GET,
	    OK CHUNKED "A: 1\r\n" CHUNKED "\r\n0\r\n\r\n",
	    OK CHUNKED "A: 1\r\n\r\n0\r\n\r\n" },
	{ "no length", GET, OK "A: 1\r\n\r\nhi",
	    OK "A: 1\r\n" CHUNKED "\r\n2\r\nhi\r\n" },
	{ "no length, for 1.0", GET_1_0, OK "A: 1\r\n\r\nhi",
	    OK "A: 1\r\nConnection: close\r\n\r\nhi" },
	{ "chunks for 1.0", GET_1_0, OK CHUNKED "\r\n2\r\nhi\r\n0\r\n\r\n",
	    OK "Connection: close\r\n\r\nhi" },
	{ "HEAD", HEAD, OK "Content-Length: 5\r\n\r\n",
	    OK "Content-Length: 5\r\n\r\n" },
	{ "HEAD, two lengths", HEAD,
	    OK "Content-Length: 5\r\ncontent-length: 5\r\n\r\n",
	    OK "Content-Length: 5\r\n\r\n" },
	{ "HEAD, chunks", HEAD, OK CHUNKED "\r\n", OK "\r\n" },
	{ "HEAD, nothing", HEAD, OK "\r\n", OK "\r\n" },
	{ "204", GET, "HTTP/1.1 204 No\r\nContent-Length: 0\r\n" CHUNKED "\r\n",
	    "HTTP/1.1 204 No\r\n\r\n" },
	{ "304", GET, "HTTP/1.1 304 No\r\nContent-Length: 9\r\n\r\n",
	    "HTTP/1.1 304 No\r\nContent-Length: 9\r\n\r\n" },
	{ "bare LF, a folded line, a blank before the colon, no colon", GET,
	    "HTTP/1.1 200 OK\nA : 1\nB: 2\n  3\nnothing\nContent-Length: 0\n\n",
	    OK "A: 1\r\nB: 2 3\r\nContent-Length: 0\r\n\r\n" },
	{ "an interim answer", GET,
	    "HTTP/1.1 103 Early\r\nConnection: A\r\nA: 1\r\nLink: x\r\n"
	    "Content-Length: 5\r\n" CHUNKED "\r\n",
	    "HTTP/1.1 103 Early\r\nLink: x\r\n\r\n" },
};

static void
test_answers(void)
{
	struct once o;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		once_open(&o, "", "", "");
		once_ask(&o, cases[i].request);
		once_answer(&o, cases[i].answer);
		is_str(once_answered(&o), cases[i].want, "%s", cases[i].name);
		once_close(&o);
	}
}

/* What is put right is told, once a minute; Strict 1 refuses it. */
static void
test_gentle(void)
{
	static const char answer[] = OK "A : 1\r\nContent-Length: 0\r\n\r\n";
	struct once o;

	once_open(&o, "", "", "");
	once_ask(&o, GET);
	once_answer(&o, answer);
	ok(logged_has("5 back-end 127.0.0.1:7001: answer with a blank before "
		      "a colon"),
	    "a notice");
	ok(wire_to_backend(0)->closed, "the connection is not used again");
	logged_clear();
	once_ask(&o, GET);
	wire_send(wire_to_backend(1), answer, sizeof(answer) - 1);
	turns_run(&o.turns);
	ok(!logged_has("blank"), "one a minute");
	once_close(&o);
	once_open(&o, "", "", "Strict 1\n");
	once_ask(&o, GET);
	once_answer(&o, answer);
	ok(strncmp(once_answered(&o), "HTTP/1.1 502 ", 13) == 0, "Strict 1");
	ok(logged_has("blank before a colon"), "and the log says why");
	once_close(&o);
}

#define MOVE "MOVE /a HTTP/1.1\r\nHost: h.test\r\nDestination: "

static const struct {
	const char *from, *to;
} destinations[] = {
	{ "http://h.test/b?c", "http://127.0.0.1:7001/b?c" },
	{ "HTTPS://h.test:444/b", "http://127.0.0.1:7001/b" },
	{ "http://h.test", "http://127.0.0.1:7001/" },
	{ "/b", "/b" },
	{ "ftp://h.test/b", "ftp://h.test/b" },
};

static void
test_destination(void)
{
	char request[256], want[256];
	struct once o;

	for (size_t i = 0; i < ARRAY_LEN(destinations); i++) {
		snprintf(request, sizeof(request), MOVE "%s\r\n\r\n",
		    destinations[i].from);
		snprintf(want, sizeof(want),
		    MOVE "%s\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n",
		    destinations[i].to);
		once_open(&o, "xHTTP 2\nRewriteDestination 1\n", "", "");
		once_ask(&o, request);
		is_str(once_asked(&o), want, "%s", destinations[i].from);
		once_close(&o);
	}
}

/* Each becomes longer, there are many of them, and together with the rest
 * they are as much as a block of the smallest kind has room for. */
static void
test_many_destinations(void)
{
	static char request[16384];
	struct once o;
	char *p = request;

	once_open(&o, "RewriteDestination 1\n", "", "");
	p += sprintf(p, "GET /a HTTP/1.1\r\nHost: h.test\r\n");
	for (unsigned i = 0; i < 2; i++)
		p += sprintf(p, "X: %06000d\r\n", 0);
	sprintf(p, "X: %0130d\r\n", 0);
	p += strlen(p);
	for (unsigned i = 0; i < 120; i++)
		p += sprintf(p, "Destination:http://x\r\n");
	sprintf(p, "\r\n");
	once_ask(&o, request);
	ok(strstr(once_asked(&o),
	       "Destination: http://127.0.0.1:7001/\r\n"
	       "X-Forwarded-For: 192.0.2.1\r\n\r\n") != NULL,
	    "120 of them have room");
	once_close(&o);
}

int
main(void)
{
	test_answers();
	test_gentle();
	test_destination();
	test_many_destinations();
	return tap_done();
}
