/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blocks of several threads, added up while they are written to. */
#include <stdatomic.h>
#include <string.h>

#include "base/lock.h"
#include "live/live.h"
#include "support/conf_from.h"
#include "unit/tap.h"

#define WRITERS 2
#define ROUNDS 20000

static const char text[] =
    "ListenHTTP\nAddress 127.0.0.1\nPort 80\n"
    "Service\nBackEnd\nAddress 127.0.0.1\nPort 1\nEnd\n"
    "BackEnd\nAddress 127.0.0.1\nPort 2\nEnd\nEnd\nEnd\n"
    "Service\nBackEnd\nAddress 127.0.0.1\nPort 3\nEnd\nEnd\n";

static void
test_tunnels(struct live *live, struct counter *one, struct counter *two)
{
	struct counter_sum s = { 0 };

	counter_add(&one->service[0].tunnels_begun, 5);
	counter_add(&two->service[0].tunnels_begun, 2);
	counter_add(&two->service[0].tunnels_ended, 4); /* seen early */
	counter_sum_service(&live->counters, 0, 2000, &s);
	is_int(s.tunnels, 7, "tunnels of both threads");
	is_int(s.tunnels_active, 5, "and those that are open");
}

static void
test_sums(struct live *live)
{
	struct counter *one = counter_new(&live->counters);
	struct counter *two = counter_new(&live->counters);
	struct counter_connections l = { 0 };
	struct counter_sum s = { 0 }, b = { 0 };

	counter_add(&one->listener[0].accepted, 5);
	counter_add(&two->listener[0].accepted, 3);
	counter_add(&one->listener[0].closed, 2);
	counter_add(&two->listener[0].refused, 1);
	counter_sum_listener(&live->counters, 0, &l);
	is_int(l.accepted, 8, "accepted by both threads");
	is_int(l.active, 6, "and closed by one");
	is_int(l.refused, 1, "refused");

	counter_add(&one->service[1].begun, 4);
	counter_add(&two->service[1].begun, 6);
	counter_add(&two->service[1].ended, 5);
	counter_answer(&one->service[1], 200);
	counter_answer(&two->service[1], 299);
	counter_answer(&two->service[1], 101);
	counter_answer(&two->service[1], 503);
	counter_answer(&two->service[1], 0);
	counter_answer(&two->service[1], 600);
	counter_answer(&two->service[1], 99);
	counter_add(&one->service[1].bytes_in, 1 << 20);
	counter_add(&two->service[1].bytes_out, UINT64_C(1) << 40);
	histogram_add(&one->service[1].first_byte, 1000, 400);
	histogram_add(&two->service[1].first_byte, 1000, 600);
	counter_sum_service(&live->counters, 1, 2000, &s);
	is_int(s.requests, 10, "requests of both threads");
	is_int(s.active, 5, "five are not ended");
	is_int(s.answers[0], 1, "one 1xx");
	is_int(s.answers[1], 2, "two 2xx");
	is_int(s.answers[2] + s.answers[3], 0, "no 3xx, no 4xx");
	is_int(s.answers[4], 1, "one 5xx; what is no status is not counted");
	is_int(s.bytes_in, 1 << 20, "bytes in");
	is_int(s.bytes_out, INTMAX_C(1) << 40, "bytes out");
	is_int(histogram_mean_us(&s.first_byte), 500, "mean of both");

	counter_add(&two->backend[2].connect_failures, 2);
	counter_add(&two->backend[2].ended, 1); /* seen before its begin */
	counter_sum_backend(&live->counters, 2, 2000, &b);
	is_int(b.connect_failures, 2, "failures of a back-end");
	is_int(b.active, 0, "never less than none");
	test_tunnels(live, one, two);

	counter_add(&one->outcome[OUTCOME_NO_SERVICE], 1);
	counter_add(&two->outcome[OUTCOME_NO_SERVICE], 1);
	is_int(counter_sum_outcome(&live->counters, OUTCOME_NO_SERVICE), 2,
	    "an outcome");
	is_int(counter_sum_outcome(&live->counters, OUTCOME_OK), 0, "another");
	counter_set(&one->ready, 7);
	counter_set(&two->running, 1);
	is_int(counter_sum_ready(&live->counters), 7, "ready");
	is_int(counter_sum_running(&live->counters), 1, "running");
}

static void *
count_up(void *arg)
{
	struct counter *c = arg;

	for (int i = 0; i < ROUNDS; i++) {
		counter_add(&c->backend[0].begun, 1);
		histogram_add(&c->backend[0].first_byte, i, i);
		counter_answer(&c->backend[0], 200);
		counter_add(&c->backend[0].ended, 1);
	}
	return NULL;
}

/* For the thread sanitizer; and nothing is lost or counted twice. */
static void
test_threads(struct live *live)
{
	struct lock_thread thread[WRITERS];
	struct counter_sum s;
	bool sane = true;

	for (unsigned i = 0; i < WRITERS; i++)
		if (lock_thread_start(&thread[i], count_up,
			live->counters.block[i]) != 0)
			return;
	for (int i = 0; i < 200; i++) {
		memset(&s, 0, sizeof(s));
		counter_sum_backend(&live->counters, 0, ROUNDS, &s);
		sane = sane && s.requests <= WRITERS * ROUNDS &&
		    s.active <= s.requests;
	}
	ok(sane, "sums taken while others count are possible ones");
	for (unsigned i = 0; i < WRITERS; i++)
		lock_thread_join(&thread[i]);
	memset(&s, 0, sizeof(s));
	counter_sum_backend(&live->counters, 0, ROUNDS, &s);
	is_int(s.requests, WRITERS * ROUNDS, "every request is counted");
	is_int(s.answers[1], WRITERS * ROUNDS, "every answer");
	is_int(s.first_byte.count, WRITERS * ROUNDS, "every time");
	is_int(s.active, 0, "and all ended");
}

int
main(void)
{
	struct conf *conf = conf_from(text);
	struct live *live = live_new(conf);

	test_sums(live);
	test_threads(live);
	live_free(live);
	conf_free(conf);
	return tap_done();
}
