/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One table, several threads: nothing is lost, and a thread sanitizer has
 * something to look at. */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/lock.h"
#include "live/session.h"
#include "support/conf_from.h"
#include "unit/tap.h"

#define THREADS 4
#define TURNS 30000
#define KEYS 2000

#define SERVER "BackEnd\nAddress 127.0.0.1\nPort 80\nHAport 81\nEnd\n"

static struct conf *conf;
static struct backend backend[2];
static struct session_table *table;
static _Atomic unsigned wrong, done;

/* Even keys are tied by whoever comes first and must stay there; odd ones
 * come and go, with the one back-end that dies now and then. */
static void
turn(struct hash_random *dice)
{
	const unsigned n = hash_random_below(dice, KEYS);
	const int64_t now = hash_random_below(dice, 100);
	struct backend *b = &backend[n % 2];
	char text[64];
	struct str key;

	snprintf(text, sizeof(text), "%050u", n);
	key = str_from(text);
	if (hash_random_below(dice, 3) == 0)
		b = session_find(table, key, now);
	else if (n % 2 == 0 || hash_random_below(dice, 2) == 0)
		b = session_bind(table, key, b, NULL, now);
	else
		session_remove(table, key, now);
	if (b != NULL && b != &backend[n % 2])
		wrong++;
}

static void *
run(void *arg)
{
	struct hash_random dice;

	(void)arg;
	hash_random_init(&dice);
	for (unsigned i = 0; i < TURNS; i++)
		turn(&dice);
	done++;
	return NULL;
}

static void
disturb(void)
{
	struct session_view page[16];
	uint32_t cursor = 0;

	while (session_walk(table, &cursor, page, ARRAY_LEN(page), 0) > 0)
		for (unsigned i = 0; i < ARRAY_LEN(page); i++)
			if (page[i].backend == &backend[0] &&
			    page[i].key[49] % 2 != 0)
				wrong++;
	session_expire(table, 100, 100);
	(void)session_count(table, &backend[1]);
	backend_kill_ha(&backend[1], "test");
	backend_revive(&backend[1]);
}

int
main(void)
{
	struct lock_thread thread[THREADS];
	unsigned even = 0;

	/* The log about the dead back-end. */
	dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
	conf = conf_from(
	    "ListenHTTP\nAddress 127.0.0.1\nPort 80\nService\n" SERVER SERVER
	    "Session\nType IP\nTTL 10\nEnd\nEnd\nEnd\n");
	for (unsigned i = 0; i < 2; i++)
		backend_init(&backend[i], conf->all_backends[i]);
	table = session_table_new(conf->listeners[0]->services[0], backend);
	for (unsigned i = 0; i < THREADS; i++)
		if (lock_thread_start(&thread[i], run, NULL) != 0)
			return 1;
	while (done < THREADS)
		disturb();
	for (unsigned i = 0; i < THREADS; i++)
		lock_thread_join(&thread[i]);
	is_int(wrong, 0, "a key never has another's back-end");
	for (unsigned n = 0; n < KEYS; n += 2) {
		char text[64];

		snprintf(text, sizeof(text), "%050u", n);
		even += session_find(table, str_from(text), 100) == &backend[0];
	}
	is_int(session_count(table, &backend[0]), even, "they count right");
	ok(even > KEYS / 2 - 50, "%u of them are there", even);
	session_table_free(table);
	conf_free(conf);
	return tap_done();
}
