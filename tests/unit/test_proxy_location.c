/* SPDX-License-Identifier: GPL-3.0-or-later */
/* B.7.4 and A.2 #22: which URLs of an answer are made to point to us. */
#include "proxy/location.h"

#include <stdio.h>
#include <string.h>

#include "base/attrs.h"
#include "proxy/client.h"
#include "support/conf_from.h"
#include "support/logged.h"
#include "support/script.h"
#include "support/turns.h"
#include "unit/tap.h"
#include "unit/turn_text.h"

/* ------ the pure part ------ */

#define KEEP LOCATION_KEEP
#define OURS LOCATION_OURS
#define ASK LOCATION_ASK

/*
 * The back-end is 10.0.0.1:9000; the client came in at 192.0.2.80:8080
 * with Host: www.test:8080. Each URL for a plain listener at level 1 and
 * 2, and for one with HTTPS at level 1.
 */
static const struct {
	const char *url;
	enum location_verdict one, two, https;
} judged[] = {
	/* (a): address and port of the back-end, whatever the scheme */
	{ "http://10.0.0.1:9000/x", OURS, OURS, OURS },
	{ "https://10.0.0.1:9000/x", OURS, OURS, OURS },
	{ "http://[::ffff:10.0.0.1]:9000/x", OURS, OURS, OURS },
	{ "http://10.0.0.1/x", KEEP, KEEP, KEEP },
	{ "http://10.0.0.1:9001/x", KEEP, KEEP, KEEP },
	{ "http://10.0.0.2:9000/x", KEEP, KEEP, KEEP },
	/* (b): our address, another port or another scheme */
	{ "http://192.0.2.80/x", OURS, KEEP, OURS },
	{ "http://192.0.2.80:8081/x", OURS, KEEP, OURS },
	{ "https://192.0.2.80:8080/x", OURS, KEEP, KEEP },
	{ "http://192.0.2.80:8080/x", KEEP, KEEP, OURS },
	{ "https://192.0.2.80/x", OURS, KEEP, OURS },
	{ "http://[2001:db8::80]/x", KEEP, KEEP, KEEP },
	/* (b): the name in Host, in any case */
	{ "http://www.test/x", OURS, ASK, OURS },
	{ "http://WWW.Test:9000/x", OURS, ASK, OURS },
	{ "https://www.test:8080/x", OURS, ASK, KEEP },
	{ "http://www.test:8080/x", KEEP, ASK, OURS },
	{ "https://www.test/x", OURS, ASK, OURS },
	/* neither: that depends on the address */
	{ "http://other.test/x", ASK, ASK, ASK },
	{ "https://www.test.other/x", ASK, ASK, ASK },
};

static struct location_side
side(int level, bool https)
{
	struct location_side s = { .level = level,
		.https = https,
		.host = STR("www.test:8080") };

	(void)addr_from_ip(&s.backend, STR("10.0.0.1"), 9000);
	(void)addr_from_ip(&s.local, STR("192.0.2.80"), 8080);
	return s;
}

static void
test_judge(void)
{
	const struct location_side one = side(1, false);
	const struct location_side two = side(2, false);
	const struct location_side https = side(1, true);

	for (size_t i = 0; i < ARRAY_LEN(judged); i++) {
		const char *text = judged[i].url;
		struct url u;

		ok(url_split(str_from(text), &u), "%s", text);
		is_int(location_judge(&u, &one), judged[i].one, "%s at level 1",
		    text);
		is_int(location_judge(&u, &two), judged[i].two, "%s at level 2",
		    text);
		is_int(location_judge(&u, &https), judged[i].https,
		    "%s with HTTPS", text);
	}
}

static void
test_judge_addr(void)
{
	const struct location_side one = side(1, false);
	const struct location_side two = side(2, false);
	struct addr a;
	struct url u;

	ok(url_split(STR("http://n.test:9000/"), &u), "a name");
	(void)addr_from_ip(&a, STR("10.0.0.1"), 0);
	is_int(location_judge_addr(&u, &two, &a), OURS, "the back-end");
	(void)addr_from_ip(&a, STR("192.0.2.80"), 0);
	is_int(location_judge_addr(&u, &two, &a), KEEP, "us, at level 2");
	is_int(location_judge_addr(&u, &one, &a), OURS, "us, another port");
	(void)addr_from_ip(&a, STR("192.0.2.81"), 0);
	is_int(location_judge_addr(&u, &one, &a), KEEP, "somebody");
}

/* ------ whole exchanges ------ */

/* The wires' clients come in at 192.0.2.80:8080. */
#define LISTEN(more) \
	"ListenHTTP\nAddress 127.0.0.1\nPort 80\nClient 10\n" more \
	"Service\nBackEnd\nAddress 127.0.0.1\nPort 7001\nEnd\nEnd\nEnd\n"
#define ONE LISTEN("")
#define OFF LISTEN("RewriteLocation 0\n")
#define TWO LISTEN("RewriteLocation 2\n")

#define MOVED(fields) \
	"HTTP/1.1 302 Found\r\n" fields "Content-Length: 0\r\n\r\n"
#define PLAYED(name, sent, got) \
	static const struct script_step name[] = { SENDS(C0, GET), \
		GETS(B0, GOT), SENDS(B0, MOVED(sent)), GETS(C0, MOVED(got)) }

PLAYED(back_end, "Location: http://127.0.0.1:7001/x?y#z\r\n",
    "Location: http://h.test/x?y#z\r\n");
PLAYED(spelled,
    "LOCATION: http://127.0.0.1:7001/\r\nX: 1\r\n"
    "content-location: http://127.0.0.1:7001/c\r\n",
    "Location: http://h.test/\r\nX: 1\r\n"
    "Content-location: http://h.test/c\r\n");
PLAYED(without_slash, "Location: http://127.0.0.1:7001?x\r\n",
    "Location: http://h.test/?x\r\n");
PLAYED(our_name, "Location: https://H.TEST/x\r\n",
    "Location: http://h.test/x\r\n");
PLAYED(our_address, "Location: http://192.0.2.80/x\r\n",
    "Location: http://h.test/x\r\n");
PLAYED(kept,
    "LOCATION: http://192.0.2.80:8080/x\r\n"
    "content-LOCATION: /x\r\n",
    "LOCATION: http://192.0.2.80:8080/x\r\ncontent-LOCATION: /x\r\n");
PLAYED(switched_off, "location: http://127.0.0.1:7001/\r\n",
    "location: http://127.0.0.1:7001/\r\n");
PLAYED(only_back_end, "Location: https://h.test/x\r\n",
    "Location: https://h.test/x\r\n");
PLAYED(unknown, "Location: http://other.test:7001/x\r\n",
    "Location: http://other.test:7001/x\r\n");
PLAYED(user_names, "Location: http://h.test@127.0.0.1:7001/\r\n",
    "Location: http://h.test@127.0.0.1:7001/\r\n");

static const struct script_step control_byte[] = {
	SENDS(C0, GET),
	GETS(B0, GOT),
	SENDS(B0, MOVED("Location: http://127.0.0.1:7001/a\tb\r\nX: a\tb\r\n")),
	GETS(C0, MOVED("X: a\tb\r\n")),
	IS_GONE(B0),
	LOGS("control byte in its Location"),
};

static const struct script_step no_host[] = {
	SENDS(C0, "GET /a HTTP/1.0\r\n\r\n"),
	GETS(B0,
	    "GET /a HTTP/1.1\r\nHost: 192.0.2.80:8080\r\n" FORWARDED "\r\n"),
	SENDS(B0, MOVED("Location: http://127.0.0.1:7001/x\r\n")),
	GETS(C0,
	    "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:7001/x\r\n"
	    "Content-Length: 0\r\nConnection: close\r\n\r\n"),
};

/* ------ waiting for a name ------ */

static struct turns turns;
static struct wire *client;

static void
say(struct wire *w, const char *text)
{
	wire_send(w, text, strlen(text));
	turns_run(&turns);
}

#define NAMED "Location: http://other.test:7001/x\r\n"
#define NAMED_TOO NAMED "Content-Location: http://third.test:7001/y\r\n"

static struct conf *conf;

static void
begin(const char *answer)
{
	conf = conf_from(ONE);
	turns_open(&turns, conf);
	names_open(&turns.live->names);
	client = turns_connect(&turns);
	say(client, GET);
	say(wire_to_backend(0), answer);
}

static void
end(void)
{
	ok(turns_close(&turns) == NULL, "nothing is left");
	conf_free(conf);
}

static void
answer(const char *text)
{
	struct addr a = { .len = 0 };
	struct names_question q;

	if (text != NULL)
		(void)addr_from_ip(&a, str_from(text), 0);
	if (!ok(names_next(&turns.live->names, &q, turns.thread.now_ms),
		"a question"))
		return;
	is_int(names_answered(&turns.live->names, q.id, &a,
		   turns.thread.now_ms),
	    1, "for our thread");
	thread_receive(&turns.thread, THREAD_NAME, q.id);
	turns_run(&turns);
}

static void
test_answered(void)
{
	begin(MOVED(NAMED));
	is_int(turns.questions, 1, "the asker is told");
	is_int(client->out_len, 0, "the answer waits");
	turns_pass(&turns, 500);
	is_int(client->out_len, 0, "and waits");
	answer("127.0.0.1");
	is_str(client->out, MOVED("Location: http://h.test/x\r\n"),
	    "until the address is there");
	end();
}

static void
test_known_afterwards(void)
{
	begin(MOVED(NAMED));
	answer("127.0.0.2");
	is_str(client->out, MOVED(NAMED), "somebody else's");
	say(client, GET);
	say(wire_to_backend(0), MOVED(NAMED));
	is_str(client->out, MOVED(NAMED) MOVED(NAMED), "no second question");
	end();
}

static void
test_late(void)
{
	begin(MOVED(NAMED));
	turns_pass(&turns, 999);
	is_int(client->out_len, 0, "patience");
	turns_pass(&turns, 1);
	is_str(client->out, MOVED(NAMED), "as it was, after a second");
	say(client, GET);
	say(wire_to_backend(0), MOVED(NAMED));
	is_str(client->out, MOVED(NAMED) MOVED(NAMED),
	    "nobody waits again for a question that is out");
	end();
}

static void
test_two(void)
{
	begin(MOVED(NAMED_TOO));
	answer("127.0.0.1");
	is_int(client->out_len, 0, "for both");
	answer("127.0.0.1");
	is_str(client->out,
	    MOVED("Location: http://h.test/x\r\n"
		  "Content-location: http://h.test/y\r\n"),
	    "both are there");
	end();
}

static void
test_one_of_two(void)
{
	begin(MOVED(NAMED_TOO));
	answer("127.0.0.1");
	turns_pass(&turns, 1000);
	is_str(client->out,
	    MOVED("Location: http://h.test/x\r\n"
		  "Content-Location: http://third.test:7001/y\r\n"),
	    "what is known is used");
	end();
}

/* Who waits can leave, and others go on waiting. */
static void
test_leaves(void)
{
	struct wire *other;

	begin(MOVED(NAMED));
	other = turns_connect(&turns);
	say(other, GET);
	say(wire_to_backend(1), MOVED(NAMED));
	wire_reset(client);
	turns_run(&turns);
	ok(client->closed, "one is gone");
	is_int(other->out_len, 0, "the other waits");
	answer("127.0.0.1");
	is_str(other->out, MOVED("Location: http://h.test/x\r\n"),
	    "and has its answer");
	end();
}

/* A request that fails meanwhile is told so: nothing was sent yet. */
static void
test_fails(void)
{
	conf = conf_from(ONE);
	turns_open(&turns, conf);
	names_open(&turns.live->names);
	client = turns_connect(&turns);
	say(client, POST_(CHUNKED, "2\r\nab\r\n"));
	say(wire_to_backend(0), MOVED(NAMED));
	is_int(client->out_len, 0, "the answer waits");
	say(client, "nonsense\r\n");
	ok(strncmp(client->out, "HTTP/1.1 400 ", 13) == 0, "a bad chunk");
	end();
}

int
main(void)
{
	test_judge();
	test_judge_addr();
	PLAY(ONE, back_end);
	PLAY(TWO, back_end);
	PLAY(ONE, spelled);
	PLAY(ONE, without_slash);
	PLAY(ONE, our_name);
	PLAY(ONE, our_address);
	PLAY(ONE, kept);
	PLAY(OFF, switched_off);
	PLAY(TWO, only_back_end);
	PLAY(ONE, unknown);
	PLAY(ONE, user_names);
	PLAY(ONE, control_byte);
	PLAY(OFF, control_byte);
	PLAY(ONE, no_host);
	logged_clear();
	test_answered();
	test_known_afterwards();
	test_late();
	test_two();
	test_one_of_two();
	test_leaves();
	test_fails();
	return tap_done();
}
