/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole exchanges: logins, redirects, limits, WebSockets, budgets. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proxy/client.h"
#include "support/conf_from.h"
#include "support/logged.h"
#include "support/script.h"
#include "support/turns.h"
#include "unit/tap.h"
#include "unit/turn_text.h"

#define LISTEN "ListenHTTP\nAddress 127.0.0.1\nPort 80\nClient 10\n"
#define SERVER(port, more) \
	"BackEnd\nAddress 127.0.0.1\nPort " port "\n" more "End\n"
#define TO_NEW "Redirect \"http://new.test\"\n"
#define REDIRECT LISTEN "xHTTP 2\nService\n" TO_NEW "End\nEnd\n"
#define SERVER_OR_REDIRECT \
	LISTEN "Service\n" SERVER("7001", "Priority 9\n") TO_NEW "End\nEnd\n"
#define LIMITED LISTEN "MaxRequest 7\nService\n" SERVER("7001", "") "End\nEnd\n"
#define ONLY_X LISTEN "Service\nURL \"^/x\"\n" SERVER("7001", "") "End\nEnd\n"
#define WS LISTEN "Service\n" SERVER("7001", "WSTimeOut 20\n") "End\nEnd\n"

#define LOGIN "Authorization: NTLM abc\r\n"
#define LOGIN_FIRST \
	"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM\r\n" \
	"Content-Length: 0\r\n\r\n"

/* A login belongs to its connection on both sides (A.2 #29). */
static const struct script_step bound_by_a_login[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, LOGIN_FIRST),
	GETS(C0, LOGIN_FIRST),
	IS_OPEN(B0),
	CONNECTS,
	SENDS(C1, GET),
	GETS(B1, GOT),
	SENDS(B1, HI),
	GETS(C1, HI),
	SENDS(C0, GET_("/a", LOGIN)),
	GETS(B0, GOT_("/a", LOGIN)),
	SENDS(B0, HI),
	GETS(C0, HI),
	PASSES(6000), /* no KeepTime for it */
	SENDS(C0, POST),
	GETS(B0, POSTED),
	SENDS(B0, HI),
	GETS(C0, HI),
	ENDS(C0),
	IS_GONE(C0),
	IS_GONE(B0),
};

static const struct script_step bound_until_it_closes[] = {
	SENDS(C0, GET_("/a", LOGIN)),
	GETS(B0, GOT_("/a", LOGIN)),
	SENDS(B0, HI),
	GETS(C0, HI),
	ENDS(B0),
	IS_GONE(B0),
	IS_OPEN(C0),
	SENDS(C0, GET),
	GETS(B1, GOT),
	SENDS(B1, HI),
	GETS(C0, HI),
	CONNECTS,
	SENDS(C1, GET),
	GETS(B2, GOT),
	SENDS(B2, HI),
	GETS(C1, HI),
};

#define MOVED_PAGE(url) \
	"<html><head><title>Redirect</title></head><body>" \
	"<h1>Redirect</h1><p>You should go to <a href=\"" url "\">" url \
	"</a></p></body></html>"
#define MOVED(length, more, url) \
	OWN("302 Found", "Content-Length: " length "\r\n") \
	more "Content-Type: text/html\r\nLocation: " url \
	     "\r\n\r\n" MOVED_PAGE(url)

static const struct script_step redirected[] = {
	SENDS(C0, GET_("/a?b=%20", "")),
	GETS(C0, MOVED("164", "", "http://new.test/a?b=%20")),
	IS_OPEN(C0),
	SENDS(C0, POST GET),
	GETS(C0,
	    MOVED("152", "", "http://new.test/p")
		MOVED("152", "", "http://new.test/a")),
	IS_OPEN(C0),
	SENDS(C0, POST_(CHUNKED, "5\r\nhello\r\n0\r\n\r\n") GET),
	GETS(C0,
	    MOVED("152", "", "http://new.test/p")
		MOVED("152", "", "http://new.test/a")),
	BACKENDS(0),
};

static const struct script_step redirected_with_too_much[] = {
	SENDS(C0, POST_("Content-Length: 65537\r\n", "hello")),
	GETS(C0, MOVED("152", "Connection: close\r\n", "http://new.test/p")),
	IS_SHUT(C0),
};

/* It was not asked to continue: what comes next cannot be known. */
static const struct script_step redirected_instead_of_continued[] = {
	SENDS(C0, POST_("Expect: 100-continue\r\nContent-Length: 5\r\n", "")),
	GETS(C0, MOVED("152", "Connection: close\r\n", "http://new.test/p")),
	IS_SHUT(C0),
};

static const struct script_step bad_chunk_to_throw_away[] = {
	SENDS(C0, POST_(CHUNKED, "5\r\nhello\n0\r\n\r\n") GET),
	GETS(C0, MOVED("152", "", "http://new.test/p")),
	IS_SHUT(C0),
};

#define OPTIONS(more) \
	"OPTIONS * HTTP/1.1\r\nHost: h.test\r\nMax-Forwards: 0\r\n" more "\r\n"
#define ALLOWED(more) \
	OWN("200 OK", "Content-Length: 0\r\n") more "Allow: *\r\n\r\n"

static const struct script_step options_that_end_here[] = {
	SENDS(C0, OPTIONS("") OPTIONS("Content-Length: 5\r\n") "hello" GET),
	GETS(C0, ALLOWED("") ALLOWED("") MOVED("152", "", "http://new.test/a")),
	IS_OPEN(C0),
};

static const struct script_step options_with_too_much[] = {
	SENDS(C0, OPTIONS("Content-Length: 65537\r\n")),
	GETS(C0, ALLOWED("Connection: close\r\n")),
	IS_SHUT(C0),
};

static const struct script_step options_that_expect[] = {
	SENDS(C0, OPTIONS("Content-Length: 5\r\nExpect: 100-continue\r\n")),
	GETS(C0, ALLOWED("Connection: close\r\n")),
	IS_SHUT(C0),
};

/* The request was composed for one back-end, and then there is only the
 * redirect: the body that had been queued is thrown away. */
static const struct script_step redirected_after_all[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, HI),
	GETS(C0, HI),
	TAKES(B0, 0),
	SENDS(C0, POST GET),
	GETS(B0, ""),
	LISTENS(7001, WIRE_FAILS, ECONNREFUSED),
	RESETS(B0),
	GETS(C0,
	    MOVED("152", "", "http://new.test/p")
		MOVED("152", "", "http://new.test/a")),
	IS_OPEN(C0),
};

#define TOO_LARGE PAGE("413 Content Too Large", "23", "Request URI is too long")

static const struct script_step too_large[] = {
	SENDS(C0, POST_("Content-Length: 7\r\n", "1234567")),
	GETS(B0, POSTED_("Content-Length: 7\r\n", "1234567")),
	SENDS(B0, HI),
	GETS(C0, HI),
	SENDS(C0, POST_("Content-Length: 8\r\n", "12345678")),
	GETS(C0, TOO_LARGE),
	IS_SHUT(C0),
	BACKENDS(1),
};

static const struct script_step too_large_in_chunks[] = {
	SENDS(C0, POST_(CHUNKED, "3\r\nabc\r\n")),
	GETS(B0, POSTED_(CHUNKED, "3\r\nabc\r\n")),
	SENDS(C0, "5\r\nhello\r\n0\r\n\r\n"),
	GETS(C0, TOO_LARGE),
	IS_SHUT(C0),
	IS_GONE(B0),
};

static const struct script_step no_service[] = {
	SENDS(C0, GET),
	GETS(C0, PAGE_503),
	IS_SHUT(C0),
	LOGS("no service matches"),
	BACKENDS(0),
};

#define UPGRADE \
	"Connection: Upgrade\r\nUpgrade: websocket\r\n" \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" \
	"Sec-WebSocket-Version: 13\r\n"
#define ACCEPTED \
	"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n" \
	"Upgrade: websocket\r\n\r\n"

static const struct script_step websocket[] = {
	SENDS(C0, GET_("/a", UPGRADE)),
	GETS(B0, GOT_("/a", UPGRADE)),
	SENDS(B0, ACCEPTED "first"),
	GETS(C0, ACCEPTED "first"),
	SENDS(C0, "\x81\x01x GET / HTTP/1.1\r\n\r\n"),
	GETS(B0, "\x81\x01x GET / HTTP/1.1\r\n\r\n"),
	PASSES(19000),
	SENDS(B0, "pong"),
	GETS(C0, "pong"),
	PASSES(19000),
	ENDS(C0),
	IS_SHUT(B0),
	SENDS(B0, "last words"),
	GETS(C0, "last words"),
	ENDS(B0),
	IS_GONE(C0),
	IS_GONE(B0),
	LOGS("101"),
};

static const struct script_step silent_websocket[] = {
	SENDS(C0, GET_("/a", UPGRADE)),
	GETS(B0, GOT_("/a", UPGRADE)),
	SENDS(B0, ACCEPTED),
	GETS(C0, ACCEPTED),
	PASSES(19999),
	IS_OPEN(C0),
	PASSES(1),
	IS_GONE(C0),
	IS_GONE(B0),
};

/* Anything but a 101: what follows is HTTP again. */
static const struct script_step refused_websocket[] = {
	SENDS(C0, GET_("/a", UPGRADE) GET_("/b", "")),
	GETS(B0, GOT_("/a", UPGRADE)),
	SENDS(B0, "HTTP/1.1 426 No\r\nContent-Length: 0\r\n\r\n"),
	GETS(C0, "HTTP/1.1 426 No\r\nContent-Length: 0\r\n\r\n"),
	GETS(B0, GOT_("/b", "")),
	SENDS(B0, HI),
	GETS(C0, HI),
};

/* --- Budgets ------------------------------------------------------------ */

static struct turns turns;

static unsigned
count_answers(const struct wire *w)
{
	unsigned n = 0;

	for (const char *p = w->out; (p = strstr(p, "HTTP/1.1 302")) != NULL;
	     p++)
		n++;
	return n;
}

/* 16 exchanges, then the others have their turn. */
static void
test_many_requests(void)
{
	struct conf *conf = conf_from(REDIRECT);
	struct wire *w;

	turns_open(&turns, conf);
	w = turns_connect(&turns);
	for (unsigned i = 0; i < 40; i++)
		wire_send(w, GET, sizeof(GET) - 1);
	is_int(client_turn(&turns.thread, thread_next(&turns.thread)),
	    STEP_YIELD, "a turn ends while there is more to do");
	is_int(count_answers(w), 16, "after sixteen requests");
	turns_run(&turns);
	is_int(count_answers(w), 40, "the others have their turns, too");
	ok(turns_close(&turns) == NULL, "and nothing is left");
	conf_free(conf);
}

#define MEGABYTE 1048576

static void
send_megabyte(struct wire *w)
{
	static char zeros[MEGABYTE];

	wire_send(w, zeros, sizeof(zeros));
}

/* A download without end does not keep the others waiting. */
static void
test_long_download(void)
{
	static const char head[] =
	    "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n";
	struct conf *conf = conf_from(CONF);
	struct wire *long_one, *short_one, *b;
	size_t before;

	turns_open(&turns, conf);
	long_one = turns_connect(&turns);
	wire_send(long_one, GET, sizeof(GET) - 1);
	turns_run(&turns);
	b = wire_to_backend(0);
	wire_send(b, head, sizeof(head) - 1);
	turns_run(&turns);
	before = long_one->out_len;
	send_megabyte(b);
	thread_event(&turns.thread, b->token, b->edge);
	b->edge = 0;
	short_one = turns_connect(&turns);
	wire_send(short_one, GET, sizeof(GET) - 1);
	is_int(client_turn(&turns.thread, thread_next(&turns.thread)),
	    STEP_YIELD, "a turn ends while there is more to move");
	ok(long_one->out_len - before >= 262144 &&
		long_one->out_len - before <= 262144 + 65536,
	    "after %zu bytes", long_one->out_len - before);
	client_turn(&turns.thread, thread_next(&turns.thread));
	ok(wire_to_backend(1) != NULL &&
		strncmp(wire_to_backend(1)->out, "GET", 3) == 0,
	    "then it is the other's turn");
	turns_run(&turns);
	is_int(long_one->out_len - before, MEGABYTE, "all goes on its way");
	ok(turns_close(&turns) == NULL, "and nothing is left");
	conf_free(conf);
}

/* Neither does one who goes on sending after he was refused. */
static void
test_long_linger(void)
{
	static const char bad[] = "BAD / HTTP/1.1\r\n\r\n";
	struct conf *conf = conf_from(CONF);
	struct wire *w;
	size_t before;

	turns_open(&turns, conf);
	w = turns_connect(&turns);
	wire_send(w, bad, sizeof(bad) - 1);
	turns_run(&turns);
	ok(w->finished && !w->closed, "our side is shut, his is not");
	before = w->in_at;
	send_megabyte(w);
	thread_event(&turns.thread, w->token, w->edge);
	w->edge = 0;
	is_int(client_turn(&turns.thread, thread_next(&turns.thread)),
	    STEP_YIELD, "a turn ends while there is more to throw away");
	ok(w->in_at - before >= 262144 && w->in_at - before <= 262144 + 65536,
	    "after %zu bytes", w->in_at - before);
	turns_run(&turns);
	ok(w->closed && w->in_at - before <= MEGABYTE,
	    "and after a megabyte it is closed");
	ok(turns_close(&turns) == NULL, "and nothing is left");
	conf_free(conf);
}

/* The poller takes no more: accepting pauses, and not only until the
 * connection that was in vain is closed. */
static void
test_no_room_in_the_poller(void)
{
	struct conf *conf = conf_from(CONF);
	struct wire *w;

	turns_open(&turns, conf);
	turns.watch_error = ENOSPC;
	w = turns_connect(&turns);
	ok(w->closed, "a client that nobody can watch");
	ok(turns.paused, "makes a pause");
	w = turns_connect(&turns);
	ok(!w->closed, "the next one is taken");
	turns.watch_error = ENOSPC;
	wire_send(w, GET, sizeof(GET) - 1);
	turns_run(&turns);
	ok(strncmp(w->out, "HTTP/1.1 503", 12) == 0, "a back-end, likewise");
	ok(logged_has("out of descriptors") && logged_has("No space left"),
	    "and the log tells why");
	ok(backend_usable(&turns.live->backend[0]), "it is not dead for that");
	ok(turns_close(&turns) == NULL, "and nothing is left");
	conf_free(conf);
}

int
main(void)
{
	PLAY(CONF, bound_by_a_login);
	PLAY(CONF, bound_until_it_closes);
	PLAY(REDIRECT, redirected);
	PLAY(REDIRECT, redirected_with_too_much);
	PLAY_WHOLE(REDIRECT, redirected_instead_of_continued);
	PLAY(REDIRECT, bad_chunk_to_throw_away);
	PLAY(REDIRECT, options_that_end_here);
	PLAY(REDIRECT, options_with_too_much);
	PLAY(REDIRECT, options_that_expect);
	PLAY(SERVER_OR_REDIRECT, redirected_after_all);
	PLAY(LIMITED, too_large);
	PLAY(LIMITED, too_large_in_chunks);
	PLAY(ONLY_X, no_service);
	PLAY(WS, websocket);
	PLAY(WS, silent_websocket);
	PLAY(WS, refused_websocket);
	logged_clear();
	test_many_requests();
	test_long_download();
	test_long_linger();
	test_no_room_in_the_poller();
	return tap_done();
}
