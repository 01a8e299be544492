/* SPDX-License-Identifier: GPL-3.0-or-later */
/* B.6.4, A.1 #21, A.3 #4: which back-end a request with a session gets. */
#include "route/affinity.h"

#include <stdio.h>

#include "support/conf_from.h"
#include "support/logged.h"
#include "unit/tap.h"

#define KEY STR("some key")
#define TTL 60000

#define SERVER(more) "BackEnd\nAddress 127.0.0.1\nPort 80\n" more "End\n"
#define HA SERVER("HAport 81\n")

static struct conf *conf;
static struct live *live;
static const struct conf_service *service;
static struct hash_random dice;
static int64_t now;

/* A request: what it has tried, and its session. */
static uint64_t bits;
static struct balance_tried tried = { &bits, 1 };
static struct affinity session;
static bool busy;

static void
open_service(const char *backends, const char *ttl)
{
	char text[4096];

	snprintf(text, sizeof(text),
	    "ListenHTTP\nAddress 127.0.0.1\nPort 80\nService\n%s"
	    "Session\nType IP\nTTL %s\nEnd\nEnd\nEnd\n",
	    backends, ttl);
	conf = conf_from(text);
	live = live_new(conf);
	service = conf->listeners[0]->services[0];
	dice = (struct hash_random){ { 1, 2, 3, 4 } };
	now = 0;
	logged_clear();
}

static void
close_service(void)
{
	live_free(live);
	conf_free(conf);
}

static void
begin_request(void)
{
	bits = 0;
	busy = false;
	session = (struct affinity){ .key = KEY, .asked = true };
}

/* Index of the next back-end that is tried; -1: none. */
static int
next(void)
{
	const struct affinity_choice c = { live, service, &tried, &dice, now,
		busy };
	struct backend *b = affinity_choose(&session, &c);

	if (b == NULL)
		return -1;
	balance_mark_tried(&tried, service, b);
	return b->conf->emergency ? 100 + (int)b->conf->index
				  : (int)b->conf->index;
}

static int
request(void)
{
	begin_request();
	return next();
}

static struct session_table *
table(void)
{
	return live->service[0].sessions;
}

static unsigned long
tied_to(int b)
{
	return session_count(table(), &live->backend[b]);
}

static void
test_sticks(void)
{
	int first, other = 0;
	unsigned same = 0;

	open_service(SERVER("") SERVER("") SERVER("") SERVER(""), "60");
	first = request();
	for (int i = 0; i < 100; i++) {
		now += TTL / 2;
		same += request() == first;
	}
	is_int(same, 100, "a hundred requests, one back-end");
	backend_disable(&live->backend[first], true);
	is_int(request(), first, "also when it is disabled");
	for (int i = 0; i < 4; i++)
		backend_disable(&live->backend[i], true);
	is_int(request(), first, "or when all are");
	now += TTL + 1000;
	is_int(request(), -1, "when the session is over there is none");
	for (int i = 0; i < 4; i++)
		backend_disable(&live->backend[i], false);
	for (int i = 0; i < 100; i++) {
		now += TTL + 1000;
		other += request() != first;
	}
	ok(other > 40, "and others are drawn, too");
	close_service();
}

static void
test_killed(void)
{
	int first, second;

	open_service(SERVER("") SERVER("") SERVER(""), "60");
	first = request();
	backend_kill(&live->backend[first], "test");
	second = next();
	ok(second >= 0 && second != first, "fail-over within the request");
	is_int(request(), second, "the session is there now");
	backend_revive(&live->backend[first]);
	is_int(request(), second, "and stays there");
	is_int(tied_to(first) + tied_to(second), 1, "it is one session");
	close_service();
}

/* With HAport a failed connect does not kill: the session moves all the
 * same, else each request would try the bad one first. */
static void
test_failed_with_haport(void)
{
	int first, second;

	open_service(HA HA HA, "60");
	first = request();
	begin_request();
	is_int(next(), first, "tied to a bad one");
	second = next();
	ok(second >= 0 && second != first, "the next one");
	is_int(request(), second, "has it now");
	is_int(tied_to(first), 0, "and not the first");
	close_service();
}

/* A.1 #21 */
static void
test_busy(void)
{
	int first, second;

	open_service(SERVER("") SERVER("") SERVER(""), "60");
	first = request();
	begin_request();
	is_int(next(), first, "known");
	busy = true;
	second = next();
	ok(second >= 0 && second != first, "at MaxConn: another one");
	ok(next() >= 0 && next() == -1, "and another one");
	is_int(request(), first, "the session has not moved");
	session_remove(table(), KEY, now);
	first = request();
	busy = true;
	second = next();
	is_int(request(), second, "one that is as new as its request moves");
	close_service();
}

static void
test_emergency(void)
{
	int first;

	open_service(HA HA "Emergency\nAddress 127.0.0.1\nPort 82\nEnd\n",
	    "60");
	first = request();
	next();
	is_int(next(), 100, "the Emergency when all have failed");
	is_int(tied_to(0) + tied_to(1), 1, "the session stays where it was");
	affinity_use(live, service, STR("learnt"), &live->backend[2], now);
	ok(session_find(table(), STR("learnt"), now) == NULL,
	    "none is learnt from it");
	backend_kill_ha(&live->backend[0], "test");
	backend_kill_ha(&live->backend[1], "test");
	is_int(request(), 100, "the Emergency while all are dead");
	is_int(request(), 100, "again");
	backend_revive(&live->backend[first]);
	is_int(request(), first, "no longer than that");
	close_service();
}

static void
test_learnt(void)
{
	open_service(SERVER("") SERVER(""), "60");
	affinity_use(live, service, KEY, &live->backend[1], now);
	is_int(request(), 1, "an answer's key is tied to who answered");
	affinity_use(live, service, KEY, &live->backend[0], now);
	is_int(request(), 1, "what is tied is not tied anew");
	now += TTL / 2;
	affinity_use(live, service, KEY, &live->backend[0], now);
	now += TTL / 2 + 5000;
	is_int(request(), 1, "but lives on with it");
	close_service();
}

/* Two requests of one client at once: both find nothing. */
static void
test_race(void)
{
	int first, second;

	open_service(SERVER("") SERVER("") SERVER("") SERVER(""), "60");
	for (int i = 0; i < 20; i++) {
		session_remove(table(), KEY, now);
		first = request();
		begin_request();
		bits = 0;
		second = next();
		if (first != second)
			break;
	}
	is_int(first, second, "the second goes where the first went");
	/* The one that the faster request is tied to was tried here. */
	begin_request();
	balance_mark_tried(&tried, service, &live->backend[first]);
	second = next();
	ok(second >= 0 && second != first, "never one that was tried");
	close_service();
}

static void
test_stateless(void)
{
	int first;

	open_service(SERVER("") SERVER("") SERVER(""), "-1");
	ok(table() == NULL, "a negative TTL needs no table");
	first = request();
	is_int(request(), first, "the key decides");
	ok(next() != first, "the next one for it");
	affinity_use(live, service, KEY, &live->backend[0], now);
	is_int(request(), first, "nothing is learnt");
	backend_disable(&live->backend[first], true);
	ok(request() != first, "a disabled one is left (B.6.4)");
	close_service();
}

static void
test_expiry(void)
{
	open_service(SERVER("") SERVER(""), "60");
	for (int i = 0; i < 100000; i++) {
		char text[16];

		affinity_use(live, service,
		    str_make(text, (size_t)sprintf(text, "%d", i)),
		    &live->backend[i % 2], now);
	}
	live_expire(live, now + TTL);
	is_int(tied_to(0) + tied_to(1), 100000, "none is over");
	live_expire(live, now + TTL + 1000);
	ok(tied_to(0) + tied_to(1) > 50000, "not all at once");
	for (int i = 0; i < 7; i++)
		live_expire(live, now + TTL + 1000);
	is_int(tied_to(0) + tied_to(1), 0, "but in two seconds");
	close_service();
}

int
main(void)
{
	test_sticks();
	test_killed();
	test_failed_with_haport();
	test_busy();
	test_emergency();
	test_learnt();
	test_race();
	test_stateless();
	test_expiry();
	return tap_done();
}
