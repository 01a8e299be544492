/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/script.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "conf/conf.h"
#include "support/conf_from.h"
#include "support/logged.h"
#include "support/turns.h"
#include "unit/tap.h"

#define CLIENTS_MAX 8

/* One way of playing a script. */
struct manner {
	size_t cut;    /* after so many bytes of each text */
	bool bytewise; /* each byte alone */
	size_t room;   /* peers take so many bytes at a time */
};

static struct {
	struct turns turns;
	struct wire *client[CLIENTS_MAX];
	unsigned clients;
	struct manner manner;
	bool stalled[WIRES_MAX]; /* takes what TAKES() says and no more */
	const struct script_step *at;
	char wrong[256];
} play;

static struct wire *
wire_of(unsigned who)
{
	if (who >= SCRIPT_BACKEND)
		return wire_to_backend(who - SCRIPT_BACKEND);
	return who < play.clients ? play.client[who] : NULL;
}

static void
fail(const char *why)
{
	if (play.wrong[0] == '\0')
		snprintf(play.wrong, sizeof(play.wrong), "%s", why);
}

/* Whoever can take no more takes a little more. */
static bool
give_room(void)
{
	bool some = false;

	for (unsigned i = 0; i < wire_count(); i++) {
		struct wire *w = wire_nth(i);

		if (!w->refused || w->closed || play.stalled[i] ||
		    play.manner.room == 0)
			continue;
		wire_give_room(w, play.manner.room);
		some = true;
	}
	return some;
}

static void
run(void)
{
	do
		turns_run(&play.turns);
	while (play.turns.wrong == NULL && give_room());
}

static void
send_text(struct wire *w, const char *text)
{
	const size_t len = strlen(text);
	const size_t cut = play.manner.cut < len ? play.manner.cut : len;

	if (play.manner.bytewise) {
		for (size_t i = 0; i < len; i++) {
			wire_send(w, text + i, 1);
			run();
		}
		return;
	}
	wire_send(w, text, cut);
	run();
	wire_send(w, text + cut, len - cut);
}

/* Whether got is what want says; * is the rest of a line. */
static bool
reads(const char *got, const char *want)
{
	for (; *want != '\0'; want++) {
		if (*want == '*') {
			got += strcspn(got, "\r");
		} else if (*got++ != *want) {
			return false;
		}
	}
	return *got == '\0';
}

static void
get_text(struct wire *w, const char *want)
{
	const char *got = w->out + w->seen;

	if (!reads(got, want)) {
		fail("other bytes");
		printf("# who %u expected: %.400s\n# who %u got: %.400s\n",
		    play.at->who, want, play.at->who, got);
	}
	w->seen = w->out_len;
}

static void
stall(struct wire *w, size_t bytes)
{
	for (unsigned i = 0; i < wire_count(); i++)
		play.stalled[i] |= wire_nth(i) == w;
	w->room = 0;
	wire_give_room(w, bytes);
}

static void
step_wire(const struct script_step *s, struct wire *w)
{
	switch (s->kind) {
	case SCRIPT_SEND:
		send_text(w, s->text);
		break;
	case SCRIPT_GET:
		get_text(w, s->text);
		break;
	case SCRIPT_END:
		wire_fin(w);
		break;
	case SCRIPT_RESET:
		wire_reset(w);
		break;
	case SCRIPT_ROOM:
		stall(w, (size_t)s->number);
		break;
	case SCRIPT_CONNECT:
		wire_connect(w, (int)s->number);
		break;
	case SCRIPT_OPEN:
		if (w->closed || w->finished)
			fail("not open");
		break;
	case SCRIPT_SHUT:
		if (!w->finished || w->closed)
			fail(w->closed ? "closed, not only shut" : "not shut");
		break;
	default:
		if (!w->closed)
			fail("not closed");
	}
}

static unsigned
backends(void)
{
	unsigned n = 0;

	while (wire_to_backend(n) != NULL)
		n++;
	return n;
}

static void
connect_client(void)
{
	play.client[play.clients++] = turns_connect(&play.turns);
}

/* false: it was about a wire. */
static bool
step_other(const struct script_step *s)
{
	switch (s->kind) {
	case SCRIPT_NEW:
		connect_client();
		return true;
	case SCRIPT_COUNT:
		if (backends() != s->number)
			fail("another number of connections");
		return true;
	case SCRIPT_LISTEN:
		wire_listen((uint16_t)s->who, s->mode, (int)s->number);
		play.turns.retries |= s->number == EAGAIN;
		return true;
	case SCRIPT_PASS:
		turns_pass(&play.turns, s->number);
		return true;
	case SCRIPT_DRAIN:
		turns_drain(&play.turns);
		return true;
	case SCRIPT_LOG:
		if (!logged_has(s->text))
			fail("not in the log");
		return true;
	case SCRIPT_LOG_ALL:
		if (strcmp(logged_text(), s->text) != 0)
			fail("something else is in the log");
		return true;
	default:
		return false;
	}
}

static void
step(const struct script_step *s)
{
	struct wire *w;

	if (step_other(s)) {
		run();
		return;
	}
	w = wire_of(s->who);
	if (w == NULL)
		fail("there is no such connection");
	else
		step_wire(s, w);
	run();
}

static void
look_for_more(void)
{
	for (unsigned i = 0; i < wire_count(); i++) {
		const struct wire *w = wire_nth(i);

		if (w->seen == w->out_len)
			continue;
		fail("bytes that nobody asked for");
		printf("# more: %.400s\n", w->out + w->seen);
	}
}

/* Whether it went as written. */
static bool
play_once(const struct conf *conf, const struct script_step *steps,
    size_t count, struct manner manner)
{
	const char *wrong;

	memset(&play, 0, sizeof(play));
	play.manner = manner;
	logged_clear();
	if (manner.room > 0)
		wire_room_of_new(manner.room);
	turns_open(&play.turns, conf);
	connect_client();
	run();
	for (play.at = steps; play.at < steps + count; play.at++) {
		step(play.at);
		if (play.wrong[0] != '\0' || play.turns.wrong != NULL)
			break;
	}
	if (play.wrong[0] == '\0')
		look_for_more();
	wrong = turns_close(&play.turns);
	if (wrong != NULL)
		fail(wrong);
	if (play.wrong[0] == '\0')
		return true;
	printf("# step %td of %zu (cut %zu%s, room %zu): %s\n# log: %.800s\n",
	    play.at - steps + 1, count, manner.cut,
	    manner.bytewise ? ", byte by byte" : "", manner.room, play.wrong,
	    logged_text());
	return false;
}

static size_t
longest(const struct script_step *steps, size_t count)
{
	size_t most = 0;

	for (size_t i = 0; i < count; i++)
		if (steps[i].kind == SCRIPT_SEND &&
		    strlen(steps[i].text) > most)
			most = strlen(steps[i].text);
	return most;
}

void
script_play(const char *name, const char *conf_text,
    const struct script_step *steps, size_t count, enum script_cuts cuts)
{
	struct conf *conf = conf_from(conf_text);
	const size_t most = cuts == SCRIPT_CUT ? longest(steps, count) : 0;
	bool good = play_once(conf, steps, count,
	    (struct manner){ SIZE_MAX, false, 0 });

	for (size_t cut = 1; cut < most && good; cut++)
		good = play_once(conf, steps, count,
		    (struct manner){ cut, false, 0 });
	if (cuts == SCRIPT_CUT && good)
		good = play_once(conf, steps, count,
			   (struct manner){ 0, true, 0 }) &&
		    play_once(conf, steps, count,
			(struct manner){ SIZE_MAX, false, 1 }) &&
		    play_once(conf, steps, count,
			(struct manner){ 7, false, 3 }) &&
		    play_once(conf, steps, count,
			(struct manner){ 0, true, 1 });
	ok(good, "%s", name);
	conf_free(conf);
}
