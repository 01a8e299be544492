/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The listing is the same whatever room its pieces have, and it shows what
 * was counted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/deadline.h"
#include "live/live.h"
#include "support/conf_from.h"
#include "support/listed.h"
#include "unit/tap.h"

#define SESSIONS 1000

static const char text[] =
    "ListenHTTP\nAddress 127.0.0.1\nPort 80\n"
    "Service \"one\"\nBackEnd\nAddress 127.0.0.1\nPort 1\nMaxConn 5\nEnd\n"
    "BackEnd\nAddress 127.0.0.1\nPort 2\nEnd\n"
    "Emergency\nAddress 127.0.0.1\nPort 3\nEnd\n"
    "Session\nType IP\nTTL 300\nEnd\nEnd\n"
    "Service \"two\"\nEnd\nEnd\n"
    "ListenHTTP\nAddress 127.0.0.1\nPort 81\nEnd\n"
    "Service \"glob\"\nRedirect \"http://h.test/x\"\nEnd\n";

static struct live *live;

static void
count(void)
{
	struct counter *c = counter_new(&live->counters);
	const int64_t now = deadline_now_ms();

	counter_add(&c->listener[0].accepted, 10);
	counter_add(&c->listener[0].closed, 4);
	counter_add(&c->listener[0].refused, 2);
	counter_add(&c->listener[0].empty, 1);
	counter_add(&c->listener[1].handshakes, 3);
	counter_add(&c->listener[1].handshake_failures, 5);
	counter_add(&c->service[0].begun, 20);
	counter_add(&c->service[0].ended, 17);
	counter_add(&c->service[0].bytes_in, 1000);
	counter_add(&c->service[0].bytes_out, 2000);
	counter_answer(&c->service[0], 204);
	counter_answer(&c->service[0], 503);
	histogram_add(&c->service[0].first_byte, now, 2000);
	counter_add(&c->backend[1].begun, 6);
	counter_add(&c->backend[1].connect_failures, 7);
	counter_add(&c->outcome[OUTCOME_NO_BACKEND], 8);
	counter_add(&c->outcome[OUTCOME_OK], 12);
	counter_set(&c->ready, 2);
	counter_set(&c->running, 1);
	live->connections = 9;
	live->max_connections = 100;
	live->queue = 4;
	live->backend[0].open = 3;
	live->backend[0].waiting = 2;
	for (int i = 0; i < SESSIONS; i++) {
		char key[16];

		snprintf(key, sizeof(key), "key%d", i);
		(void)session_set(live->service[0].sessions, str_from(key),
		    &live->backend[i % 4 == 0], now);
	}
}

static void
test_listeners(const struct listing *l)
{
	const struct record_listener *r = &l->listener[0].record;

	is_int(l->listeners, 2, "two listeners");
	is_str(r->address.p, "127.0.0.1:80", "the first's address");
	is_int(r->accepted, 10, "accepted");
	is_int(r->active, 6, "of them open");
	is_int(r->refused, 2, "refused");
	is_int(r->empty, 1, "without a byte");
	is_int(l->listener[1].record.handshakes, 3, "handshakes");
	is_int(l->listener[1].record.handshake_failures, 5, "failures");
	is_int(l->listener[0].services.count, 2, "its services");
	is_int(l->listener[1].services.count, 0, "the other has none");
	is_int(l->globals.count, 1, "a global one");
}

static void
test_service(const struct listing *l)
{
	const struct listing_service *s = &l->listener[0].services.item[0];
	const struct record_traffic *t = &s->record.traffic;
	size_t to[2] = { 0, 0 };

	is_int(t->requests, 20, "requests");
	is_int(t->active, 3, "going on");
	is_int(t->answers[1], 1, "2xx");
	is_int(t->answers[4], 1, "5xx");
	is_int(t->bytes_in, 1000, "bytes in");
	is_int(t->bytes_out, 2000, "bytes out");
	is_int(t->times.count, 1, "times");
	is_int(t->times.mean_us, 2000, "their mean");
	is_int(s->record.sessions, SESSIONS, "sessions are counted");
	is_int(s->sessions, SESSIONS, "and each is there");
	for (size_t i = 0; i < s->sessions; i++)
		to[s->session[i].backend != 0]++;
	is_int(to[0], SESSIONS / 4 * 3, "tied to the first back-end");
	is_int(to[1], SESSIONS / 4, "and to the second");
	is_int(s->backends, 3, "two back-ends and an Emergency");
	is_int(s->backend[0].connections, 3, "connections");
	is_int(s->backend[0].waiting, 2, "waiting");
	is_int(s->backend[0].max_conn, 5, "MaxConn");
	is_int(s->backend[0].sessions, SESSIONS / 4 * 3, "its sessions");
	is_int(s->backend[1].traffic.requests, 6, "requests of the second");
	is_int(s->backend[1].traffic.connect_failures, 7, "its failures");
	is_int(s->backend[2].kind, RECORD_EMERGENCY, "the Emergency");
	is_int(s->backend[2].sessions, 0, "which never has sessions");
	is_int(listing_weight(s), 10, "what can be chosen");
}

static void
test_worker(const struct listing *l)
{
	const struct record_worker *w = &l->worker;

	is_int(w->pid, 100, "pid");
	is_int(w->worker_pid, 101, "of the worker");
	is_int(w->restarts, 2, "restarts");
	is_int(w->threads, 3, "threads");
	is_int(w->connections, 9, "connections");
	is_int(w->working, 3, "worked on");
	is_int(listing_parked(w), 6, "parked");
	is_int(w->queue, 6, "waiting for a thread or for MaxConn");
	is_int(w->requests, 3, "requests going on, of all services");
	is_int(w->times.minute_count, 1, "times of all services");
	is_int(l->outcomes, OUTCOME_COUNT, "each outcome");
	is_int(l->outcome[OUTCOME_NO_BACKEND].count, 8, "counted");
	is_str(l->outcome[OUTCOME_NO_BACKEND].name.p, "no_backend", "named");
	ok(l->outcome[OUTCOME_NO_BACKEND].failed, "as a failure");
	ok(!l->outcome[OUTCOME_OK].failed, "and one that is none");
}

/* Numbers that go on by themselves are made the same. */
static char *
print_at(size_t room)
{
	const struct command list = listed_command(0, 0, 0, 0);
	struct listing l;
	char *printed;

	listing_init(&l);
	(void)listed_answer(live, &list, &l, room);
	l.worker.uptime_ms = l.worker.worker_uptime_ms = 0;
	for (size_t i = 0; i < l.listener[0].services.item[0].sessions; i++)
		l.listener[0].services.item[0].session[i].idle_ms = 0;
	printed = listed_print(&l, LISTED_JSON, false);
	listing_release(&l);
	return printed;
}

static void
test_rooms(void)
{
	char *want = print_at(1 << 20);
	bool same = true;

	for (size_t room = CTLANSWER_ROOM; room < 3 * CTLANSWER_ROOM;
	     room += 997) {
		char *got = print_at(room);

		same = same && strcmp(got, want) == 0;
		free(got);
	}
	ok(same, "in small pieces or large ones");
	free(want);
}

static void
test_without_sessions(void)
{
	struct command list = listed_command(0, 0, 0, 0);
	struct listing l;

	list.with_sessions = false;
	listing_init(&l);
	ok(listed_answer(live, &list, &l, CTLANSWER_ROOM).done, "without them");
	is_int(l.listener[0].services.item[0].sessions, 0, "no session comes");
	is_int(l.listener[0].services.item[0].record.sessions, SESSIONS,
	    "but their number");
	listing_release(&l);
}

/* Words of any length come out as they went in. */
static void
test_speech(size_t len, bool done)
{
	unsigned char *out = malloc(CTLANSWER_SPOKEN(len));
	char *words = malloc(len + 1), *heard = malloc(len + 1);
	struct str in;
	size_t got = 0;
	struct wire_frame frame = { .kind = WIRE_WORDS };

	for (size_t i = 0; i < len; i++)
		words[i] = (char)('a' + i % 26);
	in = str_make((char *)out,
	    ctlanswer_speak(out, done, str_make(words, len)));
	while (frame.kind == WIRE_WORDS && wire_read(in, &frame) == WIRE_OK) {
		struct record_result r = { STR_NONE };

		record_result(&frame.body, &r);
		if (got + r.text.len > len || !wire_complete(&frame.body))
			break;
		memcpy(heard + got, r.text.p, r.text.len);
		got += r.text.len;
		in = str_skip(in, frame.size);
	}
	ok(got == len && memcmp(heard, words, len) == 0 && str_empty(in) &&
		frame.kind == (done ? WIRE_DONE : WIRE_REFUSED),
	    "%zu bytes", len);
	free(out);
	free(words);
	free(heard);
}

int
main(void)
{
	struct conf *conf = conf_from(text);
	struct listing l;

	live = live_new(conf);
	count();
	listed_take(live, &l);
	test_listeners(&l);
	test_service(&l);
	test_worker(&l);
	listing_release(&l);
	test_rooms();
	test_without_sessions();
	for (size_t len = 0; len < 70000; len = 2 * len + 1)
		test_speech(len, len % 2 == 0);
	test_speech(WIRE_TEXT_MAX, true);
	test_speech(WIRE_TEXT_MAX + 1, false);
	live_free(live);
	conf_free(conf);
	return tap_done();
}
