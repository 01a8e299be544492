/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tunnels after a 101: ends, errors, back-pressure, logs, and what a silent
 * one holds (strict-http 6, A.2 #19, B.7.6). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proxy/client.h"
#include "proxy/tunnel.h"
#include "support/conf_from.h"
#include "support/logged.h"
#include "support/script.h"
#include "support/turns.h"
#include "unit/tap.h"
#include "unit/turn_text.h"

#define LEVEL(n) \
	"ListenHTTP\nAddress 127.0.0.1\nPort 80\nClient 10\nLogLevel " n "\n" \
	"Service \"talk\"\nBackEnd\nAddress 127.0.0.1\nPort 7001\n" \
	"WSTimeOut 20\nEnd\nEnd\nEnd\n"
#define WS LEVEL("1")

#define UPGRADE \
	"Connection: Upgrade\r\nUpgrade: websocket\r\n" \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define BROWSER \
	"Referer: http://h.test/page\r\nUser-Agent: UA/1\r\n" \
	"Authorization: Basic dXNlcjpwYXNz\r\n"
#define ACCEPTED \
	"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n" \
	"Upgrade: websocket\r\n\r\n"
#define OPENED \
	SENDS(C0, GET_("/a", UPGRADE)), GETS(B0, GOT_("/a", UPGRADE)), \
	    SENDS(B0, ACCEPTED), GETS(C0, ACCEPTED)
#define PLAIN_LINE \
	"192.0.2.1 GET /a HTTP/1.1 - HTTP/1.1 101 Switching Protocols\n"

/* The end of one side's bytes is carried over; the other goes on. */
static const struct script_step back_end_ends_first[] = {
	OPENED,
	SENDS(B0, "last"),
	ENDS(B0),
	GETS(C0, "last"),
	IS_SHUT(C0),
	SENDS(C0, "still here"),
	GETS(B0, "still here"),
	IS_OPEN(B0),
	ENDS(C0),
	IS_GONE(C0),
	IS_GONE(B0),
	LOGS(PLAIN_LINE),
};

static const struct script_step bytes_before_the_101[] = {
	SENDS(C0, GET_("/a", UPGRADE) "too early"),
	GETS(B0, GOT_("/a", UPGRADE)),
	SENDS(B0, ACCEPTED),
	GETS(C0, ACCEPTED),
	GETS(B0, "too early"),
	ENDS(C0),
	IS_SHUT(B0),
	ENDS(B0),
	IS_GONE(C0),
};

static const struct script_step client_resets[] = {
	OPENED,
	RESETS(C0),
	IS_GONE(C0),
	IS_GONE(B0),
	LOGS(PLAIN_LINE),
};

static const struct script_step back_end_resets[] = {
	OPENED,
	RESETS(B0),
	IS_GONE(C0),
	IS_GONE(B0),
	LOGS(PLAIN_LINE),
};

/* Who has finished can still reset, and nobody reads there any more. */
static const struct script_step finishes_then_resets[] = {
	OPENED,
	ENDS(C0),
	IS_SHUT(B0),
	RESETS(C0),
	IS_GONE(C0),
	IS_GONE(B0),
};

static const struct script_step back_end_finishes_then_resets[] = {
	OPENED,
	ENDS(B0),
	IS_SHUT(C0),
	RESETS(B0),
	IS_GONE(C0),
	IS_GONE(B0),
};

/* A back-end that has said its last and is gone does not take the client's
 * word away: what it still sends is read, or our close would reset it. */
static const struct script_step last_words_are_heard[] = {
	OPENED,
	SENDS(B0, "the end"),
	ENDS(B0),
	GETS(C0, "the end"),
	IS_SHUT(C0),
	TAKES(B0, 2),
	SENDS(C0, "hello"),
	GETS(B0, "he"),
	RESETS(B0),
	IS_GONE(B0),
	IS_SHUT(C0),
	SENDS(C0, "are you there?"),
	PASSES(1999),
	IS_SHUT(C0),
	PASSES(1),
	IS_GONE(C0),
	LOGS(PLAIN_LINE),
};

#define SPARE \
	"ListenHTTP\nAddress 127.0.0.1\nPort 80\nClient 10\nService\n" \
	"BackEnd\nAddress 127.0.0.1\nPort 7001\nWSTimeOut 20\nEnd\n" \
	"Emergency\nAddress 127.0.0.1\nPort 7002\nEnd\n" \
	"Session\nType COOKIE\nID \"sid\"\nTTL 60\nEnd\nEnd\nEnd\n"
#define COOKIE "Cookie: sid=a\r\n"

/* The end of a tunnel does not tie its client to a back-end that has died
 * meanwhile: the next request goes at once to one that lives. */
static const struct script_step the_dead_get_no_session[] = {
	SENDS(C0, GET_("/a", UPGRADE COOKIE)),
	GETS(B0, GOT_("/a", UPGRADE COOKIE)),
	SENDS(B0, ACCEPTED),
	GETS(C0, ACCEPTED),
	LISTENS(7001, WIRE_FAILS, ECONNREFUSED),
	CONNECTS,
	SENDS(C1, GET),
	LOGS("dead (killed)"),
	GETS(B1, GOT),
	SENDS(B1, HI),
	GETS(C1, HI),
	LISTENS(7001, WIRE_WAITS, 0),
	PASSES(200),
	ENDS(C0),
	ENDS(B0),
	IS_GONE(C0),
	SENDS(C1, GET_("/a", COOKIE)),
	GETS(B1, GOT_("/a", COOKIE)),
	SENDS(B1, HI),
	GETS(C1, HI),
	BACKENDS(2),
};

/* A side that does not take is not read for; nothing is lost. */
static const struct script_step back_pressure[] = {
	OPENED,
	TAKES(C0, 3),
	SENDS(B0, "hello"),
	GETS(C0, "hel"),
	SENDS(C0, "the other way goes on"),
	GETS(B0, "the other way goes on"),
	PASSES(15000),
	TAKES(C0, 100),
	GETS(C0, "lo"),
	SENDS(B0, "more"),
	GETS(C0, "more"),
	ENDS(B0),
	ENDS(C0),
	IS_GONE(C0),
};

/* Its end waits for the bytes before it. */
static const struct script_step end_behind_bytes[] = {
	OPENED,
	TAKES(C0, 3),
	SENDS(B0, "hello"),
	ENDS(B0),
	GETS(C0, "hel"),
	IS_OPEN(C0),
	TAKES(C0, 100),
	GETS(C0, "lo"),
	IS_SHUT(C0),
	ENDS(C0),
	IS_GONE(C0),
	IS_GONE(B0),
};

/* WSTimeOut counts from the last byte in either direction. */
static const struct script_step silence[] = {
	OPENED,
	PASSES(19000),
	SENDS(C0, "ping"),
	GETS(B0, "ping"),
	PASSES(19999),
	IS_OPEN(C0),
	IS_OPEN(B0),
	PASSES(1),
	IS_GONE(C0),
	IS_GONE(B0),
	LOGS(PLAIN_LINE),
};

static const struct script_step not_taken_is_silence[] = {
	OPENED,
	TAKES(C0, 3),
	SENDS(B0, "hello"),
	GETS(C0, "hel"),
	PASSES(20000),
	IS_GONE(C0),
	IS_GONE(B0),
};

/* The 101 itself is an answer like others: Client seconds to take it. */
static const struct script_step head_not_taken[] = {
	TAKES(C0, 10),
	SENDS(C0, GET_("/a", UPGRADE)),
	GETS(B0, GOT_("/a", UPGRADE)),
	SENDS(B0, ACCEPTED "first"),
	GETS(C0, "HTTP/1.1 1"),
	PASSES(9999),
	IS_OPEN(B0),
	PASSES(1),
	IS_GONE(B0),
	LOGS("client does not read the answer"),
};

static const struct script_step head_taken_slowly[] = {
	TAKES(C0, 10),
	SENDS(C0, GET_("/a", UPGRADE)),
	GETS(B0, GOT_("/a", UPGRADE)),
	SENDS(B0, ACCEPTED "first"),
	GETS(C0, "HTTP/1.1 1"),
	SENDS(C0, "early"),
	PASSES(9000),
	TAKES(C0, 1000),
	GETS(C0,
	    "01 Switching Protocols\r\nConnection: Upgrade\r\n"
	    "Upgrade: websocket\r\n\r\nfirst"),
	GETS(B0, "early"),
	ENDS(C0),
	ENDS(B0),
	IS_GONE(C0),
};

/* Draining lets a tunnel be. */
static const struct script_step drained[] = {
	OPENED,
	DRAINS,
	SENDS(C0, "on"),
	GETS(B0, "on"),
	SENDS(B0, "and on"),
	GETS(C0, "and on"),
	ENDS(C0),
	ENDS(B0),
	IS_GONE(C0),
};

/* --- The access line, of each level ------------------------------------- */

#define TALK \
	SENDS(C0, GET_("/a", UPGRADE BROWSER)), \
	    GETS(B0, GOT_("/a", UPGRADE BROWSER)), SENDS(B0, ACCEPTED), \
	    GETS(C0, ACCEPTED), SENDS(C0, "a question"), \
	    GETS(B0, "a question"), PASSES(1500), SENDS(B0, "yes"), \
	    GETS(C0, "yes"), ENDS(C0), ENDS(B0), IS_GONE(C0)

static const struct script_step level_0[] = { TALK, LOGS_ONLY("") };
static const struct script_step level_1[] = { TALK, LOGS("6 " PLAIN_LINE) };
static const struct script_step level_2[] = { TALK,
	LOGS("192.0.2.1 GET /a HTTP/1.1 - HTTP/1.1 101 Switching Protocols"
	     " (h.test/talk -> 127.0.0.1:7001) 1.500 sec\n") };
static const struct script_step level_3[] = { TALK,
	LOGS("6 h.test 192.0.2.1 - user ["),
	LOGS("] \"GET /a HTTP/1.1\" 101 3 \"http://h.test/page\" \"UA/1\"\n") };
static const struct script_step level_4[] = { TALK,
	LOGS("6 192.0.2.1 - user ["),
	LOGS("] \"GET /a HTTP/1.1\" 101 3 \"http://h.test/page\" \"UA/1\"\n") };
static const struct script_step level_5[] = { TALK,
	LOGS("6 h.test 192.0.2.1 - user ["),
	LOGS("\" 101 3 \"http://h.test/page\" \"UA/1\""
	     " (talk -> 127.0.0.1:7001) 1.500 sec\n") };
static const struct script_step level_6[] = { TALK,
	LOGS("|101|1.500|3|h.test|talk|192.0.2.1|127.0.0.1:7001|user|UA/1|"
	     "http://h.test/page|GET /a HTTP/1.1\n") };

/* --- What a silent tunnel holds ----------------------------------------- */

static struct turns turns;

static void
say(struct wire *w, const char *text)
{
	wire_send(w, text, strlen(text));
	turns_run(&turns);
}

static const struct client *
open_tunnel(struct wire **w)
{
	*w = turns_connect(&turns);
	say(*w, GET_("/a", UPGRADE BROWSER));
	say(wire_to_backend(0), ACCEPTED);
	return turns.thread.clients.place[0].object;
}

static void
test_silent_is_small(void)
{
	struct conf *conf = conf_from(LEVEL("6"));
	const struct client *c;
	struct wire *w;
	size_t bytes;

	turns_open(&turns, conf);
	c = open_tunnel(&w);
	is_int(c->step, STEP_TUNNEL, "a tunnel");
	for (unsigned i = 0; i < 2; i++) {
		ok(c->x == NULL && c->conn.buf == NULL &&
			c->tunnel->up->conn.buf == NULL,
		    "no exchange, no buffers");
		bytes = sizeof(*c) + sizeof(struct tunnel) +
		    sizeof(struct upstream);
		for (unsigned k = 0; k < TUNNEL_TEXTS; k++)
			bytes += c->tunnel->len[k];
		ok(bytes < 1200, "%zu bytes and what stands in tables", bytes);
		say(w, "some words");
		say(wire_to_backend(0), "and others");
	}
	ok(turns_close(&turns) == NULL, "and nothing is left");
	conf_free(conf);
}

#define MEGABYTE 1048576

static void
arrives(struct wire *w)
{
	static char zeros[MEGABYTE];

	wire_send(w, zeros, sizeof(zeros));
	thread_event(&turns.thread, w->token, w->edge);
	w->edge = 0;
}

/* Who sends without end does not keep the other way waiting. */
static void
test_ways_share_a_turn(void)
{
	struct conf *conf = conf_from(LEVEL("0"));
	const struct tunnel_way *forth, *back;
	const struct client *c;
	struct wire *w;

	turns_open(&turns, conf);
	c = open_tunnel(&w);
	forth = &c->tunnel->forth;
	back = &c->tunnel->back;
	arrives(w);
	arrives(wire_to_backend(0));
	is_int(client_turn(&turns.thread, thread_next(&turns.thread)),
	    STEP_YIELD, "a turn ends while there is more to move");
	ok(forth->bytes >= 100000 && back->bytes >= 100000,
	    "%llu bytes forth, %llu back", (unsigned long long)forth->bytes,
	    (unsigned long long)back->bytes);
	ok(forth->bytes + back->bytes <= 262144 + 2 * 65536,
	    "and no more than a turn may");
	turns_run(&turns);
	ok(forth->bytes == MEGABYTE && back->bytes == MEGABYTE,
	    "all goes on its way");
	arrives(w);
	client_turn(&turns.thread, thread_next(&turns.thread));
	ok(forth->bytes >= MEGABYTE + 262144,
	    "what one way leaves is for the other");
	turns_run(&turns);
	ok(turns_close(&turns) == NULL, "and nothing is left");
	conf_free(conf);
}

/* What the end of the process cuts has its line. */
static void
test_cut(void)
{
	struct conf *conf = conf_from(WS);
	struct wire *w;

	logged_clear();
	turns_open(&turns, conf);
	open_tunnel(&w);
	ok(!logged_has("101"), "no line while it goes on");
	thread_release(&turns.thread);
	live_free(turns.live);
	ok(logged_has(PLAIN_LINE), "a line when it is cut");
	wire_forget_all();
	conf_free(conf);
}

int
main(void)
{
	PLAY(WS, back_end_ends_first);
	PLAY(WS, bytes_before_the_101);
	PLAY(WS, client_resets);
	PLAY(WS, back_end_resets);
	PLAY(WS, finishes_then_resets);
	PLAY(WS, back_end_finishes_then_resets);
	PLAY_WHOLE(WS, last_words_are_heard);
	PLAY_WHOLE(SPARE, the_dead_get_no_session);
	PLAY_WHOLE(WS, back_pressure);
	PLAY_WHOLE(WS, end_behind_bytes);
	PLAY(WS, silence);
	PLAY_WHOLE(WS, not_taken_is_silence);
	PLAY_WHOLE(WS, head_not_taken);
	PLAY_WHOLE(WS, head_taken_slowly);
	PLAY(WS, drained);
	PLAY(LEVEL("0"), level_0);
	PLAY(LEVEL("1"), level_1);
	PLAY(LEVEL("2"), level_2);
	PLAY(LEVEL("3"), level_3);
	PLAY(LEVEL("4"), level_4);
	PLAY(LEVEL("5"), level_5);
	PLAY(LEVEL("6"), level_6);
	test_silent_is_small();
	test_ways_share_a_turn();
	test_cut();
	return tap_done();
}
