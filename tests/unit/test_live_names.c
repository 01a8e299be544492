/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A.2 #22: names known from the start, asked for, remembered, given up. */
#include "live/names.h"

#include <stdio.h>
#include <string.h>

#include "live/live.h"
#include "support/conf_from.h"
#include "unit/tap.h"

static struct conf *conf;
static struct names names;
static struct names_answer found;

static void
begin(void)
{
	conf = conf_from(
	    "ListenHTTP\nAddress 127.0.0.1\nPort 80\nService\n"
	    "BackEnd\nAddress 192.0.2.1\nPort 1\nHAport 192.0.2.2 8\nEnd\n"
	    "BackEnd\nAddress late.test\nPort 2\nEnd\n"
	    "BackEnd\nAddress /tmp/socket\nEnd\nEnd\nEnd\n");
	/* As if a name stood there that has resolved. */
	conf->all_backends[0]->address = STR("App.Test");
	names_init(&names, conf);
}

static void
end(void)
{
	names_release(&names);
	conf_free(conf);
}

static enum names_status
find(const char *name, int64_t now_ms, unsigned thread)
{
	const struct names_query q = { .name = str_from(name),
		.family = AF_INET,
		.thread = thread,
		.now_ms = now_ms };

	return names_find(&names, &q, &found);
}

static struct addr
address(const char *text)
{
	struct addr a;

	(void)addr_from_ip(&a, str_from(text), 99);
	return a;
}

static const struct addr nothing;

static void
test_configured(void)
{
	struct names_query six = { .name = STR("app.test"),
		.family = AF_INET6 };
	const struct addr one = address("192.0.2.1");

	begin();
	is_int(find("app.test", 0, 0), NAMES_KNOWN, "known, in any case");
	ok(addr_same_host(&found.addr, &one), "its address");
	is_int(addr_port(&found.addr), 0, "without a port");
	is_int(find("192.0.2.2", 0, 0), NAMES_KNOWN, "that of HAport, too");
	is_int(names_find(&names, &six, &found), NAMES_NONE,
	    "not in another family");
	is_int(find("late.test", 0, 0), NAMES_NONE, "not resolved");
	is_int(find("/tmp/socket", 0, 0), NAMES_NONE, "a path is no name");
	end();
}

static void
test_asked(void)
{
	const struct addr nine = address("192.0.2.9");
	struct names_question q;

	begin();
	is_int(find("x.test", 100, 0), NAMES_NONE, "nobody would ask");
	names_open(&names);
	ok(!names_next(&names, &q, 100), "nothing to ask");
	is_int(find("X.Test", 100, 3), NAMES_ASKED, "asked");
	ok(found.ring && found.id != 0, "which the asker is to know");
	is_int(found.until_ms, 1100, "for a second");
	is_int(find("x.test", 200, 5), NAMES_ASKED, "another thread waits");
	ok(!found.ring, "the asker knows");
	is_int(found.until_ms, 1100, "no longer than the first");
	ok(names_next(&names, &q, 200), "the question");
	is_str(q.name, "x.test", "its name");
	is_int(q.family, AF_INET, "its family");
	ok(!names_next(&names, &q, 200), "once");
	is_int(names_flying(&names), 1, "it is out");
	is_int(find("x.test", 300, 5), NAMES_ASKED, "still out");
	is_int(names_answered(&names, q.id + 1, &nine, 400), 0, "a stranger");
	is_int(names_answered(&names, q.id, &nine, 400), (1 << 3) | (1 << 5),
	    "who wants to know");
	is_int(names_answered(&names, q.id, &nine, 400), 0, "once");
	is_int(names_flying(&names), 0, "it is back");
	is_int(find("x.TEST", 401, 0), NAMES_KNOWN, "known");
	ok(addr_same_host(&found.addr, &nine), "its address");
	is_int(addr_port(&found.addr), 0, "without a port");
	is_int(find("x.test", 400 + NAMES_KEEP_MS - 1, 0), NAMES_KNOWN,
	    "for five minutes");
	is_int(find("x.test", 400 + NAMES_KEEP_MS, 0), NAMES_ASKED,
	    "then it is asked for again");
	names_close(&names);
	end();
}

static void
test_failures(void)
{
	struct names_question q;

	begin();
	names_open(&names);
	is_int(find("no.test", 0, 0), NAMES_ASKED, "asked");
	ok(names_next(&names, &q, 0), "the question");
	is_int(find("no.test", 999, 1), NAMES_ASKED, "patience");
	is_int(find("no.test", 1000, 1), NAMES_NONE, "that has an end");
	is_int(names_answered(&names, q.id, &nothing, 5000), 3, "not found");
	is_int(find("no.test", 5001, 0), NAMES_NONE, "it has none");
	is_int(find("no.test", 5000 + NAMES_KEEP_MS - 1, 0), NAMES_NONE,
	    "for five minutes, too");
	is_int(find("no.test", 5000 + NAMES_KEEP_MS, 0), NAMES_ASKED, "again");
	ok(names_next(&names, &q, 305001), "the question");
	names_lost(&names, 305001);
	is_int(names_flying(&names), 0, "the resolver died");
	is_int(find("no.test", 306000, 0), NAMES_NONE, "no address");
	is_int(find("no.test", 306001, 0), NAMES_ASKED, "a second later again");
	ok(names_next(&names, &q, 306001), "the question");
	is_int(names_answered(&names, q.id, NULL, 306002), 1,
	    "it could not be asked");
	is_int(find("no.test", 307002, 0), NAMES_ASKED, "soon again, too");
	end();
}

/* Four are out at a time, in their order; who has to wait too long is not
 * asked for any more; an answer that never comes is none. */
static void
test_many(void)
{
	struct names_question q;
	char name[32];

	begin();
	names_open(&names);
	for (unsigned i = 0; i < 6; i++) {
		snprintf(name, sizeof(name), "n%u.test", i);
		(void)find(name, i, 0);
	}
	for (unsigned i = 0; i < NAMES_FLYING_MAX; i++) {
		snprintf(name, sizeof(name), "n%u.test", i);
		ok(names_next(&names, &q, 10), "question %u", i);
		is_str(q.name, name, "in order");
	}
	ok(!names_next(&names, &q, 10), "not five at a time");
	(void)names_answered(&names, q.id, &nothing, 20);
	ok(names_next(&names, &q, 20), "when one is back");
	is_str(q.name, "n4.test", "the next one");
	ok(!names_next(&names, &q, 5006), "too late for the last one");
	is_int(find("n5.test", 5007, 0), NAMES_NONE, "it has no address");
	is_int(find("n5.test", 6100, 0), NAMES_ASKED, "for a second");
	is_int(names_flying(&names), 4, "four never come back");
	ok(!names_next(&names, &q, 31005), "the last one is stale again");
	is_int(names_flying(&names), 0, "and they are given up");
	is_int(find("n0.test", 31006, 0), NAMES_NONE, "without an address");
	end();
}

static void
test_bounds(void)
{
	const struct addr nine = address("192.0.2.9");
	char name[NAMES_TEXT_MAX + 2];
	struct names_question q;
	unsigned known = 0;

	begin();
	names_open(&names);
	memset(name, 'a', sizeof(name));
	name[NAMES_TEXT_MAX + 1] = '\0';
	is_int(find(name, 0, 0), NAMES_NONE, "too long");
	name[NAMES_TEXT_MAX] = '\0';
	is_int(find(name, 0, 0), NAMES_ASKED, "just not");
	is_int(find("", 0, 0), NAMES_NONE, "empty");
	for (unsigned i = 1; i < NAMES_ASKED_MAX; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		if (find(name, 0, 0) != NAMES_ASKED)
			break;
	}
	is_int(find("one.more", 0, 0), NAMES_NONE, "too many questions");
	while (names_next(&names, &q, 0))
		(void)names_answered(&names, q.id, &nine, 0);
	for (unsigned i = 0; i < 3 * NAMES_MAX; i++) {
		snprintf(name, sizeof(name), "m%u", i);
		if (find(name, 1, 0) == NAMES_ASKED &&
		    names_next(&names, &q, 1))
			(void)names_answered(&names, q.id, &nine, 1);
	}
	for (unsigned i = 0; i < 3 * NAMES_MAX; i++) {
		snprintf(name, sizeof(name), "m%u", i);
		names_close(&names);
		known += find(name, 2, 0) == NAMES_KNOWN;
	}
	is_int(known, NAMES_MAX, "as many are remembered as there is room for");
	is_int(find("m3071", 2, 0), NAMES_KNOWN, "the last ones");
	end();
}

int
main(void)
{
	test_configured();
	test_asked();
	test_failures();
	test_many();
	test_bounds();
	return tap_done();
}
