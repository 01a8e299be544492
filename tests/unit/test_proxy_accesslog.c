/* SPDX-License-Identifier: GPL-3.0-or-later */
/* B.10.3, A.5: the lines of each level, and the diagnostics. */
#include "proxy/accesslog.h"

#include <stdio.h>
#include <string.h>

#include "base/attrs.h"
#include "support/logged.h"
#include "support/once.h"
#include "unit/tap.h"

#define WHO \
	"Authorization: Basic dXNlcjpwYXNz\r\nReferer: http://ref/\r\n" \
	"User-Agent: UA/1.0\r\n"
#define GET "GET /a?b HTTP/1.1\r\nHost: www.x.org:80\r\n" WHO "\r\n"
#define BARE "GET /a?b HTTP/1.0\r\n\r\n"
#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
#define EMPTY "HTTP/1.1 204 No Content\r\n\r\n"
#define TIME "[##/###/####:##:##:## #####]"

/* # is any byte. */
static bool
is_like(const char *got, const char *want)
{
	for (; *want != '\0'; want++, got++)
		if (*got == '\0' || (*want != '#' && *got != *want))
			return false;
	return *got == '\0';
}

static const struct {
	int level;
	const char *request, *answer, *want;
} lines[] = {
	{ 0, GET, ANSWER, "" },
	{ 1, GET, ANSWER, "6 192.0.2.1 GET /a?b HTTP/1.1 - HTTP/1.1 200 OK\n" },
	{ 2, GET, ANSWER,
	    "6 192.0.2.1 GET /a?b HTTP/1.1 - HTTP/1.1 200 OK "
	    "(www.x.org:80/svc -> 127.0.0.1:7001) 1.234 sec\n" },
	{ 2, BARE, ANSWER,
	    "6 192.0.2.1 GET /a?b HTTP/1.0 - HTTP/1.1 200 OK "
	    "(svc -> 127.0.0.1:7001) 1.234 sec\n" },
	{ 3, GET, ANSWER,
	    "6 www.x.org:80 192.0.2.1 - user " TIME " \"GET /a?b HTTP/1.1\" "
	    "200 2 \"http://ref/\" \"UA/1.0\"\n" },
	{ 3, BARE, EMPTY,
	    "6 - 192.0.2.1 - - " TIME
	    " \"GET /a?b HTTP/1.0\" 204 - \"\" \"\"\n" },
	{ 4, GET, ANSWER,
	    "6 192.0.2.1 - user " TIME " \"GET /a?b HTTP/1.1\" 200 2 "
	    "\"http://ref/\" \"UA/1.0\"\n" },
	{ 5, GET, ANSWER,
	    "6 www.x.org:80 192.0.2.1 - user " TIME " \"GET /a?b HTTP/1.1\" "
	    "200 2 \"http://ref/\" \"UA/1.0\" (svc -> 127.0.0.1:7001) "
	    "1.234 sec\n" },
	{ 6, GET, ANSWER,
	    "6 0000010000000001|####-##-##T##:##:##.########|200|1.234|2|"
	    "www.x.org:80|svc|192.0.2.1|127.0.0.1:7001|user|UA/1.0|"
	    "http://ref/|GET /a?b HTTP/1.1\n" },
	{ 6, BARE, EMPTY,
	    "6 0000010000000001|####-##-##T##:##:##.########|204|1.234|0|"
	    "|svc|192.0.2.1|127.0.0.1:7001||||GET /a?b HTTP/1.0\n" },
};

static void
open_level(struct once *o, const char *before, int level)
{
	char text[512];

	snprintf(text, sizeof(text),
	    "%sListenHTTP\nAddress 127.0.0.1\nPort 80\nLogLevel %d\n"
	    "Service\nURL \"^/r\"\nRedirect \"http://new\"\nEnd\n"
	    "Service \"svc\"\nURL \"^/[^x]\"\n"
	    "BackEnd\nAddress 127.0.0.1\nPort 7001\nEnd\nEnd\nEnd\n",
	    before, level);
	once_open_conf(o, text);
}

static void
test_lines(void)
{
	struct once o;

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		open_level(&o, "", lines[i].level);
		once_ask(&o, lines[i].request);
		turns_pass(&o.turns, 1234);
		once_answer(&o, lines[i].answer);
		if (!ok(is_like(logged_text(), lines[i].want), "level %d, %.8s",
			lines[i].level, lines[i].answer + 5))
			printf("# %s", logged_text());
		once_close(&o);
	}
}

#define REDIRECT "GET /r HTTP/1.1\r\nHost: h\r\n\r\n"

static const struct {
	int level;
	const char *want;
} redirects[] = {
	{ 1, "6 192.0.2.1 GET /r HTTP/1.1 - REDIRECT http://new/r\n" },
	{ 2, "6 192.0.2.1 GET /r HTTP/1.1 - REDIRECT http://new/r\n" },
	{ 3,
	    "6 h 192.0.2.1 - - " TIME
	    " \"GET /r HTTP/1.1\" 302 0 \"\" \"\"\n" },
	{ 4, "6 192.0.2.1 - - " TIME " \"GET /r HTTP/1.1\" 302 0 \"\" \"\"\n" },
	{ 5, "6 192.0.2.1 - - " TIME " \"GET /r HTTP/1.1\" 302 0 \"\" \"\"\n" },
	{ 6,
	    "6 0000010000000001|####-##-##T##:##:##.########|302|0.000|0|h||"
	    "192.0.2.1|http://new/r||||GET /r HTTP/1.1\n" },
};

static void
test_redirects(void)
{
	struct once o;

	for (size_t i = 0; i < ARRAY_LEN(redirects); i++) {
		open_level(&o, "", redirects[i].level);
		once_ask(&o, REDIRECT);
		if (!ok(is_like(logged_text(), redirects[i].want),
			"redirect, level %d", redirects[i].level))
			printf("# %s", logged_text());
		once_close(&o);
	}
}

/* A refused request: its diagnostic, then its line. */
static void
test_errors(void)
{
	struct once o;

	open_level(&o, "", 1);
	once_ask(&o, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
	is_str(logged_text(),
	    "5 (0000010000000001) e503 no service matches from 192.0.2.1 on "
	    "127.0.0.1:80: request \"GET /x HTTP/1.1\", Host h\n"
	    "6 192.0.2.1 GET /x HTTP/1.1 - HTTP/1.1 503 Service Unavailable\n",
	    "no service");
	once_close(&o);
	open_level(&o, "", 3);
	logged_hold_back(7);
	once_ask(&o, GET);
	once_answer(&o, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
	wire_fin(wire_to_backend(0));
	turns_run(&o.turns);
	ok(is_like(logged_text(),
	       "5 (0000010000000001) answer cut short by back-end from "
	       "192.0.2.1 on 127.0.0.1:80: request \"GET /a?b HTTP/1.1\", "
	       "Host www.x.org:80, back-end 127.0.0.1:7001 (7 more of this "
	       "kind were suppressed)\n"
	       "6 www.x.org:80 192.0.2.1 - user " TIME
	       " \"GET /a?b HTTP/1.1\" 200 2 \"http://ref/\" \"UA/1.0\"\n"),
	    "an answer that was cut, with the bytes that went");
	once_close(&o);
	open_level(&o, "", 0);
	once_ask(&o, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
	ok(logged_has("e503") && !logged_has("6 "),
	    "level 0 has diagnostics, and no lines");
	once_close(&o);
}

static void
test_escaped(void)
{
	struct once o;

	open_level(&o, "", 1);
	once_ask(&o, "GET /\"\\|\xe9 HTTP/1.1\r\nHost: h\r\n\r\n");
	once_answer(&o, "HTTP/1.1 200 \x80\"\r\nContent-Length: 0\r\n\r\n");
	is_str(logged_text(),
	    "6 192.0.2.1 GET /\\x22\\x5c|\\xe9 HTTP/1.1 - "
	    "HTTP/1.1 200 \\x80\\x22\n",
	    "bytes of both sides");
	once_close(&o);
	open_level(&o, "", 6);
	once_ask(&o, "GET /| HTTP/1.1\r\nHost: h\r\nReferer: a|b\r\n\r\n");
	once_answer(&o, EMPTY);
	ok(logged_has("||a\\x7cb|GET /\\x7c HTTP/1.1\n"), "a bar at level 6");
	once_close(&o);
}

/* A line is cut, and says so. */
static void
test_long(void)
{
	static char request[20000], name[8000];
	struct once o;

	memset(name, 'n', sizeof(name) - 1);
	snprintf(request, sizeof(request),
	    "GET /a HTTP/1.1\r\nHost: h\r\nReferer: %.7000s\r\n"
	    "User-Agent: %s\r\nAccept: %.100s\r\n\r\n",
	    name, name, name);
	memset(request + 40, '\x80', 6900);
	open_level(&o, "", 4);
	once_ask(&o, request);
	once_answer(&o, EMPTY);
	is_int(strlen(logged_text()), LOG_LINE_MAX + 3, "as long as can be");
	is_str(logged_text() + LOG_LINE_MAX - 1, "...\n", "and it says so");
	once_close(&o);
}

static const struct {
	const char *peer, *want;
} peers[] = {
	{ "192.0.2.9", "192.0.2.0" },
	{ "2001:db8::7", "2001:db8::0" },
	{ "::ffff:1.2.3.4", "::ffff:1.2.3.0" },
};

static void
test_anonymise(void)
{
	struct once o;

	for (size_t i = 0; i < ARRAY_LEN(peers); i++) {
		struct thread *t;
		struct client c = { .peer_len = 0 };
		char memory[64];
		struct fixbuf b;

		open_level(&o, "Anonymise\n", 1);
		t = &o.turns.thread;
		fixbuf_init(&b, memory, sizeof(memory));
		c.peer_len = (uint8_t)strlen(peers[i].peer);
		memcpy(c.peer, peers[i].peer, c.peer_len);
		accesslog_add_peer(&b, t, &c);
		is_mem(b.p, b.len, peers[i].want, strlen(peers[i].want), "%s",
		    peers[i].peer);
		once_close(&o);
	}
	open_level(&o, "Anonymise\n", 1);
	once_ask(&o, REDIRECT);
	once_ask(&o, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
	ok(!logged_has("192.0.2.1"), "no line has the address");
	ok(logged_has("192.0.2.0 GET /r") && logged_has("from 192.0.2.0 on"),
	    "neither kind");
	once_close(&o);
}

int
main(void)
{
	test_lines();
	test_redirects();
	test_errors();
	test_escaped();
	test_long();
	test_anonymise();
	return tap_done();
}
