/* SPDX-License-Identifier: GPL-3.0-or-later */
/* B.6.2 up, down and disabled; A.1 #21 MaxConn's slots and queue. */
#include "live/backend.h"
#include "live/live.h"
#include "support/conf_from.h"
#include "support/logged.h"
#include "unit/tap.h"

#define SERVER(port, more) \
	"BackEnd\nAddress 127.0.0.1\nPort " port "\n" more "End\n"

static struct conf *conf;
static struct live *live;

static void
open_live(const char *text)
{
	conf = conf_from(text);
	live = live_new(conf);
	logged_clear();
}

static void
close_live(void)
{
	live_free(live);
	conf_free(conf);
}

static void
test_start(void)
{
	open_live(
	    "ListenHTTP\nAddress 127.0.0.1\nPort 80\n"
	    "Service\nDisabled 1\n" SERVER("1",
		"") "End\nEnd\n"
		    "Service\n" SERVER("2",
			"Disabled 1\n") "Redirect \"http://h.test\"\n"
					"BackEnd\nAddress late.test\nPort 3\nEnd\n"
					"Emergency\nAddress 127.0.0.1\nPort 4\nEnd\nEnd\n");
	is_int(conf->all_backend_count, 5, "five back-ends in the tree");
	for (unsigned i = 0; i < conf->all_backend_count; i++)
		ok(live->backend[i].conf == conf->all_backends[i],
		    "back-end %u stands at its id", i);
	ok(live->service[0].disabled, "a disabled service is so");
	ok(!live->service[1].disabled, "the other is not");
	ok(live->listener[0].conf == conf->listeners[0], "the listener");
	ok(backend_usable(&live->backend[0]), "a back-end starts alive");
	ok(live->backend[1].alive && !backend_usable(&live->backend[1]),
	    "a disabled one is alive and not usable");
	ok(backend_usable(&live->backend[2]), "a Redirect is alive");
	ok(!live->backend[3].alive, "an unresolved name starts dead");
	ok(live->backend[4].alive, "an Emergency is alive");
	close_live();
}

static void
test_kill(void)
{
	struct backend *b;

	open_live(
	    "ListenHTTP\nAddress 127.0.0.1\nPort 80\nService\n" SERVER("7",
		"") "End\nEnd\n");
	b = &live->backend[0];
	backend_kill(b, "Connection refused");
	ok(!b->alive, "dead");
	is_int(b->epoch, 1, "its sessions are void");
	is_str(logged_text(),
	    "5 BackEnd 127.0.0.1:7 dead (killed): connect failed: "
	    "Connection refused\n",
	    "one NOTICE");
	backend_kill(b, "again");
	backend_kill_ha(b, "again");
	is_int(b->epoch, 1, "a second kill changes nothing");
	ok(!logged_has("again"), "and says nothing");
	logged_clear();
	backend_revive(b);
	backend_revive(b);
	ok(backend_usable(b), "back");
	is_str(logged_text(), "5 BackEnd 127.0.0.1:7 resurrect\n", "said once");
	logged_clear();
	backend_disable(b, true);
	backend_disable(b, true);
	ok(b->alive && !backend_usable(b), "disabled is not dead");
	backend_disable(b, false);
	ok(backend_usable(b), "enabled again");
	is_str(logged_text(),
	    "5 BackEnd 127.0.0.1:7 disabled\n"
	    "5 BackEnd 127.0.0.1:7 enabled\n",
	    "each change is said once");
	close_live();
}

static void
test_kill_others(void)
{
	struct addr addr;

	open_live("ListenHTTP\nAddress 127.0.0.1\nPort 80\nService\n" SERVER(
	    "1",
	    "HAport 2\n") "BackEnd\nAddress late.test\nPort 3\nEnd\n"
			  "Emergency\nAddress 127.0.0.1\nPort 4\nEnd\nEnd\nEnd\n");
	backend_kill(&live->backend[0], "refused");
	ok(live->backend[0].alive, "with HAport only the check kills");
	backend_kill_ha(&live->backend[0], "no answer");
	ok(!live->backend[0].alive, "as it does");
	is_str(logged_text(), "5 BackEnd 127.0.0.1:1 is dead (HA): no answer\n",
	    "its words");
	backend_kill(&live->backend[2], "refused");
	ok(live->backend[2].alive, "the Emergency has no state");
	backend_revive(&live->backend[1]);
	ok(!live->backend[1].alive, "without an address there is no life");
	is_int(addr_from_ip(&addr, STR("192.0.2.7"), 3), 0, "an address");
	backend_set_addr(&live->backend[1], &addr);
	backend_revive(&live->backend[1]);
	ok(backend_usable(&live->backend[1]), "with one there is");
	addr_set_port(&addr, 9);
	backend_set_addr(&live->backend[1], &addr);
	is_int(addr_port(&live->backend[1].addr), 3, "it is set once");
	close_live();
}

static void
test_slots(void)
{
	struct backend *b, *any;

	open_live(
	    "ListenHTTP\nAddress 127.0.0.1\nPort 80\nService\n" SERVER("1",
		"MaxConn 2\n") SERVER("2", "") "End\nEnd\n");
	b = &live->backend[0];
	any = &live->backend[1];
	for (unsigned i = 0; i < 100; i++)
		if (!backend_take_slot(any, false))
			ok(false, "slot %u without MaxConn", i);
	is_int(any->open, 100, "without MaxConn they are only counted");
	ok(backend_take_slot(b, false) && backend_take_slot(b, false),
	    "MaxConn 2: two");
	ok(!backend_take_slot(b, false), "and no third");
	ok(!backend_take_slot(b, true), "not from the queue either");
	is_int(b->open, 2, "a refused one is not counted");
	is_int(backend_drop_slot(b), -1, "one closes, nobody waits");
	ok(backend_wait_begin(b), "someone waits");
	ok(!backend_take_slot(b, false), "who comes now does not pass him");
	ok(backend_take_slot(b, true), "the first of a queue does");
	backend_wait_end(b);
	is_int(b->waiting, 0, "nobody waits");
	close_live();
}

static void
test_queue(void)
{
	struct backend *b;
	unsigned n = 0;

	open_live(
	    "ListenHTTP\nAddress 127.0.0.1\nPort 80\nService\n" SERVER("1",
		"MaxConn 3\n") "End\nEnd\n");
	b = &live->backend[0];
	while (n < 1000 && backend_wait_begin(b))
		n++;
	is_int(n, 30, "ten times MaxConn wait");
	is_int(b->waiting, 30, "who was turned away is not counted");
	backend_wait_end(b);
	ok(backend_wait_begin(b), "a place is free again");
	close_live();
}

/* A free slot goes round the threads that wait. */
static void
test_threads_in_turn(void)
{
	struct backend *b;

	open_live(
	    "ListenHTTP\nAddress 127.0.0.1\nPort 80\nService\n" SERVER("1",
		"MaxConn 9\n") "End\nEnd\n");
	b = &live->backend[0];
	for (unsigned i = 0; i < 9; i++)
		ok(backend_take_slot(b, false), "slot %u", i);
	backend_mark_waiting(b, 3, true);
	backend_mark_waiting(b, 5, true);
	backend_mark_waiting(b, 63, true);
	is_int(backend_drop_slot(b), 3, "the first that waits");
	is_int(backend_drop_slot(b), 5, "then the next");
	is_int(backend_drop_slot(b), 63, "the last that there can be");
	is_int(backend_drop_slot(b), 3, "and round");
	backend_mark_waiting(b, 5, false);
	is_int(backend_drop_slot(b), 63, "who left is passed over");
	backend_mark_waiting(b, 63, false);
	is_int(backend_drop_slot(b), 3, "one alone");
	is_int(backend_drop_slot(b), 3, "again and again");
	backend_mark_waiting(b, 3, false);
	is_int(backend_drop_slot(b), -1, "nobody");
	close_live();
}

static void
test_notice(void)
{
	struct backend *b;

	open_live(
	    "ListenHTTP\nAddress 127.0.0.1\nPort 80\nService\n" SERVER("1",
		"") "End\nEnd\n");
	b = &live->backend[0];
	ok(backend_notice_due(b, 0), "the first notice");
	ok(!backend_notice_due(b, 59999), "no other in that minute");
	ok(backend_notice_due(b, 60000), "one in the next");
	ok(!backend_notice_due(b, 60001), "and that is it");
	ok(backend_notice_due(b, 600000), "later again");
	close_live();
}

int
main(void)
{
	test_start();
	test_kill();
	test_kill_others();
	test_slots();
	test_queue();
	test_threads_in_turn();
	test_notice();
	return tap_done();
}
