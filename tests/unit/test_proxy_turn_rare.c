/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole exchanges of kinds that are seldom met. */
#include <stdio.h>
#include <string.h>

#include "support/conf_from.h"
#include "support/logged.h"
#include "support/script.h"
#include "support/turns.h"
#include "unit/tap.h"
#include "unit/turn_text.h"

#define LISTEN "ListenHTTP\nAddress 127.0.0.1\nPort 80\n"
#define SERVICE(more) \
	"Service \"svc\"\nBackEnd\nAddress 127.0.0.1\nPort 7001\nTimeOut 15\n" more \
	"End\nEnd\nEnd\n"
#define RPC LISTEN "Client 10\nxHTTP 4\n" SERVICE("")
#define MIN_RATE LISTEN "Client 40\nMinRate 1\n" SERVICE("")
#define ONE_AT_A_TIME LISTEN "Client 40\n" SERVICE("MaxConn 1\nConnTO 5\n")

#define ADD_CLOSE LISTEN "AddHeader \"Connection: close\"\n" SERVICE("")

#define RPC_IN_(more) "RPC_IN_DATA /r HTTP/1.1\r\nHost: h.test\r\n" more "\r\n"
#define IN_WINDOW "Content-Length: 131072\r\n"
#define RPC_OUT_(more) \
	"RPC_OUT_DATA /r HTTP/1.1\r\nHost: h.test\r\n" more "\r\n"

/* The channel that only takes ends without an answer, and that is no
 * failure (B.7.1). */
static const struct script_step rpc_in[] = {
	SENDS(C0, RPC_IN_(IN_WINDOW) "hello"),
	GETS(B0, RPC_IN_(IN_WINDOW FORWARDED) "hello"),
	SENDS(C0, "more"),
	GETS(B0, "more"),
	ENDS(C0),
	IS_GONE(C0),
	IS_GONE(B0),
	LOGS_ONLY("6 192.0.2.1 RPC_IN_DATA /r HTTP/1.1 - -\n"),
};

static const struct script_step rpc_in_that_is_late[] = {
	SENDS(C0, RPC_IN_(IN_WINDOW) "hello"),
	GETS(B0, RPC_IN_(IN_WINDOW FORWARDED) "hello"),
	PASSES(10000),
	IS_GONE(C0),
	IS_GONE(B0),
	LOGS_ONLY("6 192.0.2.1 RPC_IN_DATA /r HTTP/1.1 - -\n"),
};

static const struct script_step rpc_in_that_is_left[] = {
	SENDS(C0, RPC_IN_(IN_WINDOW) "hello"),
	GETS(B0, RPC_IN_(IN_WINDOW FORWARDED) "hello"),
	ENDS(B0),
	IS_GONE(C0),
	LOGS_ONLY("6 192.0.2.1 RPC_IN_DATA /r HTTP/1.1 - -\n"),
};

/* Outside of the window it is a request like others. */
static const struct script_step rpc_in_small[] = {
	SENDS(C0, RPC_IN_("Content-Length: 5\r\n") "hello"),
	GETS(B0, RPC_IN_("Content-Length: 5\r\n" FORWARDED) "hello"),
	SENDS(B0, HI),
	GETS(C0, HI),
	IS_OPEN(C0),
};

static const struct script_step rpc_out[] = {
	SENDS(C0, RPC_OUT_("Content-Length: 2\r\n") "hi"),
	GETS(B0, RPC_OUT_("Content-Length: 2\r\n" FORWARDED) "hi"),
	SENDS(B0, "HTTP/1.1 200 OK\r\n" IN_WINDOW "\r\nhello"),
	GETS(C0,
	    "HTTP/1.1 200 OK\r\n" IN_WINDOW "Connection: close\r\n\r\nhello"),
	ENDS(B0),
	IS_GONE(C0),
};

static const struct script_step rpc_out_that_is_left[] = {
	SENDS(C0, RPC_OUT_("Content-Length: 2\r\n") "hi"),
	GETS(B0, RPC_OUT_("Content-Length: 2\r\n" FORWARDED) "hi"),
	SENDS(B0, "HTTP/1.1 200 OK\r\n" IN_WINDOW "\r\nhello"),
	GETS(C0,
	    "HTTP/1.1 200 OK\r\n" IN_WINDOW "Connection: close\r\n\r\nhello"),
	RESETS(C0),
	IS_GONE(C0),
	IS_GONE(B0),
};

/* 30 bytes in half a minute are enough, 29 are not; any half minute. */
#define TEN "1234567890"

static const struct script_step min_rate[] = {
	SENDS(C0, POST_("Content-Length: 100\r\n", TEN TEN TEN)),
	GETS(B0, POSTED_("Content-Length: 100\r\n", TEN TEN TEN)),
	PASSES(30000),
	IS_OPEN(C0),
	SENDS(C0, TEN TEN "123456789"),
	GETS(B0, TEN TEN "123456789"),
	PASSES(2999),
	IS_OPEN(C0),
	PASSES(1),
	GETS(C0, PAGE_408),
	IS_GONE(B0),
	LOGS("request body slower than MinRate"),
};

#define EARLY "HTTP/1.1 103 E\r\n\r\n"
#define FOUR(x) x x x x
#define MANY_EARLY FOUR(FOUR(FOUR(EARLY)))

static const struct script_step interims[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, MANY_EARLY HI),
	GETS(C0, MANY_EARLY HI),
};

static const struct script_step too_many_interims[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, MANY_EARLY EARLY HI),
	GETS(C0, MANY_EARLY PAGE_502),
	IS_GONE(B0),
	LOGS("too many interim answers"),
};

#define OK_(version, more) \
	"HTTP/" version " 200 OK\r\nContent-Length: 2\r\n" more "\r\nhi"

/* What an answer says of its connection. */
static const struct script_step closed_by_the_back_end[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, OK_("1.1", "Connection: x, Close\r\n")),
	GETS(C0, HI),
	IS_GONE(B0),
	SENDS(C0, GET),
	GETS(B1, GOT),
	SENDS(B1, OK_("1.0", "")),
	GETS(C0, HI),
	IS_GONE(B1),
	SENDS(C0, GET),
	GETS(B2, GOT),
	SENDS(B2, OK_("1.0", "Connection: keep-alive\r\n")),
	GETS(C0, HI),
	IS_OPEN(B2),
	IS_OPEN(C0),
};

static const struct script_step closed_by_add_header[] = {
	SENDS(C0, GET),
	GETS(B0, GOT_("/a", "Connection: close\r\n")),
	SENDS(B0, HI),
	GETS(C0, HI),
	IS_GONE(B0),
	IS_OPEN(C0),
};

/* The client wants no more, and has not sent all of what it began. */
static const struct script_step early_answer_and_no_more[] = {
	SENDS(C0, POST_("Connection: close\r\nContent-Length: 9\r\n", "hell")),
	GETS(B0, POSTED_("Content-Length: 9\r\n", "hell")),
	SENDS(B0, HI),
	GETS(C0, OK_("1.1", "Connection: close\r\n")),
	IS_GONE(B0),
	IS_SHUT(C0),
};

/* A client is asked to go on once, whoever gets the body in the end. */
static const struct script_step continued_once[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, HI),
	GETS(C0, HI),
	TAKES(B0, 0),
	SENDS(C0, POST_("Expect: 100-continue\r\nContent-Length: 5\r\n", "")),
	GETS(C0, "HTTP/1.1 100 Continue\r\n\r\n"),
	RESETS(B0),
	GETS(B1, POSTED_("Content-Length: 5\r\n", "")),
	SENDS(C0, "hello"),
	GETS(B1, "hello"),
	SENDS(B1, HI),
	GETS(C0, HI),
};

/* --- With loops --------------------------------------------------------- */

static struct turns turns;

static void
say(struct wire *w, const char *text)
{
	wire_send(w, text, strlen(text));
	turns_run(&turns);
}

/* MaxConn 1: ten wait, the next one does not. */
static void
test_full_queue(void)
{
	struct conf *conf = conf_from(ONE_AT_A_TIME);
	struct wire *w[12];
	unsigned answered = 0;

	turns_open(&turns, conf);
	for (unsigned i = 0; i < 12; i++) {
		w[i] = turns_connect(&turns);
		say(w[i], GET);
	}
	is_int(turns.live->queue, 10, "ten wait");
	ok(strncmp(w[11]->out, "HTTP/1.1 503", 12) == 0, "the next does not");
	for (unsigned i = 0; i < 11 && wire_to_backend(i) != NULL; i++) {
		say(wire_to_backend(i), HI);
		answered += strcmp(w[i]->out, HI) == 0;
	}
	is_int(answered, 11, "and they are answered in order");
	ok(turns_close(&turns) == NULL, "nothing is left");
	conf_free(conf);
}

#define MEGABYTE 1048576

/* Up and down at once, in pieces of a turn each, nothing lost. */
static void
test_long_both_ways(void)
{
	static char bytes[MEGABYTE];
	struct conf *conf = conf_from(CONF);
	struct wire *c, *b;

	for (size_t i = 0; i < MEGABYTE; i++)
		bytes[i] = (char)('a' + i % 23);
	turns_open(&turns, conf);
	c = turns_connect(&turns);
	say(c, POST_("Content-Length: 1048576\r\n", ""));
	b = wire_to_backend(0);
	say(b, OK("1048576"));
	c->seen = c->out_len;
	b->seen = b->out_len;
	wire_send(c, bytes, MEGABYTE);
	wire_send(b, bytes, MEGABYTE);
	turns_run(&turns);
	ok(c->out_len - c->seen == MEGABYTE &&
		memcmp(c->out + c->seen, bytes, MEGABYTE) == 0,
	    "a megabyte down");
	ok(b->out_len - b->seen == MEGABYTE &&
		memcmp(b->out + b->seen, bytes, MEGABYTE) == 0,
	    "a megabyte up");
	ok(!c->finished && !b->closed, "both connections live on");
	ok(turns_close(&turns) == NULL, "nothing is left");
	conf_free(conf);
}

/*
 * An answer that fills the buffer to its last byte leaves the connection
 * "perhaps readable": one more read tells whether anything is behind it.
 */
static void
test_full_buffer(bool more)
{
	static char answer[BLOCK_SMALL + 1];
	struct conf *conf = conf_from(CONF);
	struct wire *b;
	size_t head;

	turns_open(&turns, conf);
	say(turns_connect(&turns), GET);
	b = wire_to_backend(0);
	head = (size_t)sprintf(answer,
	    "HTTP/1.1 200 OK\r\nContent-Length: %05zu\r\n\r\n",
	    BLOCK_SMALL - 42);
	is_int(head, 42, "a head of that size");
	memset(answer + head, 'x', sizeof(answer) - head);
	wire_send(b, answer, BLOCK_SMALL + more);
	turns_run(&turns);
	is_int(b->closed, more, "%s behind a full buffer",
	    more ? "a byte" : "nothing");
	ok(turns_close(&turns) == NULL, "nothing is left");
	conf_free(conf);
}

/* A crowd waits in line; the thread ends before any of it had its turn. */
static void
test_end_with_a_crowd(void)
{
	struct conf *conf = conf_from(CONF);

	turns_open(&turns, conf);
	for (unsigned i = 0; i < 100; i++)
		wire_send(turns_connect(&turns), GET, sizeof(GET) - 1);
	is_int(turns_clients(&turns), 100, "a crowd");
	thread_release(&turns.thread);
	is_int(turns.live->connections, 0, "none is counted any more");
	live_free(turns.live);
	wire_forget_all();
	conf_free(conf);
}

int
main(void)
{
	PLAY(RPC, rpc_in);
	PLAY(RPC, rpc_in_that_is_late);
	PLAY(RPC, rpc_in_that_is_left);
	PLAY(RPC, rpc_in_small);
	PLAY(RPC, rpc_out);
	PLAY(RPC, rpc_out_that_is_left);
	PLAY(MIN_RATE, min_rate);
	PLAY(CONF, closed_by_the_back_end);
	PLAY(ADD_CLOSE, closed_by_add_header);
	PLAY(CONF, early_answer_and_no_more);
	PLAY(CONF, continued_once);
	PLAY_WHOLE(CONF, interims);
	PLAY_WHOLE(CONF, too_many_interims);
	logged_clear();
	test_full_queue();
	test_long_both_ways();
	test_full_buffer(false);
	test_full_buffer(true);
	test_end_with_a_crowd();
	return tap_done();
}
