/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole exchanges, in process: see support/script.h. */
#include "support/script.h"
#include "unit/tap.h"
#include "unit/turn_text.h"

static const struct script_step one_get[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, HI),
	GETS(C0, HI),
	IS_OPEN(C0),
	IS_OPEN(B0),
};

static const struct script_step the_connection_is_used_again[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, HI),
	GETS(C0, HI),
	SENDS(C0, GET_("/b", "")),
	GETS(B0, GOT_("/b", "")),
	SENDS(B0, HI),
	GETS(C0, HI),
	CONNECTS,
	SENDS(C1, GET),
	GETS(B0, GOT),
	SENDS(B0, HI),
	GETS(C1, HI),
	BACKENDS(1),
	PASSES(5000), /* KeepTime is 4 s */
	IS_GONE(B0),
	IS_OPEN(C0),
};

static const struct script_step pipelined[] = {
	SENDS(C0, GET_("/1", "") GET_("/2", "") GET_("/3", "")),
	GETS(B0, GOT_("/1", "")),
	SENDS(B0, OK("1") "1"),
	GETS(C0, OK("1") "1"),
	GETS(B0, GOT_("/2", "")),
	SENDS(B0, OK("1") "2"),
	GETS(C0, OK("1") "2"),
	GETS(B0, GOT_("/3", "")),
	SENDS(B0, OK("1") "3"),
	GETS(C0, OK("1") "3"),
	BACKENDS(1),
};

static const struct script_step post_with_length[] = {
	SENDS(C0, POST GET),
	GETS(B0, POSTED),
	SENDS(B0, HI),
	GETS(C0, HI),
	/* Not idempotent, but then the GET is. */
	GETS(B0, GOT),
	SENDS(B0, HI),
	GETS(C0, HI),
};

static const struct script_step post_in_chunks[] = {
	SENDS(C0,
	    POST_(CHUNKED, "5;x\r\nhello\r\n03\r\nabc\r\n0\r\nT: v\r\n\r\n")
		GET),
	GETS(B0, POSTED_(CHUNKED, "5\r\nhello\r\n3\r\nabc\r\n0\r\n\r\n")),
	SENDS(B0, HI),
	GETS(C0, HI),
	GETS(B0, GOT),
	SENDS(B0, HI),
	GETS(C0, HI),
};

/* A 413 before the body is there: relayed at once; the body goes on, and
 * since both messages end properly both connections live on (A.2 #15). */
static const struct script_step early_answer[] = {
	SENDS(C0, POST_("Content-Length: 9\r\n", "hell")),
	GETS(B0, POSTED_("Content-Length: 9\r\n", "hell")),
	SENDS(B0, "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"),
	GETS(C0, "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"),
	IS_OPEN(C0),
	SENDS(C0, "o you"),
	GETS(B0, "o you"),
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, HI),
	GETS(C0, HI),
};

/* The same from a back-end that then hangs up. */
static const struct script_step early_answer_and_close[] = {
	SENDS(C0, POST_("Content-Length: 9\r\n", "hell")),
	GETS(B0, POSTED_("Content-Length: 9\r\n", "hell")),
	SENDS(B0, "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"),
	GETS(C0, "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"),
	RESETS(B0),
	SENDS(C0, "o you"),
	IS_GONE(B0),
	IS_SHUT(C0),
	ENDS(C0),
	IS_GONE(C0),
};

static const struct script_step expect_continue[] = {
	SENDS(C0, POST_("Expect: 100-continue\r\nContent-Length: 5\r\n", "")),
	GETS(B0, POSTED_("Content-Length: 5\r\n", "")),
	GETS(C0, "HTTP/1.1 100 Continue\r\n\r\n"),
	SENDS(B0, "HTTP/1.1 100 Continue\r\n\r\n"),
	SENDS(C0, "hello"),
	GETS(B0, "hello"),
	SENDS(B0, HI),
	GETS(C0, HI),
	IS_OPEN(C0),
};

static const struct script_step expect_with_the_body[] = {
	SENDS(C0,
	    POST_("Expect: 100-continue\r\nContent-Length: 5\r\n", "hello")),
	GETS(B0, POSTED),
	SENDS(B0, HI),
	GETS(C0, HI),
};

static const struct script_step sent_again[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, HI),
	GETS(C0, HI),
	SENDS(C0, GET),
	GETS(B0, GOT),
	ENDS(B0),
	IS_GONE(B0),
	GETS(B1, GOT),
	SENDS(B1, HI),
	GETS(C0, HI),
	BACKENDS(2),
};

static const struct script_step sent_again_once[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, HI),
	GETS(C0, HI),
	SENDS(C0, GET),
	GETS(B0, GOT),
	RESETS(B0),
	GETS(B1, GOT),
	RESETS(B1),
	GETS(C0, PAGE_502),
	IS_SHUT(C0),
	BACKENDS(2),
};

/* A fresh connection that closes has refused the request itself. */
static const struct script_step not_sent_again_when_fresh[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	ENDS(B0),
	GETS(C0, PAGE_502),
	BACKENDS(1),
};

static const struct script_step not_sent_again_with_a_byte[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, HI),
	GETS(C0, HI),
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, "H"),
	RESETS(B0),
	GETS(C0, PAGE_502),
	BACKENDS(1),
};

static const struct script_step post_is_never_repeated[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, HI),
	GETS(C0, HI),
	SENDS(C0, POST),
	GETS(B0, POSTED),
	RESETS(B0),
	GETS(C0, PAGE_502),
	BACKENDS(1),
};

/* ... unless no byte of it was written. */
static const struct script_step post_that_was_not_written[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, HI),
	GETS(C0, HI),
	TAKES(B0, 0),
	SENDS(C0, POST),
	GETS(B0, ""),
	RESETS(B0),
	IS_GONE(B0),
	GETS(B1, POSTED),
	SENDS(B1, HI),
	GETS(C0, HI),
};

/* A request that cannot be repeated takes no connection that was idle for
 * a second or more (A.2 #33). */
static const struct script_step post_on_a_fresh_one[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, HI),
	GETS(C0, HI),
	PASSES(1000),
	SENDS(C0, POST),
	GETS(B1, POSTED),
	SENDS(B1, HI),
	GETS(C0, HI),
	IS_OPEN(B0),
};

static const struct script_step head_and_its_like[] = {
	SENDS(C0, HEAD "\r\n"),
	GETS(B0, HEAD FORWARDED "\r\n"),
	SENDS(B0, OK("5")),
	GETS(C0, OK("5")),
	SENDS(C0, HEAD "\r\n"),
	GETS(B0, HEAD FORWARDED "\r\n"),
	SENDS(B0, "HTTP/1.1 200 OK\r\n" CHUNKED "\r\n"),
	GETS(C0, "HTTP/1.1 200 OK\r\n\r\n"),
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n"),
	GETS(C0, "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n"),
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"),
	GETS(C0, "HTTP/1.1 204 No Content\r\n\r\n"),
	IS_OPEN(C0),
	BACKENDS(1),
};

static const struct script_step interim_answers[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, "HTTP/1.1 103 Early Hints\r\nLink: </s>\r\n\r\n"),
	GETS(C0, "HTTP/1.1 103 Early Hints\r\nLink: </s>\r\n\r\n"),
	SENDS(B0,
	    "HTTP/1.1 100 Continue\r\n\r\n"
	    "HTTP/1.1 102 Processing\r\nContent-Length: 3\r\n\r\n" HI),
	GETS(C0, "HTTP/1.1 102 Processing\r\n\r\n" HI),
	IS_OPEN(B0),
};

static const struct script_step no_interim_for_1_0[] = {
	SENDS(C0, "GET /a HTTP/1.0\r\nHost: h.test\r\n\r\n"),
	GETS(B0, GOT),
	SENDS(B0, "HTTP/1.1 103 Early Hints\r\nLink: </s>\r\n\r\n" HI),
	GETS(C0,
	    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
	    "Connection: close\r\n\r\nhi"),
	IS_GONE(C0),
};

static const struct script_step cut_length[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, OK("5") "hel"),
	ENDS(B0),
	GETS(C0, OK("5") "hel"),
	IS_GONE(C0),
	LOGS("answer cut short"),
};

static const struct script_step cut_chunks[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, CHUNKED_OK "5\r\nhello\r\n"),
	ENDS(B0),
	GETS(C0, CHUNKED_OK "5\r\nhello\r\n"),
	IS_GONE(C0),
	LOGS("answer cut short"),
};

static const struct script_step bad_chunk_of_a_back_end[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, CHUNKED_OK "5\r\nhello\r\n0x0\r\n\r\n"),
	GETS(C0, CHUNKED_OK "5\r\nhello\r\n"),
	IS_GONE(C0),
	IS_GONE(B0),
};

static const struct script_step reset_instead_of_the_end[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, "HTTP/1.1 200 OK\r\n\r\nhello"),
	RESETS(B0),
	GETS(C0, CHUNKED_OK "5\r\nhello\r\n"),
	IS_GONE(C0),
	LOGS("reset"),
};

static const struct script_step until_the_end[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, "HTTP/1.1 200 OK\r\n\r\nhello"),
	GETS(C0, CHUNKED_OK "5\r\nhello\r\n"),
	ENDS(B0),
	GETS(C0, "0\r\n\r\n"),
	IS_OPEN(C0),
	IS_GONE(B0),
};

static const struct script_step until_the_end_for_1_0[] = {
	SENDS(C0, GET_1_0 "Connection: keep-alive\r\n\r\n"),
	GETS(B0, GOT),
	SENDS(B0, "HTTP/1.1 200 OK\r\n\r\nhello"),
	ENDS(B0),
	GETS(C0, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello"),
	IS_GONE(C0),
};

static const struct script_step chunks_for_1_0[] = {
	SENDS(C0, GET_1_0 "\r\n"),
	GETS(B0, GOT),
	SENDS(B0, CHUNKED_OK "5\r\nhello\r\n2\r\nhi\r\n0\r\n\r\n"),
	GETS(C0, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhellohi"),
	IS_GONE(C0),
	IS_OPEN(B0),
};

static const struct script_step keep_alive_for_1_0[] = {
	SENDS(C0, GET_1_0 "Connection: keep-alive\r\n\r\n"),
	GETS(B0, GOT),
	SENDS(B0, HI),
	GETS(C0,
	    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
	    "Connection: keep-alive\r\n\r\nhi"),
	IS_OPEN(C0),
};

static const struct script_step more_than_the_answer[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, HI HI),
	GETS(C0, HI),
	IS_GONE(B0),
	SENDS(C0, GET),
	GETS(B1, GOT),
	SENDS(B1, HI),
	GETS(C0, HI),
};

/* Together with the answer they are told of; later they are nobody's. */
static const struct script_step more_at_once[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, HI "x"),
	GETS(C0, HI),
	IS_GONE(B0),
	LOGS("bytes after a complete answer"),
};

static const struct script_step an_answer_that_nobody_asked_for[] = {
	LISTENS(7001, WIRE_WAITS, 0),
	SENDS(C0, GET),
	SENDS(B0, HI),
	CONNECTED(B0, 0),
	IS_GONE(B0),
	CONNECTED(B1, 0),
	GETS(B1, GOT),
	SENDS(B1, HI),
	GETS(C0, HI),
};

static const struct script_step a_bad_answer[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, "HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
	GETS(C0, PAGE_502),
	IS_GONE(B0),
	IS_SHUT(C0),
};

static const struct script_step an_unasked_101[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0,
	    "HTTP/1.1 101 Switching Protocols\r\n"
	    "Connection: upgrade\r\nUpgrade: websocket\r\n\r\n"),
	GETS(C0, PAGE_502),
	IS_GONE(B0),
};

/* What was forwarded before the fault was seen is never complete. */
static const struct script_step bad_chunk_of_a_client[] = {
	SENDS(C0, POST_(CHUNKED, "5\r\nhello\r\n")),
	GETS(B0, POSTED_(CHUNKED, "5\r\nhello\r\n")),
	SENDS(C0, "zz\r\n0\r\n\r\n" GET),
	IS_GONE(B0),
	GETS(C0, PAGE("400 Bad Request", "28", "Bad request: malformed chunk")),
	IS_SHUT(C0),
};

static const struct script_step a_client_that_leaves[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, OK("5") "hel"),
	GETS(C0, OK("5") "hel"),
	RESETS(C0),
	IS_GONE(C0),
	IS_GONE(B0),
	LOGS("client closed before the answer was complete"),
};

static const struct script_step a_client_that_leaves_its_body[] = {
	SENDS(C0, POST_("Content-Length: 5\r\n", "hel")),
	GETS(B0, POSTED_("Content-Length: 5\r\n", "hel")),
	ENDS(C0),
	IS_GONE(B0),
	IS_GONE(C0),
	LOGS("client closed within a request body"),
};

/* A FIN alone does not end an exchange. */
static const struct script_step half_close[] = {
	SENDS(C0, GET),
	ENDS(C0),
	GETS(B0, GOT),
	SENDS(B0, HI),
	GETS(C0, HI),
	IS_GONE(C0),
	IS_OPEN(B0),
};

/* connect and close, connect and reset */
static const struct script_step empty_connections[] = {
	ENDS(C0),
	IS_GONE(C0),
	CONNECTS,
	RESETS(C1),
	IS_GONE(C1),
	CONNECTS,
	PASSES(11000),
	IS_GONE(C2),
	LOGS_ONLY(""),
};

static const struct script_step a_bad_request[] = {
	SENDS(C0, "GET  / HTTP/1.1\r\n"),
	GETS(C0,
	    PAGE("400 Bad Request", "35",
		"Bad request: malformed request line")),
	IS_SHUT(C0),
	SENDS(C0, "Host: h.test\r\n\r\n" GET),
	IS_SHUT(C0),
	ENDS(C0),
	IS_GONE(C0),
	BACKENDS(0),
};

static const struct script_step lingering_ends[] = {
	SENDS(C0, "GET  / HTTP/1.1\r\n"),
	GETS(C0,
	    PAGE("400 Bad Request", "35",
		"Bad request: malformed request line")),
	PASSES(1999),
	SENDS(C0, "and so on"),
	IS_SHUT(C0),
	PASSES(1),
	IS_GONE(C0),
};

int
main(void)
{
	PLAY(CONF, one_get);
	PLAY(CONF, the_connection_is_used_again);
	PLAY(CONF, pipelined);
	PLAY(CONF, post_with_length);
	PLAY(CONF, post_in_chunks);
	PLAY(CONF, early_answer);
	PLAY(CONF, early_answer_and_close);
	PLAY(CONF, expect_continue);
	PLAY_WHOLE(CONF, expect_with_the_body);
	PLAY(CONF, sent_again);
	PLAY(CONF, sent_again_once);
	PLAY(CONF, not_sent_again_when_fresh);
	PLAY(CONF, not_sent_again_with_a_byte);
	PLAY(CONF, post_is_never_repeated);
	PLAY(CONF, post_that_was_not_written);
	PLAY(CONF, post_on_a_fresh_one);
	PLAY(CONF, head_and_its_like);
	PLAY(CONF, interim_answers);
	PLAY(CONF, no_interim_for_1_0);
	PLAY(CONF, cut_length);
	PLAY(CONF, cut_chunks);
	PLAY(CONF, bad_chunk_of_a_back_end);
	PLAY_WHOLE(CONF, reset_instead_of_the_end);
	PLAY_WHOLE(CONF, until_the_end);
	PLAY(CONF, until_the_end_for_1_0);
	PLAY(CONF, chunks_for_1_0);
	PLAY(CONF, keep_alive_for_1_0);
	PLAY(CONF, more_than_the_answer);
	PLAY_WHOLE(CONF, more_at_once);
	PLAY(CONF, an_answer_that_nobody_asked_for);
	PLAY(CONF, a_bad_answer);
	PLAY(CONF, an_unasked_101);
	PLAY(CONF, bad_chunk_of_a_client);
	PLAY(CONF, a_client_that_leaves);
	PLAY(CONF, a_client_that_leaves_its_body);
	PLAY(CONF, half_close);
	PLAY(CONF, empty_connections);
	PLAY(CONF, a_bad_request);
	PLAY(CONF, lingering_ends);
	return tap_done();
}
