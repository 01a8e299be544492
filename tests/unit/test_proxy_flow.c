/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One direction of an exchange: each case with its input cut at every byte
 * and its output taken in every two parts, byte by byte, and both.
 */
#include "proxy/flow.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/scripted.h"
#include "unit/tap.h"

#define STEPS 600

struct case_ {
	const char *name;
	enum framing_kind kind;
	uint64_t length;
	uint64_t max;
	bool to_chunks;
	const char *in;
	int error; /* what ends the input: 0 FIN, else that error; -1 silence */
	const char *out;
	enum flow_result want;
	const char *left; /* unread behind the message */
};

#define TWO "5\r\nhello\r\n03;a=\"b\"\r\nabc\r\n"
#define NEXT "GET / HTTP/1.1\r\n"

static const struct case_ cases[] = {
	{ "no body", FRAMING_NONE, 0, 0, false, NEXT, -1, "", FLOW_DONE, NEXT },
	{ "length 0", FRAMING_LENGTH, 0, 0, false, NEXT, -1, "", FLOW_DONE,
	    NEXT },
	{ "length", FRAMING_LENGTH, 5, 0, false, "hello", -1, "hello",
	    FLOW_DONE, "" },
	{ "length, and more came", FRAMING_LENGTH, 5, 0, false, "hello" NEXT,
	    -1, "hello", FLOW_DONE, NEXT },
	{ "length, more to come", FRAMING_LENGTH, 6, 0, false, "hello", -1,
	    "hello", FLOW_WAIT_READ, "" },
	{ "length, cut", FRAMING_LENGTH, 6, 0, false, "hello", 0, "hello",
	    FLOW_READ_CLOSED, "" },
	{ "length, reset", FRAMING_LENGTH, 6, 0, false, "hello", ECONNRESET,
	    "hello", FLOW_READ_FAILED, "" },
	{ "a length over 32 bits", FRAMING_LENGTH, UINT64_C(1) << 40, 0, false,
	    "hello", 0, "hello", FLOW_READ_CLOSED, "" },
	{ "chunks kept", FRAMING_CHUNKED, 0, 0, true, TWO "0\r\n\r\n", -1,
	    "5\r\nhello\r\n3\r\nabc\r\n0\r\n\r\n", FLOW_DONE, "" },
	{ "chunks, trailers dropped, more came", FRAMING_CHUNKED, 0, 0, true,
	    TWO "000;x\r\nA: b\r\nContent-Length: 5\r\n\r\n" NEXT, -1,
	    "5\r\nhello\r\n3\r\nabc\r\n0\r\n\r\n", FLOW_DONE, NEXT },
	{ "a size of ours", FRAMING_CHUNKED, 0, 0, true,
	    "00A\r\n0123456789\r\n0\r\n\r\n", -1,
	    "a\r\n0123456789\r\n0\r\n\r\n", FLOW_DONE, "" },
	{ "no chunk but the last", FRAMING_CHUNKED, 0, 0, true, "0\r\n\r\n", -1,
	    "0\r\n\r\n", FLOW_DONE, "" },
	{ "chunks to plain", FRAMING_CHUNKED, 0, 0, false, TWO "0\r\n\r\n" NEXT,
	    -1, "helloabc", FLOW_DONE, NEXT },
	{ "chunks, cut within one", FRAMING_CHUNKED, 0, 0, true, TWO "4\r\nab",
	    0, "5\r\nhello\r\n3\r\nabc\r\n4\r\nab", FLOW_READ_CLOSED, "" },
	{ "chunks, cut before the last", FRAMING_CHUNKED, 0, 0, true, TWO, 0,
	    "5\r\nhello\r\n3\r\nabc\r\n", FLOW_READ_CLOSED, "" },
	{ "chunks, cut within the last", FRAMING_CHUNKED, 0, 0, true,
	    TWO "0\r\n\r", 0, "5\r\nhello\r\n3\r\nabc\r\n", FLOW_READ_CLOSED,
	    "" },
	{ "chunks to plain, reset", FRAMING_CHUNKED, 0, 0, false, TWO "0\r\n",
	    ECONNRESET, "helloabc", FLOW_READ_FAILED, "" },
	{ "a bad size", FRAMING_CHUNKED, 0, 0, true,
	    TWO "+5\r\nhello\r\n0\r\n\r\n", -1, "5\r\nhello\r\n3\r\nabc\r\n",
	    FLOW_BAD, "+5\r\nhello\r\n0\r\n\r\n" },
	{ "data that is too long", FRAMING_CHUNKED, 0, 0, true,
	    "5\r\nhello!\r\n0\r\n\r\n", -1, "5\r\nhello\r\n", FLOW_BAD,
	    "!\r\n0\r\n\r\n" },
	{ "bare LF", FRAMING_CHUNKED, 0, 0, true, "5\nhello\r\n0\r\n\r\n", -1,
	    "", FLOW_BAD, "\nhello\r\n0\r\n\r\n" },
	{ "a bad trailer", FRAMING_CHUNKED, 0, 0, true, TWO "0\r\n: x\r\n\r\n",
	    -1, "5\r\nhello\r\n3\r\nabc\r\n", FLOW_BAD, ": x\r\n\r\n" },
	{ "chunks up to the limit", FRAMING_CHUNKED, 0, 8, true,
	    TWO "0\r\n\r\n", -1, "5\r\nhello\r\n3\r\nabc\r\n0\r\n\r\n",
	    FLOW_DONE, "" },
	{ "chunks over the limit", FRAMING_CHUNKED, 0, 7, true, TWO "0\r\n\r\n",
	    -1, "5\r\nhello\r\n", FLOW_LARGE, "abc\r\n0\r\n\r\n" },
	{ "one chunk far over the limit", FRAMING_CHUNKED, 0, 100, true,
	    "7fffffffffffffff\r\nab", -1, "", FLOW_LARGE, "ab" },
	{ "until the end, plain", FRAMING_CLOSE, 0, 0, false, "hello", 0,
	    "hello", FLOW_DONE, "" },
	{ "until the end, which is a reset", FRAMING_CLOSE, 0, 0, false,
	    "hello", ECONNRESET, "hello", FLOW_READ_FAILED, "" },
	{ "until the end, nothing", FRAMING_CLOSE, 0, 0, true, "", 0,
	    "0\r\n\r\n", FLOW_DONE, "" },
};

struct ends {
	struct scripted_step in[STEPS], out[STEPS];
	struct scripted from_script, to_script;
	struct conn from, to;
	struct flow flow;
	struct blocks blocks;
	int64_t budget;
	unsigned yields;
};

static struct ends e;

/* Input in two parts; the output so that a first write takes `taken`. */
static void
open_ends(const struct case_ *c, size_t cut, size_t taken)
{
	const size_t len = strlen(c->in);
	size_t n = 0;

	e.in[n++] = (struct scripted_step){ SCRIPTED_PAUSE, NULL, 0, 0 };
	e.in[n++] = (struct scripted_step){ SCRIPTED_SEND, c->in, cut, 0 };
	e.in[n++] = (struct scripted_step){ SCRIPTED_PAUSE, NULL, 0, 0 };
	e.in[n++] = (struct scripted_step){ SCRIPTED_SEND, c->in + cut,
		len - cut, 0 };
	if (c->error == 0)
		e.in[n++] = (struct scripted_step){ SCRIPTED_END, NULL, 0, 0 };
	else if (c->error > 0)
		e.in[n++] = (struct scripted_step){ SCRIPTED_BREAK, NULL, 0,
			c->error };
	scripted_open(&e.from_script, &e.from, e.in, n);
	n = 0;
	e.out[n++] = (struct scripted_step){ SCRIPTED_PAUSE, NULL, 0, 0 };
	if (taken > 0)
		e.out[n++] = (struct scripted_step){ SCRIPTED_TAKE, NULL, taken,
			0 };
	e.out[n++] = (struct scripted_step){ SCRIPTED_PAUSE, NULL, 0, 0 };
	scripted_open(&e.to_script, &e.to, NULL, 0);
	scripted_takes(&e.to_script, e.out, n);
	blocks_init(&e.blocks, 64);
	flow_init(&e.flow);
	e.budget = INT64_MAX;
	e.yields = 0;
}

static void
takes_bytes(void)
{
	for (size_t i = 0; i < STEPS; i++)
		e.out[i] = (struct scripted_step){ SCRIPTED_TAKE, NULL, 1, 0 };
	scripted_takes(&e.to_script, e.out, STEPS);
}

static void
close_ends(void)
{
	size_t cap = e.from.cap;

	flow_release(&e.flow, &e.blocks);
	blocks_put(&e.blocks, conn_take_buffer(&e.from), cap);
	blocks_trim(&e.blocks);
	scripted_release(&e.from_script);
	scripted_release(&e.to_script);
}

/* Turn after turn, until there is nothing left to wait for. */
static enum flow_result
pump(void)
{
	for (;;) {
		const enum flow_result r = flow_pump(&e.flow, &e.from,
		    e.flow.discard ? NULL : &e.to, &e.blocks, &e.budget);

		switch (r) {
		case FLOW_WAIT_READ:
			if (!scripted_advance(&e.from))
				return r;
			break;
		case FLOW_WAIT_WRITE:
			if (!scripted_advance(&e.to))
				return r;
			break;
		case FLOW_YIELD:
			e.budget += 100000;
			e.yields++;
			break;
		default:
			return r;
		}
	}
}

static void
begin(const struct case_ *c)
{
	const struct framing framing = { c->kind, c->length, false };

	flow_begin(&e.flow, &framing, c->to_chunks, c->max);
}

/* What is wrong, or NULL. What could not be sent is never complete. */
static const char *
verdict(const struct case_ *c, enum flow_result r)
{
	const size_t left = strlen(c->left);
	struct str unread;

	/* Bytes behind the message come when someone reads. */
	while (r != FLOW_WAIT_READ && conn_peek(&e.from).len < left) {
		if (!conn_awake(&e.from, CONN_READ) &&
		    !scripted_advance(&e.from))
			break;
		if (e.from.buf == NULL) {
			size_t cap;
			char *block = blocks_get(&e.blocks, 1, &cap);

			conn_lend_buffer(&e.from, block, cap);
		}
		if (conn_fill(&e.from) == CONN_CLOSED)
			break;
	}
	unread = conn_peek(&e.from);
	if (r != c->want)
		return "another result";
	if (strcmp(e.to_script.out, c->out) != 0)
		return "other bytes";
	if (!str_eq(unread, str_make(c->left, left)))
		return "other bytes are left";
	if (flow_pending(&e.flow))
		return "pieces are left";
	return NULL;
}

static unsigned
run(const struct case_ *c, bool bytewise, bool takes_bytewise)
{
	const char *wrong;

	begin(c);
	e.from_script.bytewise = bytewise;
	if (takes_bytewise)
		takes_bytes();
	wrong = verdict(c, pump());
	if (wrong != NULL)
		ok(false, "%s: %s: \"%s\"", c->name, wrong, e.to_script.out);
	close_ends();
	return wrong != NULL;
}

static void
test_case(const struct case_ *c)
{
	const size_t in = strlen(c->in), out = strlen(c->out);
	unsigned wrong = 0;

	tap_input(c->in, in);
	for (size_t cut = 0; cut <= in && wrong == 0; cut++) {
		for (size_t taken = 0; taken <= out && wrong == 0; taken++) {
			open_ends(c, cut, taken);
			wrong += run(c, false, false);
		}
		open_ends(c, cut, 0);
		wrong += run(c, false, true);
	}
	open_ends(c, 0, 0);
	wrong += run(c, true, false);
	open_ends(c, 0, 0);
	wrong += run(c, true, true);
	ok(wrong == 0, "%s, cut everywhere", c->name);
	tap_input(NULL, 0);
}

/* What chunks hold, read in another way: strtoul and steps. NULL: they do
 * not end as they should. */
static const char *
unchunk(const char *p, char *body)
{
	for (;;) {
		char *end;
		const unsigned long n = strtoul(p, &end, 16);

		if (end == p || strncmp(end, "\r\n", 2) != 0)
			return NULL;
		p = end + 2;
		memcpy(body, p, n);
		body += n;
		p += n;
		if (strncmp(p, "\r\n", 2) != 0)
			return NULL;
		p += 2;
		if (n == 0) {
			*body = '\0';
			return p;
		}
	}
}

/* Until the end of the connection: each read is one chunk, so the bytes
 * depend on the cuts, and what they mean does not. */
static void
test_close_to_chunks(void)
{
	static const struct case_ c = { "", FRAMING_CLOSE, 0, 0, true,
		"hello, world", 0, "", FLOW_DONE, "" };
	const size_t in = strlen(c.in);
	unsigned wrong = 0;

	for (size_t cut = 0; cut <= in; cut++) {
		for (size_t taken = 0; taken < 30; taken++) {
			char body[100] = "";
			const char *end;

			open_ends(&c, cut, taken);
			begin(&c);
			wrong += pump() != FLOW_DONE;
			end = unchunk(e.to_script.out, body);
			wrong += end == NULL || *end != '\0' ||
			    strcmp(body, c.in) != 0 || e.flow.body != in;
			close_ends();
		}
	}
	is_int(wrong, 0, "until the end, in chunks of ours");
}

static void
test_discard(void)
{
	static const struct case_ c[] = {
		{ "a length", FRAMING_LENGTH, 5, 9, false, "hello" NEXT, -1, "",
		    FLOW_DONE, NEXT },
		{ "chunks", FRAMING_CHUNKED, 0, 9, false, TWO "0\r\n\r\n" NEXT,
		    -1, "", FLOW_DONE, NEXT },
		{ "too much", FRAMING_CHUNKED, 0, 7, false, TWO "0\r\n\r\n", -1,
		    "", FLOW_LARGE, "abc\r\n0\r\n\r\n" },
		{ "bad chunks", FRAMING_CHUNKED, 0, 7, false, "5\nhello", -1,
		    "", FLOW_BAD, "\nhello" },
	};
	unsigned wrong;

	for (size_t i = 0; i < ARRAY_LEN(c); i++) {
		wrong = 0;
		for (size_t cut = 0; cut <= strlen(c[i].in); cut++) {
			open_ends(&c[i], cut, 0);
			e.flow.discard = true;
			wrong += run(&c[i], false, false);
		}
		is_int(wrong, 0, "thrown away: %s", c[i].name);
	}
}

static void
queue(const char *text)
{
	const struct str s = str_from(text);
	size_t from;

	flow_text_room(&e.flow, &e.blocks, s.len);
	from = e.flow.text.len;
	fixbuf_add(&e.flow.text, s);
	flow_queue_text(&e.flow, from);
}

/* A head goes out before the body, together with it if that is there. */
static void
test_head(void)
{
	static const struct case_ c = { "", FRAMING_LENGTH, 5, 0, false,
		"hello", -1, "", FLOW_DONE, "" };
	unsigned wrong = 0;

	for (size_t cut = 0; cut <= 5; cut++) {
		for (size_t taken = 0; taken <= 11; taken++) {
			open_ends(&c, cut, taken);
			queue("head, ");
			begin(&c);
			wrong += pump() != FLOW_DONE;
			wrong += strcmp(e.to_script.out, "head, hello") != 0;
			close_ends();
		}
	}
	is_int(wrong, 0, "a head, then the body");
	open_ends(&c, 5, 0);
	scripted_takes(&e.to_script, NULL, 0);
	scripted_advance(&e.from);
	queue("head, ");
	begin(&c);
	is_int(pump(), FLOW_DONE, "both are there");
	is_int(e.to_script.tries, 2, "the head waits for no body");
	close_ends();
}

/* All of the first part stands in the reader's buffer. */
static void
fill(void)
{
	size_t cap;
	char *block = blocks_get(&e.blocks, 1, &cap);

	conn_lend_buffer(&e.from, block, cap);
	is_int(conn_fill(&e.from), CONN_AGAIN, "nothing yet");
	scripted_advance(&e.from);
	is_int(conn_fill(&e.from), CONN_OK, "the buffer is filled");
}

/* Whoever borrows the next block writes into it. */
static void
scribble(void)
{
	size_t cap;
	char *block = blocks_get(&e.blocks, 1, &cap);

	memset(block, '?', cap);
	blocks_put(&e.blocks, block, cap);
}

/* More text than the block has room for, while a part of what is there has
 * been written, and pieces of the reader's buffer stand in between. */
static void
test_text_grows(size_t taken)
{
	static const struct case_ c = { "", FRAMING_CHUNKED, 0, 0, true,
		"5\r\nhello\r\n", -1, "", FLOW_WAIT_READ, "" };
	static char first[12001], second[12001];
	static char want[sizeof(first) + sizeof(second) + 16];

	memset(first, 'a', sizeof(first) - 1);
	memset(second, 'b', sizeof(second) - 1);
	snprintf(want, sizeof(want), "%s5\r\nhello\r\n%s", first, second);
	open_ends(&c, 10, taken);
	fill();
	queue(first);
	begin(&c);
	is_int(flow_pump(&e.flow, &e.from, &e.to, &e.blocks, &e.budget),
	    FLOW_WAIT_WRITE, "nobody takes all of it");
	is_int(e.flow.held, 10, "the body stands behind the first text");
	queue(second);
	scribble();
	while (flow_flush(&e.flow, &e.to) == FLOW_WAIT_WRITE)
		scripted_advance(&e.to);
	ok(strcmp(e.to_script.out, want) == 0,
	    "text that moves after %zu bytes", taken);
	close_ends();
}

/* 5,000 chunks of a byte: more than there are pieces, and text. */
static void
test_small_chunks(void)
{
	static char in[5000 * 6 + 6];
	struct case_ c = { "5,000 chunks of one byte", FRAMING_CHUNKED, 0, 0,
		true, in, -1, in, FLOW_DONE, "" };

	for (unsigned i = 0; i < 5000; i++)
		memcpy(in + 6 * i, "1\r\nx\r\n", 7);
	memcpy(in + 30000, "0\r\n\r\n", 6);
	for (size_t taken = 0; taken < 30; taken++) {
		open_ends(&c, 0, taken * 100);
		if (run(&c, false, false) != 0)
			return;
	}
	ok(true, "%s", c.name);
	c.to_chunks = false;
	open_ends(&c, 0, 0);
	begin(&c);
	is_int(pump(), FLOW_DONE, "the same to plain");
	is_int(e.to_script.out_len, 5000, "five thousand bytes");
	is_int(e.flow.body, 5000, "counted");
	close_ends();
}

#define BIG 1000000

/* A budget ends a turn, and the bytes are all the same ones. */
static void
test_budget(enum framing_kind kind)
{
	static char in[BIG + 16], out[BIG];
	struct case_ c = { "", kind, BIG, 0, false, in, 0, "", FLOW_DONE, "" };
	char *body = in;

	if (kind == FRAMING_CHUNKED)
		body += sprintf(in, "%x\r\n", BIG);
	for (size_t i = 0; i < BIG; i++)
		out[i] = body[i] = (char)('a' + i % 23);
	strcpy(body + BIG, kind == FRAMING_CHUNKED ? "\r\n0\r\n\r\n" : "");
	open_ends(&c, 0, 0);
	begin(&c);
	e.budget = 100000;
	is_int(pump(), FLOW_DONE, "%d bytes with a budget", BIG);
	ok(e.yields >= 5 && e.yields <= 11, "in %u turns", e.yields);
	ok(e.to_script.out_len == BIG && memcmp(e.to_script.out, out, BIG) == 0,
	    "as they came");
	is_int(e.flow.body, BIG, "counted");
	is_int(e.from.cap, BLOCK_HUGE, "a stream has a huge buffer");
	close_ends();
}

/* The writer is gone: at once, or after some bytes. */
static void
test_write_fails(void)
{
	static const struct case_ c = { "", FRAMING_LENGTH, 5, 0, false,
		"hello", -1, "", FLOW_WRITE_FAILED, "" };
	static const struct scripted_step at_once[] = { SCRIPTED_BREAKS(
	    EPIPE) };
	static const struct scripted_step later[] = { SCRIPTED_TAKES(2),
		SCRIPTED_BREAKS(ECONNRESET) };

	open_ends(&c, 5, 0);
	scripted_takes(&e.to_script, at_once, 1);
	begin(&c);
	is_int(pump(), FLOW_WRITE_FAILED, "nobody takes it");
	is_int(e.flow.body, 0, "nothing went");
	close_ends();
	open_ends(&c, 5, 0);
	scripted_takes(&e.to_script, later, 2);
	begin(&c);
	is_int(pump(), FLOW_WRITE_FAILED, "nobody takes the rest");
	is_str(e.to_script.out, "he", "a part went");
	ok(e.flow.moved, "which was progress");
	close_ends();
}

/* Blanks that a back-end puts behind its sizes. */
static void
test_gentle(void)
{
	static const struct case_ c = { "", FRAMING_CHUNKED, 0, 0, true,
		"5 \r\nhello\r\n0\t\r\n\r\n", -1, "", FLOW_DONE, "" };

	open_ends(&c, 3, 0);
	begin(&c);
	is_int(pump(), FLOW_BAD, "a client's are refused");
	close_ends();
	open_ends(&c, 3, 0);
	begin(&c);
	e.flow.chunked.gentle = true;
	is_int(pump(), FLOW_DONE, "a back-end's pass");
	is_str(e.to_script.out, "5\r\nhello\r\n0\r\n\r\n", "and are not ours");
	ok(e.flow.chunked.was_gentle, "which is remembered");
	close_ends();
}

int
main(void)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		test_case(&cases[i]);
	test_close_to_chunks();
	test_discard();
	test_head();
	test_text_grows(0);
	test_text_grows(1);
	test_text_grows(11999);
	test_text_grows(12003);
	test_text_grows(12006);
	test_small_chunks();
	test_budget(FRAMING_LENGTH);
	test_budget(FRAMING_CHUNKED);
	test_budget(FRAMING_CLOSE);
	test_write_fails();
	test_gentle();
	return tap_done();
}
