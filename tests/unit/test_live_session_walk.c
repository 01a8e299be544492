/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table is told to another one while it is in use: nothing is missed. */
#include "live/session.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "support/conf_from.h"
#include "unit/tap.h"

#define KEYS 3000
#define NEW 500 /* of them come while the others are told */
#define PAGE 7
#define NOW 100000

#define SERVER "BackEnd\nAddress 127.0.0.1\nPort 80\nEnd\n"

static struct conf *conf;
static struct backend backend[3];
static struct session_table *from, *to;
static bool removed[KEYS];
static struct hash_random dice;

static struct str
key(unsigned i)
{
	static char text[300];
	const int width = i % 50 == 0 ? 280 : i % 7 == 0 ? 90 : 20;

	return str_make(text,
	    (size_t)snprintf(text, sizeof(text), "%0*u", width, i));
}

static unsigned
below(unsigned n)
{
	return hash_random_below(&dice, n);
}

static void
open_tables(void)
{
	struct session_secret secret;

	conf = conf_from("ListenHTTP\nAddress 127.0.0.1\nPort 80\n"
			 "Service\n" SERVER SERVER SERVER
			 "Session\nType IP\nTTL 500\nEnd\nEnd\nEnd\n");
	for (unsigned i = 0; i < ARRAY_LEN(backend); i++)
		backend_init(&backend[i], conf->all_backends[i]);
	from = session_table_new(conf->listeners[0]->services[0], backend);
	to = session_table_new(conf->listeners[0]->services[0], backend);
	session_secret(from, &secret);
	session_set_secret(to, &secret);
	for (unsigned i = 0; i < KEYS; i++)
		removed[i] = false;
	for (unsigned i = 0; i < KEYS - NEW; i++)
		session_set(from, key(i), &backend[below(3)], NOW - KEYS + i);
}

static void
close_tables(void)
{
	session_table_free(from);
	session_table_free(to);
	conf_free(conf);
}

/* What clients do meanwhile. */
static void
disturb(int64_t now)
{
	const unsigned any = below(KEYS - NEW), fresh = KEYS - NEW + below(NEW);

	if (session_find(from, key(any), now) == NULL && !removed[any])
		ok(false, "%u is lost", any);
	switch (below(4)) {
	case 0:
		session_set(from, key(any), &backend[below(3)], now);
		removed[any] = false;
		break;
	case 1:
		session_set(from, key(fresh), &backend[below(3)], now);
		removed[fresh] = false;
		break;
	case 2:
		session_remove(from, key(any), now);
		removed[any] = true;
		break;
	default:
		/* The newest one, again and again. */
		session_set(from, key(fresh), &backend[below(3)], now);
		session_set(from, key(fresh), &backend[below(3)], now);
		removed[fresh] = false;
	}
}

static unsigned
tell(unsigned disturbances)
{
	struct session_view page[PAGE];
	unsigned told = 0, pages = 0;
	size_t n;

	session_newest_begin(from);
	while ((n = session_newest(from, page, PAGE, NOW)) > 0) {
		for (size_t i = 0; i < n; i++)
			if (!session_restore(to, &page[i], NOW))
				ok(false, "no room");
		told += (unsigned)n;
		pages++;
		for (unsigned i = 0; i < disturbances; i++)
			disturb(NOW + pages);
	}
	return told;
}

/* Removed ones may have been told before. */
static unsigned
differences(void)
{
	unsigned wrong = 0;

	for (unsigned i = 0; i < KEYS; i++)
		wrong += !removed[i] &&
		    session_find(from, key(i), NOW + KEYS) !=
			session_find(to, key(i), NOW + KEYS);
	return wrong;
}

/* The order of use is that of the times: what is dropped first depends on
 * it. */
static unsigned
disorder(void)
{
	struct session_view page[PAGE];
	int64_t before = 0;
	unsigned wrong = 0;
	size_t n;

	session_newest_begin(to);
	while ((n = session_newest(to, page, PAGE, NOW)) > 0)
		for (size_t i = 0; i < n; i++) {
			wrong += page[i].idle_ms < before;
			before = page[i].idle_ms;
		}
	return wrong;
}

static void
test_quiet(void)
{
	open_tables();
	is_int(tell(0), KEYS - NEW, "each is told once");
	is_int(disorder(), 0, "in the order of use");
	is_int(differences(), 0, "and as it was");
	is_int(tell(0), KEYS - NEW, "and once more");
	close_tables();
}

static void
test_busy(void)
{
	for (unsigned turn = 1; turn <= 5; turn++) {
		open_tables();
		ok(tell(turn) > KEYS - NEW, "%u a page: some come again", turn);
		is_int(disorder(), 0, "in the order of use");
		is_int(differences(), 0, "none is missed, none is stale");
		close_tables();
	}
}

/* All that is there goes, and comes, between two pages. */
static void
test_swept(void)
{
	struct session_view page[PAGE];
	unsigned seen = 0;
	size_t n;

	open_tables();
	session_newest_begin(from);
	is_int(session_newest(from, page, PAGE, NOW), PAGE, "a page");
	for (unsigned i = 0; i < KEYS - NEW; i++)
		session_remove(from, key(i), NOW);
	for (unsigned i = 0; i < 100; i++)
		session_set(from, key(i), &backend[i % 3], NOW + 1);
	while ((n = session_newest(from, page, PAGE, NOW)) > 0)
		seen += (unsigned)n;
	is_int(seen, 100, "those that came");
	for (unsigned i = 0; i < 100; i++)
		session_remove(from, key(i), NOW);
	session_newest_begin(from);
	is_int(session_newest(from, page, PAGE, NOW), 0, "nothing");
	session_set(from, key(0), &backend[0], NOW + 1);
	is_int(session_newest(from, page, PAGE, NOW), 1, "the first of all");
	is_int(session_newest(from, page, PAGE, NOW), 0, "once");
	close_tables();
}

int
main(void)
{
	dice = (struct hash_random){ { 1, 2, 3, 4 } };
	test_quiet();
	test_busy();
	test_swept();
	return tap_done();
}
