/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A.3 #5: a negative TTL sends each key to one back-end, by the file alone. */
#include <stdio.h>
#include <string.h>

#include "route/balance.h"
#include "support/conf_from.h"
#include "support/logged.h"
#include "unit/tap.h"

#define KEYS 10000
#define DRAWS 100000

#define SERVER(port, priority) \
	"BackEnd\nAddress 127.0.0.1\nPort " port "\nPriority " priority \
	"\nEnd\n"
#define FIVE \
	SERVER("1", "5") \
	SERVER("2", "5") SERVER("3", "5") SERVER("4", "5") SERVER("5", "5")

/* One Pound. */
struct pound {
	struct conf *conf;
	struct live *live;
	const struct conf_service *service;
};

static void
start(struct pound *p, const char *before, const char *backends)
{
	char text[4096];

	snprintf(text, sizeof(text),
	    "%sListenHTTP\nAddress 127.0.0.1\nPort 80\nService\n%s"
	    "Session\nType IP\nTTL -1\nEnd\nEnd\nEnd\n",
	    before, backends);
	p->conf = conf_from(text);
	p->live = live_new(p->conf);
	p->service = p->conf->listeners[0]->services[0];
}

static void
stop(struct pound *p)
{
	live_free(p->live);
	conf_free(p->conf);
}

static struct backend *
choose(const struct pound *p, unsigned key)
{
	const struct balance_tried none = { NULL, 0 };
	char text[32];

	snprintf(text, sizeof(text), "key-%u", key);
	return balance_hash(p->live, p->service, &none, str_from(text));
}

/* Ports tell back-ends of different files apart. */
static unsigned
port(const struct pound *p, unsigned key)
{
	const struct backend *b = choose(p, key);

	return b == NULL ? 0 : b->conf->port;
}

static void
test_agreement(void)
{
	struct pound one, two;
	unsigned same = 0;

	start(&one, "", FIVE);
	/* The file of the other has more in it, at other places. */
	start(&two,
	    "ListenHTTP\nAddress 127.0.0.2\nPort 80\nService\n" SERVER("9",
		"1") "End\nEnd\n",
	    SERVER("4", "5") SERVER("2", "5") SERVER("5", "5") SERVER("1", "5")
		SERVER("3", "5"));
	two.service = two.conf->listeners[1]->services[0];
	for (unsigned i = 0; i < KEYS; i++)
		same += port(&one, i) == port(&two, i);
	is_int(same, KEYS, "two Pounds agree on %d keys", KEYS);
	stop(&one);
	stop(&two);
}

static void
test_loss(void)
{
	struct pound all, four;
	unsigned moved = 0, wrong = 0, again = 0;
	static unsigned before[KEYS];

	start(&all, "", FIVE);
	start(&four, "",
	    SERVER("1", "5") SERVER("2", "5") SERVER("4", "5")
		SERVER("5", "5"));
	for (unsigned i = 0; i < KEYS; i++)
		before[i] = port(&all, i);
	backend_kill(&all.live->backend[2], "test");
	for (unsigned i = 0; i < KEYS; i++) {
		const unsigned now = port(&all, i);

		moved += before[i] == 3;
		wrong += before[i] == 3 ? now == 3 : now != before[i];
		wrong += now != port(&four, i);
	}
	ok(moved > KEYS / 6 && moved < KEYS / 4, "%u keys had the dead one",
	    moved);
	is_int(wrong, 0, "they move and no others, as if it was not written");
	backend_revive(&all.live->backend[2]);
	for (unsigned i = 0; i < KEYS; i++)
		again += port(&all, i) == before[i];
	is_int(again, KEYS, "and back when it is there again");
	backend_disable(&all.live->backend[2], true);
	for (unsigned i = 0; i < KEYS; i++)
		wrong += port(&all, i) != port(&four, i);
	is_int(wrong, 0, "a disabled one is not chosen either");
	stop(&all);
	stop(&four);
}

/* Chi square of the keys against the weights. */
static double
distance(const struct pound *p, const unsigned *weight, unsigned count)
{
	unsigned drawn[16] = { 0 }, total = 0;
	double chi = 0;

	for (unsigned i = 0; i < count; i++)
		total += weight[i];
	for (unsigned i = 0; i < DRAWS; i++)
		drawn[choose(p, i)->conf->index]++;
	for (unsigned i = 0; i < count; i++) {
		const double wanted = (double)DRAWS * weight[i] / total;
		const double off = drawn[i] - wanted;

		chi += off * off / wanted;
	}
	return chi;
}

static void
test_weights(void)
{
	unsigned weight[] = { 1, 9, 5, 2, 1, 3 };
	struct pound p;

	start(&p, "",
	    SERVER("1", "1") SERVER("2", "9") SERVER("3", "5") SERVER("4",
		"2") "Redirect \"http://h.test\"\n" SERVER("5", "3"));
	/* 99.9 % of fair draws are nearer than 20.5 (five degrees). */
	ok(distance(&p, weight, 6) < 20.5, "%d keys are as the weights", DRAWS);
	weight[1]--;
	ok(distance(&p, weight, 6) > 20.5, "the measure sees 8 instead of 9");
	stop(&p);
}

static void
test_nobody(void)
{
	struct pound p;
	uint64_t bits = 0;
	struct balance_tried tried = { &bits, 1 };
	struct backend *first;

	start(&p, "",
	    SERVER("1", "5")
		SERVER("2", "5") "Emergency\nAddress 127.0.0.1\nPort 3\nEnd\n");
	first = balance_hash(p.live, p.service, &tried, STR("k"));
	balance_mark_tried(&tried, p.service, first);
	ok(balance_was_tried(&tried, p.service, first), "it was tried");
	ok(balance_hash(p.live, p.service, &tried, STR("k")) != first,
	    "then it is the other one's turn");
	balance_mark_tried(&tried, p.service, &p.live->backend[0]);
	balance_mark_tried(&tried, p.service, &p.live->backend[1]);
	is_int(balance_hash(p.live, p.service, &tried, STR("k"))->conf->port, 3,
	    "then the Emergency's");
	balance_mark_tried(&tried, p.service, &p.live->backend[2]);
	ok(balance_hash(p.live, p.service, &tried, STR("k")) == NULL,
	    "then nobody's");
	stop(&p);
}

static void
test_twins(void)
{
	struct pound p;
	unsigned first = 0;

	start(&p, "", SERVER("7", "5") SERVER("7", "5"));
	for (unsigned i = 0; i < 100; i++)
		first += choose(&p, i)->conf->index == 0;
	is_int(first, 100, "of equals the first in the file");
	stop(&p);
}

/* What is written, not what it resolves to; the formula never changes. */
static void
test_formula(void)
{
	struct pound p;
	const struct backend *b;
	uint64_t sip, mixed;

	start(&p, "", SERVER("80", "1") "Redirect \"http://h.test/\"\n");
	b = &p.live->backend[0];
	sip = hash_plain(STR("127.0.0.1")) + 80;
	mixed = (sip ^ sip >> 30) * 0xbf58476d1ce4e5b9;
	mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
	mixed ^= mixed >> 31;
	ok(b->hash == mixed, "address and port");
	ok(p.live->backend[1].hash == hash_plain(STR("http://h.test/")),
	    "the URL of a Redirect");
	ok(hash_mix(0x9e3779b97f4a7c15) == 0xe220a8397b1dcdaf,
	    "the first number of SplitMix64 from 0");
	stop(&p);
}

int
main(void)
{
	logged_clear();
	test_agreement();
	test_loss();
	test_weights();
	test_nobody();
	test_twins();
	test_formula();
	return tap_done();
}
