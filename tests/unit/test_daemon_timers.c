/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/timers.h"

#include "base/deadline.h"
#include "base/hash.h"
#include "unit/tap.h"

#define CLIENTS 700
#define STEPS 200000
#define NONE UINT32_MAX

static struct client client[CLIENTS];
static struct timers timers;
static struct hash_random dice = { { 9, 8, 7, 6 } };

static void
start(void)
{
	timers_init(&timers);
	for (unsigned i = 0; i < CLIENTS; i++)
		client[i] = (struct client){ .timer = NONE };
}

static void
set(unsigned i, int64_t deadline_ms)
{
	client[i].deadline_ms = deadline_ms;
	timers_set(&timers, &client[i]);
}

static int
expired(int64_t now_ms)
{
	const struct client *c = timers_expired(&timers, now_ms);

	return c == NULL ? -1 : (int)(c - client);
}

static void
test_order(void)
{
	start();
	is_int(timers_next(&timers), DEADLINE_NEVER, "nobody");
	is_int(expired(DEADLINE_NEVER), -1, "nobody's is over");
	set(0, 300);
	set(1, 100);
	set(2, 200);
	is_int(timers_next(&timers), 100, "the first");
	is_int(expired(99), -1, "not yet");
	is_int(expired(100), 1, "now");
	is_int(expired(100), -1, "no other");
	is_int(expired(1000), 2, "in order");
	is_int(expired(1000), 0, "of their deadlines");
	is_int(expired(1000), -1, "and once each");
	is_int(timers_next(&timers), DEADLINE_NEVER, "nobody is left");
	timers_release(&timers);
}

/* A deadline that moves later costs nothing until the old one is due. */
static void
test_lazy(void)
{
	start();
	set(0, 100);
	set(0, 500);
	is_int(timers_next(&timers), 100, "the entry stays");
	is_int(expired(100), -1, "but it is not the client's time");
	is_int(timers_next(&timers), 500, "now it has moved");
	set(0, 50);
	is_int(timers_next(&timers), 50, "earlier is done at once");
	client[0].deadline_ms = DEADLINE_NEVER;
	is_int(expired(60), -1, "a deadline that is gone");
	is_int(timers_next(&timers), DEADLINE_NEVER, "does not wake anyone");
	timers_remove(&timers, &client[0]);
	timers_remove(&timers, &client[0]);
	is_int(timers.count, 0, "removing twice is fine");
	timers_release(&timers);
}

/* Whether parent and child are in order, and each client knows its place. */
static bool
heap_holds(void)
{
	for (uint32_t i = 0; i < timers.count; i++) {
		const struct timers_entry *e = &timers.heap[i];

		if (e->client->timer != i ||
		    timers.heap[(i - 1) / 2 * (i > 0)].at_ms > e->at_ms)
			return false;
	}
	return true;
}

/* What should be over at that time, looked for one by one. */
static unsigned
count_over(int64_t now_ms)
{
	unsigned n = 0;

	for (unsigned i = 0; i < CLIENTS; i++)
		n += client[i].timer != NONE && client[i].deadline_ms <= now_ms;
	return n;
}

static unsigned
pass_time(int64_t now_ms)
{
	unsigned wrong = 0, want = count_over(now_ms), got = 0;
	int i;

	while ((i = expired(now_ms)) != -1) {
		wrong += client[i].deadline_ms > now_ms ||
		    client[i].timer != NONE;
		got++;
	}
	return wrong + (got != want) + (timers_next(&timers) <= now_ms);
}

static void
test_model(void)
{
	int64_t now_ms = 0;
	unsigned wrong = 0, set_in = 0;

	start();
	for (unsigned n = 0; n < STEPS && wrong == 0; n++) {
		const unsigned i = hash_random_below(&dice, CLIENTS);
		const unsigned what = hash_random_below(&dice, 100);

		if (what < 60) {
			set(i, now_ms + hash_random_below(&dice, 1000));
		} else if (what < 75) {
			/* Moved without telling: only later. */
			client[i].deadline_ms += hash_random_below(&dice, 1000);
		} else if (what < 90) {
			timers_remove(&timers, &client[i]);
		} else {
			now_ms += hash_random_below(&dice, 20);
			wrong += pass_time(now_ms);
		}
		if (n % 1000 == 0)
			wrong += !heap_holds();
	}
	for (unsigned i = 0; i < CLIENTS; i++)
		set_in += client[i].timer != NONE;
	is_int(wrong, 0, "%d random steps", STEPS);
	is_int(timers.count, set_in, "an entry each");
	wrong = pass_time(now_ms + 100000000);
	is_int(wrong + timers.count, 0, "in the end all are over");
	timers_release(&timers);
}

/* Memory goes back when a crowd has gone. */
static void
test_shrinks(void)
{
	static struct client crowd[5000];

	timers_init(&timers);
	for (unsigned i = 0; i < 5000; i++) {
		crowd[i] = (struct client){ .timer = NONE, .deadline_ms = i };
		timers_set(&timers, &crowd[i]);
	}
	ok(timers.room >= 5000, "room for all");
	for (unsigned i = 0; i < 4990; i++)
		timers_remove(&timers, &crowd[i]);
	ok(timers.room <= 1024, "and less for few");
	is_int(timers_next(&timers), 4990, "who are still there");
	ok(heap_holds(), "in order");
	timers_release(&timers);
}

int
main(void)
{
	test_order();
	test_lazy();
	test_model();
	test_shrinks();
	return tap_done();
}
