/* SPDX-License-Identifier: GPL-3.0-or-later */
/* No more clients than MaxConnections, however many threads accept. */
#include <stdatomic.h>

#include "base/lock.h"
#include "live/live.h"
#include "support/conf_from.h"
#include "unit/tap.h"

#define THREADS 4
#define PLACES 1000
#define ROUNDS 20000

static struct live *live;
static _Atomic unsigned long taken, most;

static void *
take_and_give(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		unsigned long now, seen = most;

		if (!live_take_place(live))
			continue;
		now = atomic_fetch_add(&taken, 1) + 1;
		while (now > seen &&
		    !atomic_compare_exchange_weak(&most, &seen, now))
			;
		if (i % 3 == 0)
			continue; /* this one stays */
		atomic_fetch_sub(&taken, 1);
		live_give_place(live);
	}
	return arg;
}

int
main(void)
{
	struct conf *conf = conf_from("ListenHTTP\nAddress 127.0.0.1\n"
				      "Port 80\nService\nRedirect "
				      "\"http://r.test\"\nEnd\nEnd\n");
	struct lock_thread thread[THREADS];
	int started = 0;

	live = live_new(conf);
	live->max_connections = PLACES;
	for (int i = 0; i < THREADS; i++)
		started += lock_thread_start(&thread[i], take_and_give, NULL) ==
		    0;
	for (int i = 0; i < THREADS; i++)
		lock_thread_join(&thread[i]);
	is_int(started, THREADS, "threads accept");
	is_int(most, PLACES, "all places are taken, and not one more");
	is_int(live->connections, PLACES, "who had none is not counted");
	ok(!live_take_place(live), "none is left");
	live_give_place(live);
	ok(live_take_place(live), "but one that was given back");
	live_free(live);
	conf_free(conf);
	return tap_done();
}
