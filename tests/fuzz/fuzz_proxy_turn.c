/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A whole pool thread with hostile clients and back-ends (support/turns.h).
 *
 * The first byte chooses the listener. Of the others those below 0x80 are
 * sent by whoever was chosen last, those from 0x80 to 0x9c say who speaks
 * and what happens (enum op), those above are sent as they are. Whatever
 * comes: what we send is well-formed; idle connections are between two
 * messages; the rules of waiting hold; in the end nothing is left.
 */
#include "fuzz/must.h"
#include "fuzz/turn_conf.h"

#include <errno.h>
#include <string.h>

#include "proxy/client.h"
#include "support/conf_from.h"
#include "support/logged.h"
#include "support/turns.h"
#include "support/wellformed.h"

enum op {
	OP_CLIENT_0 = 0x80, /* who speaks: connects when it is needed */
	OP_CLIENT_1,
	OP_CLIENT_2,
	OP_BACKEND_NEWEST, /* of those that are open */
	OP_BACKEND_SECOND,
	OP_BACKEND_OLDEST,
	OP_FIN, /* who speaks has finished */
	OP_RESET,
	OP_SECOND, /* time */
	OP_SECONDS,
	OP_ROOM_NONE, /* who speaks takes so much of ours */
	OP_ROOM_ONE,
	OP_ROOM_ALL,
	OP_REFUSES, /* back-ends at 7001 */
	OP_WAITS,
	OP_ACCEPTS,
	OP_CONNECTED, /* all that wait */
	OP_NOT_CONNECTED,
	OP_DRAIN,
	OP_CUT,	     /* what was said so far arrives */
	OP_RAW,	     /* the next byte is said, whatever it is */
	OP_LONG,     /* 40,000 bytes are said */
	OP_TOGETHER, /* the next words arrive without a turn behind them */
	OP_SHORTAGE, /* connecting fails for want of descriptors */
	OP_NAMED,    /* the resolver knows one more name */
	OP_UNNAMED,  /* or does not */
	OP_REVIVES,  /* all back-ends are alive again */
	OP_DISABLES, /* the first back-end, by poundctl; or enables it */
	OP_FULL,     /* the backlog of the UNIX socket */
	OP_END,	     /* no op */
};

#define CLIENTS 3
#define CONNECTIONS_MAX 40
#define SAID_MAX 65536
#define LONG 40000

static struct {
	struct conf *conf;
	struct turns turns;
	struct wire *client[CLIENTS];
	struct wire *who;
	unsigned connections;
	bool together;
	char said[SAID_MAX];
	size_t said_len;
} f;

static void
run(void)
{
	turns_run(&f.turns);
	if (f.turns.wrong != NULL)
		fprintf(stderr, "%s\n", f.turns.wrong);
	must(f.turns.wrong == NULL);
}

/* What was said arrives. */
static void
arrive(void)
{
	if (f.together && f.said_len == 0)
		return;
	if (f.who != NULL)
		wire_send(f.who, f.said, f.said_len);
	f.said_len = 0;
	if (!f.together)
		run();
	f.together = false;
}

static void
say(const void *p, size_t len)
{
	if (f.said_len + len > SAID_MAX)
		arrive();
	memcpy(f.said + f.said_len, p, len);
	f.said_len += len;
}

static void
say_long(void)
{
	static char bytes[LONG];

	if (bytes[0] == '\0')
		for (unsigned i = 0; i < LONG; i++)
			bytes[i] = (char)('a' + i % 23);
	say(bytes, LONG);
}

static struct wire *
choose_client(unsigned n)
{
	struct wire *w = f.client[n];

	if (w != NULL && !w->closed && !w->fin && !w->broken)
		return w;
	if (f.connections++ < CONNECTIONS_MAX)
		f.client[n] = turns_connect(&f.turns);
	return f.client[n];
}

static struct wire *
choose_backend(unsigned back)
{
	struct wire *oldest = NULL;

	for (unsigned i = wire_count(); i-- > 0;) {
		struct wire *w = wire_nth(i);

		if (w->port == 0 || w->closed)
			continue;
		oldest = w;
		if (back-- == 0)
			break;
	}
	return oldest;
}

static void
connect_all(int error)
{
	for (unsigned i = 0; i < wire_count(); i++)
		wire_connect(wire_nth(i), error);
}

/* true: it was one about who speaks. */
static bool
op_who(uint8_t op)
{
	switch (op) {
	case OP_CLIENT_0:
	case OP_CLIENT_1:
	case OP_CLIENT_2:
		f.who = choose_client(op - OP_CLIENT_0);
		return true;
	case OP_BACKEND_NEWEST:
	case OP_BACKEND_SECOND:
		f.who = choose_backend(op - OP_BACKEND_NEWEST);
		return true;
	case OP_BACKEND_OLDEST:
		f.who = choose_backend(UINT32_MAX);
		return true;
	default:
		return false;
	}
}

static bool
op_peer(uint8_t op)
{
	if (op < OP_FIN || op > OP_ROOM_ALL || op == OP_SECOND ||
	    op == OP_SECONDS)
		return false;
	if (f.who == NULL)
		return true;
	if (op == OP_FIN)
		wire_fin(f.who);
	else if (op == OP_RESET)
		wire_reset(f.who);
	else if (op == OP_ROOM_NONE)
		f.who->room = 0;
	else
		wire_give_room(f.who, op == OP_ROOM_ONE ? 1 : SIZE_MAX);
	return true;
}

/* The resolver answers one question: by 127.0.0.1, where back-ends are. */
static void
name_one(bool known)
{
	struct names *names = &f.turns.live->names;
	struct addr a = { 0 };
	struct names_question q;

	if (!names_next(names, &q, f.turns.thread.now_ms))
		return;
	if (known)
		must(addr_from_ip(&a, STR("127.0.0.1"), 0) == 0);
	(void)names_answered(names, q.id, &a, f.turns.thread.now_ms);
	thread_receive(&f.turns.thread, THREAD_NAME, q.id);
	run();
}

static void
op_rare(uint8_t op)
{
	struct live *live = f.turns.live;

	switch (op) {
	case OP_NAMED:
	case OP_UNNAMED:
		name_one(op == OP_NAMED);
		break;
	case OP_REVIVES:
		for (size_t i = 0; i < live->conf->all_backend_count; i++)
			backend_revive(&live->backend[i]);
		break;
	case OP_FULL:
		wire_listen(WIRE_UNIX_PORT, WIRE_FAILS, EAGAIN);
		f.turns.retries = true; /* every turn tries again */
		break;
	case OP_DISABLES:
		backend_disable(&live->backend[0], !live->backend[0].disabled);
		break;
	default:
		break;
	}
}

static void
op_other(uint8_t op)
{
	switch (op) {
	case OP_SECOND:
	case OP_SECONDS:
		turns_pass(&f.turns, op == OP_SECOND ? 1000 : 9000);
		break;
	case OP_REFUSES:
		wire_listen(7001, WIRE_FAILS, ECONNREFUSED);
		break;
	case OP_SHORTAGE:
		wire_listen(7001, WIRE_FAILS, EMFILE);
		break;
	case OP_WAITS:
		wire_listen(7001, WIRE_WAITS, 0);
		break;
	case OP_ACCEPTS:
		wire_listen(7001, WIRE_ACCEPTS, 0);
		wire_listen(WIRE_UNIX_PORT, WIRE_ACCEPTS, 0);
		break;
	case OP_CONNECTED:
	case OP_NOT_CONNECTED:
		connect_all(op == OP_CONNECTED ? 0 : ECONNREFUSED);
		break;
	case OP_DRAIN:
		turns_drain(&f.turns);
		break;
	case OP_LONG:
		say_long();
		break;
	case OP_TOGETHER:
		f.together = true;
		break;
	default:
		op_rare(op);
		break;
	}
}

static bool
is_op(uint8_t c)
{
	return c >= OP_CLIENT_0 && c < OP_END;
}

static void
play(const uint8_t *p, const uint8_t *end)
{
	while (p < end) {
		const uint8_t *from = p;

		while (p < end && p - from < SAID_MAX && !is_op(*p))
			p++;
		say(from, (size_t)(p - from));
		if (p == end || !is_op(*p))
			continue;
		if (*p++ == OP_RAW) {
			say(p, p < end);
			p += p < end;
			continue;
		}
		arrive();
		if (!op_who(p[-1]) && !op_peer(p[-1]))
			op_other(p[-1]);
	}
	f.together = false;
	arrive();
}

static void
judge(const struct wellformed *w, const struct wire *wire, bool idle)
{
	if (w->wrong != NULL || (idle && w->partial))
		fprintf(stderr, "%s: %s\n%.*s\n",
		    wire->port == 0 ? "answer" : "request",
		    w->wrong != NULL ? w->wrong : "idle, but not complete",
		    (int)(wire->out_len - w->at), wire->out + w->at);
	must(w->wrong == NULL);
	must(!idle || !w->partial);
}

static void
judge_backend(const struct wire *wire)
{
	const struct slots *upstreams = &f.turns.thread.upstreams;
	struct wellformed w;
	bool idle = false;

	for (uint32_t i = 0; i < upstreams->room; i++) {
		const struct upstream *up = upstreams->place[i].object;

		if (up != NULL && up->conn.layer == wire)
			idle = up->client == NULL;
	}
	wellformed_requests(&w, wire->out, wire->out_len);
	judge(&w, wire, idle);
}

/* An answer to HEAD looks like one that was cut. */
static void
judge_client(const struct wire *wire)
{
	const struct slots *clients = &f.turns.thread.clients;
	struct wellformed w;
	bool idle = false;

	if (wire->in_len > 0 &&
	    (memmem(wire->in, wire->in_len, "HEAD", 4) != NULL ||
		memmem(wire->in, wire->in_len, "head", 4) != NULL))
		return;
	wellformed_answers(&w, wire->out, wire->out_len,
	    wire->finished || wire->closed);
	for (uint32_t i = 0; i < clients->room; i++) {
		const struct client *c = clients->place[i].object;

		if (c == NULL || c->conn.layer != wire || c->step != STEP_IDLE)
			continue;
		idle = true;
		must(w.messages == c->requests);
	}
	judge(&w, wire, idle);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *wrong;

	if (size < 2)
		return 0;
	if (f.conf == NULL)
		f.conf = conf_from(TURN_CONF);
	logged_clear();
	turns_open(&f.turns, f.conf);
	names_open(&f.turns.live->names);
	f.turns.listener = data[0] & 3;
	memset(f.client, 0, sizeof(f.client));
	f.who = NULL;
	f.connections = 0;
	f.said_len = 0;
	play(data + 1, data + size);
	for (unsigned i = 0; i < wire_count(); i++) {
		if (wire_nth(i)->port == 0)
			judge_client(wire_nth(i));
		else
			judge_backend(wire_nth(i));
	}
	wrong = turns_close(&f.turns);
	if (wrong != NULL)
		fprintf(stderr, "%s\n", wrong);
	must(wrong == NULL);
	return 0;
}
