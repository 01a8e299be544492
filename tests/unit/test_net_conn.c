/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The generic half of a connection, over a script instead of a socket. */
#include <errno.h>
#include <string.h>

#include "base/attrs.h"
#include "net/conn.h"
#include "support/scripted.h"
#include "unit/tap.h"

#define OPEN(steps) scripted_open(&script, &conn, steps, ARRAY_LEN(steps))
#define LEND() conn_lend_buffer(&conn, memory, sizeof(memory))

static struct scripted script;
static struct conn conn;
static char memory[16];

static void
unread_is(const char *want)
{
	struct str got = conn_peek(&conn);

	is_mem(got.len == 0 ? "" : got.p, got.len, want, strlen(want),
	    "unread is '%s'", want);
}

static enum conn_status
put(const char *text, size_t *written)
{
	struct iovec iov = { (char *)text, strlen(text) };

	return conn_write(&conn, &iov, 1, written);
}

static void
test_filling(void)
{
	static const struct scripted_step peer[] = { SCRIPTED_SENDS("abc"),
		SCRIPTED_SENDS("defghijklmnopqrstu") };

	OPEN(peer);
	unread_is("");
	LEND();
	is_int(conn_fill(&conn), CONN_OK, "first bytes");
	unread_is("abc");
	is_int(script.tries, 1, "one read");
	is_int(conn_fill(&conn), CONN_AGAIN, "a short read emptied it");
	is_int(script.tries, 1, "which costs no second read");
	is_int(conn.want, CONN_READ, "it waits for reading");
	conn_event(&conn, CONN_READ);
	conn_consume(&conn, 2);
	unread_is("c");
	is_int(conn_fill(&conn), CONN_OK, "up to the end of the memory");
	unread_is("cdefghijklmnop");
	ok(conn_awake(&conn, CONN_READ), "there may be more");
	is_int(conn_fill(&conn), CONN_FULL, "no room");
	conn_compact(&conn);
	unread_is("cdefghijklmnop");
	is_int(conn_fill(&conn), CONN_OK, "room at the end again");
	unread_is("cdefghijklmnopqr");
	is_int(conn.bytes_in, 18, "all counted");
	scripted_release(&script);
}

/* Slices into a buffer stay good until it is taken or compacted. */
static void
test_memory_stays(void)
{
	static const struct scripted_step peer[] = { SCRIPTED_SENDS("head"),
		SCRIPTED_SENDS("body") };
	struct str head;

	OPEN(peer);
	LEND();
	is_int(conn_fill(&conn), CONN_OK, "a head");
	head = conn_peek(&conn);
	conn_consume(&conn, 4);
	unread_is("");
	conn_event(&conn, CONN_READ);
	is_int(conn_fill(&conn), CONN_OK, "a body");
	unread_is("body");
	is_mem(head.p, head.len, "head", 4, "the head has not moved");
	ok(conn_take_buffer(&conn) == memory, "the memory comes back");
	ok(conn_take_buffer(&conn) == NULL, "once");
	unread_is("");
	scripted_release(&script);
}

static void
test_compact_empty(void)
{
	static const struct scripted_step peer[] = { SCRIPTED_SENDS("abc") };

	OPEN(peer);
	LEND();
	is_int(conn_fill(&conn), CONN_OK, "some bytes");
	conn_consume(&conn, 3);
	conn_compact(&conn);
	is_int(conn.start, 0, "nothing unread: from the front");
	is_int(conn.end, 0, "with all the room");
	scripted_release(&script);
}

static void
test_end(void)
{
	static const struct scripted_step peer[] = { SCRIPTED_SENDS("last"),
		SCRIPTED_ENDS };

	OPEN(peer);
	LEND();
	conn_event(&conn, CONN_HANGUP);
	is_int(conn_fill(&conn), CONN_OK, "bytes before the end");
	ok(conn_awake(&conn, CONN_READ), "after a hangup reading goes on");
	is_int(conn_fill(&conn), CONN_CLOSED, "to the end");
	unread_is("last");
	is_int(script.tries, 2, "two reads");
	conn_event(&conn, CONN_HANGUP);
	is_int(conn_fill(&conn), CONN_CLOSED, "and it stays the end");
	is_int(script.tries, 2, "without a read");
	ok(!conn.failed, "an end is no failure");
	is_int(put("answer", &(size_t){ 0 }), CONN_OK, "we may still write");
	is_str(script.out, "answer", "and did");
	scripted_release(&script);
}

static void
test_events(void)
{
	static const struct {
		uint8_t event, ready;
	} cases[] = {
		{ CONN_READ, CONN_READ },
		{ CONN_WRITE, CONN_WRITE },
		{ CONN_HANGUP, CONN_HANGUP | CONN_READ },
		{ CONN_BROKEN, 15 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		OPEN(((const struct scripted_step[]){ SCRIPTED_PAUSES }));
		conn.ready = 0;
		conn_event(&conn, cases[i].event);
		is_int(conn.ready, cases[i].ready, "event %d", cases[i].event);
		scripted_release(&script);
	}
}

static void
test_reset(void)
{
	static const struct scripted_step peer[] = { SCRIPTED_SENDS("half"),
		SCRIPTED_BREAKS(ECONNRESET) };
	size_t written;

	OPEN(peer);
	LEND();
	conn_event(&conn, CONN_BROKEN);
	is_int(conn_fill(&conn), CONN_OK, "bytes before the reset");
	is_int(conn_fill(&conn), CONN_FAILED, "the reset");
	is_int(conn.error, ECONNRESET, "its reason");
	is_str(conn_error(&conn), strerror(ECONNRESET), "in words");
	is_int(conn_fill(&conn), CONN_FAILED, "it stays");
	is_int(put("x", &written), CONN_FAILED, "for writing too");
	is_int(script.tries, 2, "without trying");
	scripted_release(&script);
}

static void
test_writing(void)
{
	static const struct scripted_step room[] = { SCRIPTED_TAKES(4),
		SCRIPTED_PAUSES, SCRIPTED_TAKES(2) };
	struct iovec iov[3] = { { (char *)"ab", 2 }, { NULL, 0 },
		{ (char *)"cdef", 4 } };
	size_t written = 99;

	OPEN(((const struct scripted_step[]){ SCRIPTED_PAUSES }));
	scripted_takes(&script, room, ARRAY_LEN(room));
	is_int(conn_write(&conn, iov, 3, &written), CONN_AGAIN, "cut short");
	is_int(written, 4, "after four bytes");
	is_int(conn.want, CONN_WRITE, "it waits for writing");
	is_int(put("ef", &written), CONN_AGAIN, "no event yet");
	is_int(written, 0, "nothing went");
	is_int(script.tries, 1, "nothing was tried");
	conn_event(&conn, CONN_WRITE);
	is_int(put("ef", &written), CONN_AGAIN, "a false alarm");
	is_int(script.tries, 2, "was tried");
	ok(scripted_advance(&conn), "room comes");
	is_int(put("ef", &written), CONN_OK, "the rest");
	is_int(written, 2, "all of it");
	is_str(script.out, "abcdef", "in order");
	is_int(conn.bytes_out, 6, "all counted");
	is_int(conn_write(&conn, iov + 1, 1, &written), CONN_OK, "nothing");
	is_int(script.tries, 3, "takes no try");
	scripted_release(&script);
}

/*
 * An early answer and then a reset: the write fails first, and what the
 * peer said can still be read. How it ends depends on whether its FIN came.
 */
static void
test_early_answer(int error, enum conn_status end)
{
	static const struct scripted_step peer[] = { SCRIPTED_SENDS("413"),
		SCRIPTED_ENDS };
	const struct scripted_step room[] = { SCRIPTED_BREAKS(error) };
	size_t written = 99;

	OPEN(peer);
	LEND();
	scripted_takes(&script, room, 1);
	conn_event(&conn, CONN_BROKEN);
	is_int(put("body", &written), CONN_FAILED, "errno %d", error);
	is_int(written, 0, "nothing went");
	is_int(put("body", &written), CONN_FAILED, "it stays");
	is_int(script.tries, 1, "without trying");
	is_int(conn_fill(&conn), CONN_OK, "the answer");
	unread_is("413");
	is_int(conn_fill(&conn), end, "and then");
	is_int(conn_fill(&conn), end, "it stays");
	is_int(conn.error, error, "the first reason is kept");
	scripted_release(&script);
}

static void
test_handshake(void)
{
	OPEN(((const struct scripted_step[]){ SCRIPTED_PAUSES }));
	script.handshakes = 1;
	is_int(conn_handshake(&conn), CONN_AGAIN, "one more flight");
	is_int(conn.want, CONN_READ, "it waits for reading");
	is_int(conn_handshake(&conn), CONN_AGAIN, "no event yet");
	conn_event(&conn, CONN_READ);
	is_int(conn_handshake(&conn), CONN_OK, "done");
	ok(!conn_pending(&conn), "nothing hidden in the layer");
	script.handshake_error = EPROTO;
	is_int(conn_handshake(&conn), CONN_FAILED, "it may fail");
	script.handshake_error = 0;
	is_int(conn_handshake(&conn), CONN_FAILED, "for good");
	is_int(conn.error, EPROTO, "with its reason");
	LEND();
	is_int(conn_fill(&conn), CONN_FAILED, "nothing can be read");
	scripted_release(&script);
}

static void
test_finish_and_close(void)
{
	OPEN(((const struct scripted_step[]){ SCRIPTED_SENDS("more") }));
	LEND();
	conn_finish(&conn);
	conn_finish(&conn);
	is_int(script.finishes, 1, "we finish once");
	is_int(conn_fill(&conn), CONN_OK, "and can still read");
	conn_close(&conn);
	ok(script.closed, "closed");
	is_int(conn.fd, -1, "no descriptor is left");
	is_int(conn.ready, 0, "nothing is ready");
	script.closed = false;
	conn_close(&conn);
	ok(!script.closed, "closed once");
	ok(conn_take_buffer(&conn) == memory, "the memory was not ours");
	scripted_release(&script);
}

/* Whole and bytewise, with an event for each step: the same bytes come. */
static void
test_every_byte(bool bytewise)
{
	static const struct scripted_step peer[] = { SCRIPTED_SENDS("ab"),
		SCRIPTED_PAUSES, SCRIPTED_SENDS(""), SCRIPTED_SENDS("cde"),
		SCRIPTED_PAUSES, SCRIPTED_ENDS };
	enum conn_status status;
	int turns = 0;

	OPEN(peer);
	LEND();
	script.bytewise = bytewise;
	do {
		turns++;
		while ((status = conn_fill(&conn)) == CONN_OK)
			continue;
	} while (status == CONN_AGAIN && scripted_advance(&conn));
	is_int(status, CONN_CLOSED, "the end, %d turns", turns);
	unread_is("abcde");
	ok(!scripted_advance(&conn), "nothing comes after it");
	scripted_release(&script);
}

int
main(void)
{
	test_filling();
	test_memory_stays();
	test_compact_empty();
	test_end();
	test_events();
	test_reset();
	test_writing();
	test_early_answer(ECONNRESET, CONN_FAILED);
	test_early_answer(EPIPE, CONN_CLOSED);
	test_handshake();
	test_finish_and_close();
	test_every_byte(false);
	test_every_byte(true);
	return tap_done();
}
