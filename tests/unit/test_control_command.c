/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each command does to the live state, and what it says when it cannot:
 * to poundctl and to the log (B.11.1, A.7). */
#include <stdio.h>
#include <string.h>

#include "base/deadline.h"
#include "live/live.h"
#include "support/conf_from.h"
#include "support/listed.h"
#include "support/logged.h"
#include "unit/tap.h"

#define SERVER(port) "BackEnd\nAddress 127.0.0.1\nPort " port "\nEnd\n"

static const char text[] =
    "ListenHTTP\nAddress 127.0.0.1\nPort 80\n"
    "Service\n" SERVER("1") "Redirect \"http://h.test\"\n"
			    "Emergency\nAddress 127.0.0.1\nPort 9\nEnd\n"
			    "Session\nType IP\nTTL 300\nEnd\nEnd\nEnd\n"
			    "ListenHTTP\nAddress 127.0.0.1\nPort 81\nEnd\n"
			    "Service\n" SERVER("2") "End\n";

static struct live *live;

static struct listed
run(char letter, int listener, int service, int backend)
{
	const struct command c = listed_command(letter, listener, service,
	    backend);

	logged_clear();
	return listed_answer(live, &c, NULL, CTLANSWER_ROOM);
}

static struct listed
run_key(char letter, struct str key, int backend)
{
	struct command c = listed_command(letter, 0, 0, backend);

	c.key = key;
	logged_clear();
	return listed_answer(live, &c, NULL, CTLANSWER_ROOM);
}

static void
test_switching(void)
{
	ok(run('l', 0, 0, 0).done, "-l");
	ok(live->listener[0].disabled, "disables a listener");
	is_str(logged_text(), "5 Listener 127.0.0.1:80 disabled\n",
	    "with a line in the log");
	ok(run('l', 0, 0, 0).done, "once more");
	is_str(logged_text(), "", "is no news");
	ok(run('L', 0, 0, 0).done && !live->listener[0].disabled, "-L");
	ok(run('l', 1, 0, 0).done && live->listener[1].disabled, "the other");
	ok(run('s', 0, 0, 0).done && live->service[0].disabled, "-s");
	is_str(logged_text(), "5 Service 0/0 disabled\n", "in the log");
	ok(run('S', 0, 0, 0).done && !live->service[0].disabled, "-S");
	ok(run('s', -1, 0, 0).done && live->service[1].disabled,
	    "-s -1: a global service");
	ok(run('b', 0, 0, 0).done && live->backend[0].disabled, "-b");
	is_str(logged_text(), "5 BackEnd 127.0.0.1:1 disabled\n", "in the log");
	ok(run('B', 0, 0, 0).done && !live->backend[0].disabled, "-B");
	is_str(logged_text(), "5 BackEnd 127.0.0.1:1 enabled\n", "in the log");
	live->backend[0].alive = false;
	ok(run('b', 0, 0, 0).done && run('B', 0, 0, 0).done &&
		!live->backend[0].alive,
	    "-B revives nobody");
	live->backend[0].alive = true;
	ok(run('b', 0, 0, 1).done && live->backend[1].disabled,
	    "a Redirect counts as a back-end");
	ok(run('b', -1, 0, 0).done && live->backend[3].disabled,
	    "-b -1: of a global service");
}

static const struct {
	char letter;
	int listener, service, backend;
	const char *words;
	const char *log;
} wrong[] = {
	{ 'L', 2, 0, 0, "there is no listener 2", "6 bad listener 2\n" },
	{ 'l', -1, 0, 0,
	    "-1 means the global services: they cannot be switched like a "
	    "listener",
	    "6 bad listener -1\n" },
	{ 'L', -2, 0, 0, "there is no listener -2", "6 bad listener -2\n" },
	{ 's', 2, 0, 0, "there is no listener 2", "6 bad listener 2\n" },
	{ 's', -2, 0, 0, "there is no listener -2", "6 bad listener -2\n" },
	{ 's', 0, 1, 0, "there is no service 1 in listener 0",
	    "6 bad service 0/1\n" },
	{ 'S', 1, 0, 0, "there is no service 0 in listener 1",
	    "6 bad service 1/0\n" },
	{ 'S', 0, -1, 0, "there is no service -1 in listener 0",
	    "6 bad service 0/-1\n" },
	{ 's', -1, 1, 0, "there is no service 1 among the global services",
	    "6 bad service -1/1\n" },
	{ 'b', 0, 0, 2, "there is no back-end 2 in service 0 in listener 0",
	    "6 bad backend 0/0/2\n" }, /* an Emergency is none */
	{ 'B', 0, 0, -1, "there is no back-end -1 in service 0 in listener 0",
	    "6 bad backend 0/0/-1\n" },
	{ 'b', -1, 0, 1,
	    "there is no back-end 1 in service 0 among the global services",
	    "6 bad backend -1/0/1\n" },
	{ 'b', 9, 0, 0, "there is no listener 9", "6 bad listener 9\n" },
};

static void
test_wrong(void)
{
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		const struct listed a = run(wrong[i].letter, wrong[i].listener,
		    wrong[i].service, wrong[i].backend);

		ok(!a.done, "-%c %d %d %d is refused", wrong[i].letter,
		    wrong[i].listener, wrong[i].service, wrong[i].backend);
		is_str(a.words, wrong[i].words, "and says why");
		is_str(logged_text(), wrong[i].log, "as does the log");
	}
}

static const struct backend *
tied_to(struct str key)
{
	return session_find(live->service[0].sessions, key, deadline_now_ms());
}

static void
test_sessions(void)
{
	struct listed a;

	ok(run_key('N', STR("k"), 0).done, "-N");
	ok(tied_to(STR("k")) == &live->backend[0], "ties a key");
	is_str(logged_text(), "", "silently");
	ok(run_key('N', STR("k"), 1).done, "-N again");
	ok(tied_to(STR("k")) == &live->backend[1], "ties it anew");
	ok(logged_has("4 a session of service 0/0 is replaced"),
	    "with a warning in the log");
	ok(run_key('n', STR("k"), 0).done && tied_to(STR("k")) == NULL,
	    "-n forgets it");
	a = run_key('n', STR("k"), 0);
	ok(!a.done, "-n once more is refused");
	is_str(a.words, "there is no such session in service 0 in listener 0",
	    "with a reason");
	a = run_key('N', STR_NONE, 0);
	ok(!a.done, "no key, no session");
	is_str(a.words, "the key is empty", "with a reason");
	a = run_key('N', STR("k"), 2);
	ok(!a.done && tied_to(STR("k")) == NULL, "no such back-end");
	is_str(a.words, "there is no back-end 2 in service 0 in listener 0",
	    "with a reason");
}

/* What the list shows of it does to forget it, and it alone. */
static void
test_long_key(void)
{
	static char text_of[300], shown[7 + 32 + 1] = "digest:";
	const struct str key = str_make(text_of, sizeof(text_of));
	struct session_view page[1];
	uint32_t cursor = 0;

	memset(text_of, 'x', sizeof(text_of));
	ok(run_key('N', key, 0).done && tied_to(key) != NULL, "a long key");
	is_int(session_walk(live->service[0].sessions, &cursor, page, 1,
		   deadline_now_ms()),
	    1, "is one session");
	for (unsigned i = 0; i < SESSION_DIGEST; i++)
		snprintf(shown + 7 + (size_t)2 * i, 3, "%02x",
		    (unsigned char)page[0].key[i]);
	shown[38] ^= 1;
	ok(!run_key('n', str_from(shown), 0).done, "another digest");
	shown[38] ^= 1;
	ok(!run_key('n', str_head(str_from(shown), 38), 0).done, "a part");
	ok(!run_key('n', STR("digest:0123456789abcdef0123456789abcdeg"), 0)
		.done,
	    "no digit");
	ok(run_key('N', str_from(shown), 1).done, "a key that looks like it");
	ok(run_key('n', str_from(shown), 0).done && tied_to(key) != NULL,
	    "is meant first");
	ok(run_key('n', str_from(shown), 0).done && tied_to(key) == NULL,
	    "the digest forgets the long one");
	ok(!run_key('n', str_from(shown), 0).done, "once");
}

static void
test_no_table(void)
{
	struct command c = listed_command('N', -1, 0, 0);
	struct listed a;

	c.key = STR("k");
	a = listed_answer(live, &c, NULL, CTLANSWER_ROOM);
	ok(!a.done, "a service without sessions");
	is_str(a.words, "service 0 among the global services keeps no sessions",
	    "why");
	c = (struct command){ .number = UINT32_MAX };
	a = listed_answer(live, &c, NULL, CTLANSWER_ROOM);
	ok(!a.done, "a command that is not in the table");
	is_str(a.words, "Pound does not know this command", "is said so");
	ok(command_reloads(command_by_word(STR("reload"))) &&
		!command_lists(command_by_word(STR("reload"))) &&
		!command_reloads(command_by_word(STR("list"))),
	    "a reload is not like the others");
}

int
main(void)
{
	struct conf *conf = conf_from(text);

	live = live_new(conf);
	test_switching();
	test_wrong();
	test_sessions();
	test_long_key();
	test_no_table();
	live_free(live);
	conf_free(conf);
	return tap_done();
}
