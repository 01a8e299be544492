/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions of live/names on their way to a resolver, and its answers back
 * to the threads; the resolver is the other end of a pair of sockets. */
#include "daemon/asker.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/channel.h"
#include "support/conf_from.h"
#include "tap.h"

#define CONF \
	"ListenHTTP\nAddress 127.0.0.1\nPort 80\nService\nBackEnd\n" \
	"Address 127.0.0.1\nPort 1\nEnd\nEnd\nEnd\n"

/* --- What the threads are told: in the place of the real pool ----------- */

static struct {
	uint64_t threads;
	unsigned count;
	uint32_t id;
} told;

void
pool_tell(struct pool *p, unsigned thread, enum thread_message m, uint32_t arg)
{
	(void)p;
	is_int(m, THREAD_NAME, "a message about a name");
	told.threads |= UINT64_C(1) << thread;
	told.count++;
	told.id = arg;
}

/* --- The two ends ------------------------------------------------------- */

static struct conf *conf;
static struct names names;
static struct asker asker;
static int ends[2]; /* ours, and the resolver's */

static void
begin(void)
{
	conf = conf_from(CONF);
	names_init(&names, conf);
	if (channel_open(ends) != 0)
		_exit(1);
	names_open(&names);
	asker_open(&asker, &names, NULL, ends[0]);
	memset(&told, 0, sizeof(told));
}

static void
end(void)
{
	asker_close(&asker);
	names_release(&names);
	conf_free(conf);
	close(ends[0]);
	if (ends[1] >= 0)
		close(ends[1]);
}

static enum names_status
find(const char *name, unsigned thread, int64_t now_ms)
{
	const struct names_query q = { .name = str_from(name),
		.family = AF_INET6,
		.thread = thread,
		.now_ms = now_ms };
	struct names_answer a;

	return names_find(&names, &q, &a);
}

/* The question that the resolver has; id 0: none. */
static struct resolver_question
asked(void)
{
	struct resolver_question q = { .id = 0 };

	if (recv(ends[1], &q, sizeof(q), MSG_DONTWAIT) < 0)
		q.id = 0;
	return q;
}

static struct resolver_answer
answer(uint64_t id, const char *address)
{
	struct resolver_answer a = { .id = id };

	if (address != NULL)
		(void)addr_from_ip(&a.addr, str_from(address), 0);
	return a;
}

/* --- The tests ---------------------------------------------------------- */

static void
test_there_and_back(void)
{
	struct resolver_question q;
	struct resolver_answer a;

	begin();
	ok(!asker_asks(&asker), "nothing to ask");
	(void)find("a.test", 1, 0);
	(void)find("a.test", 4, 0);
	asker_ask(&asker, 0);
	ok(asker_asks(&asker), "a question is out");
	q = asked();
	is_str(q.name, "a.test", "its name");
	is_int(q.family, AF_INET6, "its family");
	is_int(asked().id, 0, "once");
	a = answer(1, "::1");
	ok(!asker_answer(&asker, &a, 10),
	    "a health check's answer is not ours");
	is_int(told.count, 0, "and nobody is told");
	a = answer(q.id, "2001:db8::1");
	ok(asker_answer(&asker, &a, 10), "ours is");
	is_int(told.threads, 1 << 1 | 1 << 4, "who asked is told");
	is_int(told.count, 2, "once each");
	ok(!asker_asks(&asker), "nothing is out");
	is_int(find("a.test", 0, 20), NAMES_KNOWN, "and the address is known");
	a = answer(q.id, "::1");
	ok(asker_answer(&asker, &a, 30), "a second answer is ours");
	is_int(told.count, 2, "and for nobody");
	end();
}

static void
test_resolver_gone(void)
{
	begin();
	(void)find("a.test", 2, 0);
	close(ends[1]);
	ends[1] = -1;
	asker_ask(&asker, 0);
	is_int(told.threads, 1 << 2, "it cannot be asked: nobody waits");
	is_int(find("a.test", 0, 1), NAMES_NONE, "no address");
	end();
	begin();
	(void)find("a.test", 2, 0);
	asker_ask(&asker, 0);
	asker_lost(&asker, 5);
	ok(!asker_asks(&asker), "a question that is lost is out no more");
	is_int(find("a.test", 0, 2000), NAMES_ASKED, "later it is asked again");
	end();
}

/* A resolver that does not read: what finds no room is given up. */
static void
test_resolver_busy(void)
{
	char name[32];

	begin();
	for (unsigned i = 0; i < 10000; i++)
		if (resolver_ask(ends[0], 1, STR("x"), 0, AF_INET) == -1)
			break;
	for (unsigned i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "n%u.test", i);
		(void)find(name, i, 0);
	}
	asker_ask(&asker, 0);
	is_int(told.threads, 7, "all are told");
	ok(!asker_asks(&asker), "nothing is out");
	end();
}

static void
test_no_resolver(void)
{
	conf = conf_from(CONF);
	names_init(&names, conf);
	asker_open(&asker, &names, NULL, -1);
	is_int(find("a.test", 0, 0), NAMES_NONE, "nobody could be asked");
	asker_close(&asker);
	names_release(&names);
	conf_free(conf);
}

int
main(void)
{
	test_there_and_back();
	test_resolver_gone();
	test_resolver_busy();
	test_no_resolver();
	return tap_done();
}
