/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From one worker to the next: what still has the same name or address
 * keeps its counts, marks and sessions; a stream may be cut anywhere. */
#include "live/carry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/deadline.h"
#include "base/hash.h"
#include "support/conf_from.h"
#include "unit/tap.h"

#define SESSIONS 300
#define ROOM 1000000

static const char before_text[] =
    "ListenHTTP\nAddress 127.0.0.1\nPort 80\n"
    "Service \"one\"\n"
    "BackEnd\nAddress 127.0.0.1\nPort 1\nEnd\n"
    "BackEnd\nAddress 127.0.0.1\nPort 2\nEnd\n"
    "BackEnd\nAddress 127.0.0.1\nPort 3\nDisabled 1\nEnd\n"
    "Emergency\nAddress 127.0.0.1\nPort 1\nEnd\n"
    "Session\nType COOKIE\nID \"s\"\nTTL 300\nEnd\nEnd\n"
    "Service\nRedirect \"http://h.test/x\"\nEnd\n"
    "End\n"
    "ListenHTTP\nAddress 127.0.0.1\nPort 81\nEnd\n"
    "Service \"glob\"\nBackEnd\nAddress 127.0.0.1\nPort 4\nEnd\n"
    "Session\nType IP\nTTL 300\nEnd\nEnd\n";

/* The listeners and back-ends in another order, some gone, some new. */
static const char after_text[] =
    "ListenHTTP\nAddress 127.0.0.1\nPort 82\nEnd\n"
    "ListenHTTP\nAddress 127.0.0.1\nPort 80\n"
    "Service \"new\"\nEnd\n"
    "Service\nRedirect \"http://h.test/x\"\nEnd\n"
    "Service \"one\"\n"
    "BackEnd\nAddress 127.0.0.1\nPort 3\nEnd\n"
    "BackEnd\nAddress 127.0.0.1\nPort 1\nEnd\n"
    "Emergency\nAddress 127.0.0.1\nPort 1\nEnd\n"
    "Session\nType COOKIE\nID \"s\"\nTTL 300\nEnd\nEnd\n"
    "End\n"
    "Service \"glob\"\nBackEnd\nAddress 127.0.0.1\nPort 4\nEnd\n"
    "Session\nType BASIC\nTTL 300\nEnd\nEnd\n";

/* By id, in the order of the files. */
enum { ONE, PLAIN, GLOB };
enum { NOW_NEW, NOW_PLAIN, NOW_ONE, NOW_GLOB };

static struct live *before;
static struct conf *after_conf;
static char stream[ROOM];
static size_t stream_len;
static unsigned long puts_left;

static bool
put(void *arg, const void *bytes, size_t len)
{
	(void)arg;
	if (puts_left == 0 || stream_len + len > sizeof(stream))
		return false;
	puts_left--;
	memcpy(stream + stream_len, bytes, len);
	stream_len += len;
	return true;
}

static unsigned long
write_at_most(unsigned long records)
{
	const struct carry_out out = { put, NULL };

	puts_left = records;
	stream_len = 0;
	return carry_write(before, &out);
}

/* Long keys, too: those are kept as digests. */
static struct str
key_of(unsigned i, char *text)
{
	const int pad = i % 3 == 0 ? 1 : i % 3 == 1 ? 120 : 400;

	return str_make(text, (size_t)sprintf(text, "%u%*s", i, pad, "x"));
}

static struct backend *
backend_of(struct live *live, unsigned service, unsigned index)
{
	return &live->backend
		    [live->conf->all_services[service]->backends[index]->id];
}

static void
fill(void)
{
	struct counter *c = counter_new(&before->counters);
	const int64_t now = deadline_now_ms();
	char text[512];

	counter_add(&c->listener[0].accepted, 10);
	counter_add(&c->listener[0].closed, 7);
	counter_add(&c->service[ONE].begun, 20);
	counter_add(&c->service[ONE].ended, 15);
	counter_add(&c->service[ONE].bytes_out, 12345);
	counter_answer(&c->service[ONE], 503);
	histogram_add(&c->service[ONE].first_byte, now, 2000);
	counter_add(&c->backend[backend_of(before, ONE, 0)->conf->id].begun, 6);
	counter_add(&c->outcome[OUTCOME_NO_BACKEND], 8);
	before->listener[0].disabled = true;
	before->service[GLOB].disabled = true;
	for (unsigned i = 0; i < SESSIONS; i++) {
		(void)session_set(before->service[ONE].sessions,
		    key_of(i, text), backend_of(before, ONE, i % 3),
		    now - SESSIONS + i);
		(void)session_set(before->service[GLOB].sessions,
		    key_of(i, text), backend_of(before, GLOB, 0), now);
	}
	backend_disable(backend_of(before, ONE, 0), true);
	before->backend[backend_of(before, GLOB, 0)->conf->id].alive = false;
}

static struct live *
take(const char *bytes, size_t len, size_t step, bool *good)
{
	struct live *live = live_new(after_conf);
	struct carry_in *in = carry_in_new(live);

	*good = true;
	for (size_t at = 0; at < len && *good; at += step)
		*good = carry_read(in, bytes + at,
		    step < len - at ? step : len - at);
	carry_in_free(in);
	return live;
}

static void
test_counts(struct live *after)
{
	struct counter_sum sum = { 0 };
	struct counter_connections c = { 0 };

	counter_sum_service(&after->counters, NOW_ONE, deadline_now_ms(), &sum);
	ok(sum.requests == 20 && sum.active == 0 && sum.bytes_out == 12345 &&
		sum.answers[4] == 1 && sum.first_byte.count == 1 &&
		sum.first_byte.sum_us == 2000,
	    "counts of a service");
	counter_sum_listener(&after->counters, 1, &c);
	ok(c.accepted == 10 && c.active == 0, "counts of a listener");
	memset(&sum, 0, sizeof(sum));
	counter_sum_backend(&after->counters,
	    backend_of(after, NOW_ONE, 1)->conf->id, 0, &sum);
	is_int((long)sum.requests, 6, "counts of a back-end");
	is_int((long)counter_sum_outcome(&after->counters, OUTCOME_NO_BACKEND),
	    8, "outcomes");
	memset(&sum, 0, sizeof(sum));
	counter_sum_service(&after->counters, NOW_NEW, 0, &sum);
	is_int((long)sum.requests, 0, "what is new begins at nothing");
}

static void
test_marks(const struct live *after)
{
	ok(!after->listener[0].disabled && after->listener[1].disabled,
	    "a disabled listener, by its address");
	ok(after->service[NOW_GLOB].disabled &&
		!after->service[NOW_NEW].disabled,
	    "a disabled service, by its name");
	ok(after->service[NOW_ONE].sessions != NULL, "sessions");
	ok(!after->backend[0].disabled || after->backend[0].conf->disabled,
	    "the file says otherwise now");
	ok(after->backend[after_conf->all_services[NOW_ONE]->backends[1]->id]
		.disabled,
	    "a disabled back-end, by its address");
	ok(!after->backend[after_conf->all_services[NOW_GLOB]->backends[0]->id]
		.alive,
	    "a dead one");
}

static void
test_sessions(struct live *after)
{
	const int64_t now = deadline_now_ms();
	unsigned kept = 0, wrong = 0;
	char text[512];

	for (unsigned i = 0; i < SESSIONS; i++) {
		const struct backend *want = i % 3 == 0
		    ? backend_of(after, NOW_ONE, 1)
		    : i % 3 == 2 ? backend_of(after, NOW_ONE, 0)
				 : NULL;
		const struct backend *got = session_find(
		    after->service[NOW_ONE].sessions, key_of(i, text), now);

		kept += got != NULL;
		wrong += got != want;
	}
	is_int(kept, SESSIONS * 2 / 3, "sessions of back-ends that stay");
	is_int(wrong, 0, "each keeps its own");
	is_int((long)session_count(after->service[NOW_GLOB].sessions,
		   backend_of(after, NOW_GLOB, 0)),
	    0, "keys from another place mean nothing");
}

/* The newest come first, so of a stream that is cut the oldest are lost. */
static void
test_limits(void)
{
	const int64_t now = deadline_now_ms();
	unsigned long left_out;
	struct live *after;
	char text[512];
	bool good;

	(void)write_at_most(ROOM);
	left_out = write_at_most(200);
	ok(left_out > 0 && left_out < 2 * SESSIONS, "left out: %lu", left_out);
	after = take(stream, stream_len, stream_len, &good);
	ok(good, "what was written is good");
	ok(session_find(after->service[NOW_ONE].sessions,
	       key_of(SESSIONS - 1, text), now) != NULL &&
		session_find(after->service[NOW_ONE].sessions, key_of(0, text),
		    now) == NULL,
	    "the oldest are");
	live_free(after);
}

static void
test_cuts(void)
{
	unsigned bad = 0;

	(void)write_at_most(ROOM);
	for (size_t len = 0; len < stream_len; len += len < 4000 ? 1 : 997) {
		struct live *after;
		bool good;

		after = take(stream, len, 1 + len % 7, &good);
		bad += !good;
		live_free(after);
	}
	is_int(bad, 0, "a stream that ends early is a good one");
}

/* Whatever comes: no more than that it is refused. */
static void
test_garbage(void)
{
	static char spoilt[ROOM];
	struct hash_random dice = { { 1, 2, 3, 4 } };
	unsigned refused = 0;

	(void)write_at_most(ROOM);
	for (unsigned i = 0; i < 400; i++) {
		struct live *after;
		bool good;

		memcpy(spoilt, stream, stream_len);
		for (unsigned n = 0; n < 1 + i % 4; n++)
			spoilt[hash_random_below(&dice, 4000)] = (char)
			    hash_random_next(&dice);
		after = take(spoilt, stream_len, stream_len, &good);
		refused += !good;
		live_free(after);
	}
	ok(refused > 10, "garbage is refused (%u)", refused);
	stream[4]++;
	live_free(take(stream, stream_len, 10, &(bool){ false }));
	{
		bool good;
		struct live *after = take(stream, stream_len, 10, &good);

		ok(!good, "another version");
		ok(!after->listener[1].disabled, "nothing of it is taken");
		live_free(after);
	}
}

int
main(void)
{
	struct conf *before_conf = conf_from(before_text);
	struct live *after;
	bool good;

	after_conf = conf_from(after_text);
	before = live_new(before_conf);
	fill();
	is_int((long)write_at_most(ROOM), 0, "all is written");
	after = take(stream, stream_len, 100, &good);
	ok(good, "and read");
	test_counts(after);
	test_marks(after);
	test_sessions(after);
	live_free(after);
	test_limits();
	test_cuts();
	test_garbage();
	live_free(before);
	conf_free(before_conf);
	conf_free(after_conf);
	return tap_done();
}
