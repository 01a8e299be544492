/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Long bodies between sockets: through a pipe, and to the byte. */
#include "proxy/flow.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <sys/socket.h>

#include "base/compat.h"
#include "unit/tap.h"

#define LONGEST 1000003
#define BEHIND 5 /* bytes behind the body */
#define PIPED 49152

static char body[LONGEST + BEHIND], out[LONGEST + BEHIND];

static struct ends {
	struct conn from, to;
	int source, sink;
	struct blocks blocks;
	struct flow flow;
	size_t fed, come; /* by and to the other ends */
	int64_t budget;
	unsigned yields;
} e;

static void
open_one(struct conn *c, int *peer)
{
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd) != 0)
		abort();
	conn_init_plain(c, fd[0], CONN_READ | CONN_WRITE);
	*peer = fd[1];
}

static void
open_ends(uint64_t length)
{
	const struct framing framing = { FRAMING_LENGTH, length, false };

	e = (struct ends){ .budget = 100000 };
	open_one(&e.from, &e.source);
	open_one(&e.to, &e.sink);
	blocks_init(&e.blocks, 64);
	flow_init(&e.flow);
	flow_begin(&e.flow, &framing, false, 0);
	e.flow.splices = true;
}

static void
close_ends(void)
{
	const size_t cap = e.from.cap;
	struct splice *p;

	flow_release(&e.flow, &e.blocks);
	is_int(e.blocks.pipe_out, 0, "no pipe is out");
	p = blocks_get_pipe(&e.blocks);
	is_int(p == NULL, POUND_POSIX, "a pipe, where there are any");
	if (p != NULL) {
		is_int(p->held, 0, "a pipe that is kept is empty");
		blocks_put_pipe(&e.blocks, p);
	}
	blocks_put(&e.blocks, conn_take_buffer(&e.from), cap);
	blocks_trim(&e.blocks);
	is_int(e.blocks.pipe.count, 0, "no pipe is left");
	conn_close(&e.from);
	conn_close(&e.to);
	close(e.source);
	close(e.sink);
}

static void
feed(size_t total)
{
	const ssize_t n = write(e.source, body + e.fed, total - e.fed);

	e.fed += n > 0 ? (size_t)n : 0;
	conn_event(&e.from, CONN_READ);
}

static void
drain(size_t most)
{
	const size_t room = sizeof(out) - e.come;
	const ssize_t n = read(e.sink, out + e.come, most < room ? most : room);

	e.come += n > 0 ? (size_t)n : 0;
	conn_event(&e.to, CONN_WRITE);
}

/* The source says total bytes; the sink takes so many a time. */
static enum flow_result
pump(size_t total, size_t taken)
{
	for (unsigned i = 0; i < 100000; i++) {
		enum flow_result r;

		feed(total);
		r = flow_pump(&e.flow, &e.from, &e.to, &e.blocks, &e.budget);
		if (r == FLOW_YIELD) {
			e.budget = 100000;
			e.yields++;
		} else if (r != FLOW_WAIT_READ && r != FLOW_WAIT_WRITE) {
			return r;
		}
		drain(taken);
	}
	return FLOW_YIELD;
}

static void
test_length(size_t length, bool spliced, size_t taken)
{
	char in[BEHIND + 1];
	size_t cap;
	char *block;

	open_ends(length);
	is_int(pump(length + BEHIND, taken), FLOW_DONE, "%zu bytes, %zu a time",
	    length, taken);
	while (e.come < length)
		drain(sizeof(out));
	drain(sizeof(out));
	ok(e.come == length && memcmp(out, body, length) == 0, "as they came");
	is_int(e.flow.body, length, "counted");
	is_int(e.flow.spliced, spliced, "a pipe, or not");
	ok(length < PIPED || e.yields >= length / 400000, "%u turns", e.yields);
	/* What is behind the body has not gone. */
	feed(length + BEHIND);
	if (e.from.start == e.from.end) {
		block = conn_take_buffer(&e.from);
		blocks_put(&e.blocks, block, e.from.cap);
		block = blocks_get(&e.blocks, 1, &cap);
		conn_lend_buffer(&e.from, block, cap);
		is_int(conn_fill(&e.from), CONN_OK, "there is more");
	}
	memcpy(in, body + length, BEHIND);
	is_mem(conn_peek(&e.from).p, conn_peek(&e.from).len, in, BEHIND,
	    "what is behind the body stays");
	close_ends();
}

static void
test_cut(void)
{
	open_ends(LONGEST);
	for (unsigned i = 0; i < 100; i++) {
		feed(LONGEST / 2);
		e.budget = LONGEST;
		(void)flow_pump(&e.flow, &e.from, &e.to, &e.blocks, &e.budget);
		drain(LONGEST);
	}
	is_int(e.come, LONGEST / 2, "half of it");
	shutdown(e.source, SHUT_WR);
	conn_event(&e.from, CONN_READ | CONN_HANGUP);
	is_int(flow_pump(&e.flow, &e.from, &e.to, &e.blocks, &e.budget),
	    FLOW_READ_CLOSED, "is not all of it");
	close_ends();
}

/* The sink goes while the pipe is full. */
static void
test_sink_gone(void)
{
	open_ends(LONGEST);
	for (unsigned i = 0; i < 100 && e.flow.pipe == NULL; i++) {
		feed(LONGEST);
		e.budget = LONGEST;
		(void)flow_pump(&e.flow, &e.from, &e.to, &e.blocks, &e.budget);
	}
	ok(e.flow.pipe != NULL && e.flow.pipe->held > 0, "the pipe is full");
	close(e.sink);
	conn_event(&e.to, CONN_WRITE | CONN_BROKEN);
	is_int(flow_pump(&e.flow, &e.from, &e.to, &e.blocks, &e.budget),
	    FLOW_WRITE_FAILED, "nobody takes it");
	close_ends();
}

/* Without a pipe it is copied. */
static void
test_no_pipe(void)
{
	struct splice *taken[BLOCKS_PIPES_MAX];

	open_ends(LONGEST);
	for (unsigned i = 0; i < BLOCKS_PIPES_MAX; i++)
		taken[i] = blocks_get_pipe(&e.blocks);
	ok(taken[BLOCKS_PIPES_MAX - 1] != NULL, "all pipes are out");
	ok(blocks_get_pipe(&e.blocks) == NULL, "there is no other");
	is_int(pump(LONGEST, sizeof(out)), FLOW_DONE, "it goes all the same");
	while (e.come < LONGEST)
		drain(sizeof(out));
	ok(memcmp(out, body, LONGEST) == 0 && !e.flow.spliced, "copied");
	for (unsigned i = 0; i < BLOCKS_PIPES_MAX; i++)
		blocks_put_pipe(&e.blocks, taken[i]);
	ok(blocks_spare(&e.blocks), "pipes do not stay");
	(void)blocks_shed(&e.blocks);
	(void)blocks_shed(&e.blocks);
	is_int(e.blocks.pipe.count, 0, "when nobody needs them");
	close_ends();
}

int
main(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGPIPE, &ignore, NULL);
	for (size_t i = 0; i < sizeof(body); i++)
		body[i] = (char)('a' + i * 7 % 251 % 26);
	test_length(PIPED - 1, false, sizeof(out));
	if (POUND_POSIX) /* see test_net_splice */
		return tap_done();
	test_length(PIPED, true, sizeof(out));
	test_length(PIPED + 1, true, sizeof(out));
	test_length(LONGEST, true, sizeof(out));
	test_length(LONGEST, true, 3001);
	test_cut();
	test_sink_gone();
	test_no_pipe();
	return tap_done();
}
