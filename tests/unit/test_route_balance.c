/* SPDX-License-Identifier: GPL-3.0-or-later */
/* B.6.1, A.1 #15: by Priority over those that can be used; Emergencies. */
#include "route/balance.h"

#include <stdio.h>
#include <string.h>

#include "support/conf_from.h"
#include "support/logged.h"
#include "unit/tap.h"

#define DRAWS 100000
#define MANY 130

static struct conf *conf;
static struct live *live;
static const struct conf_service *service;
static struct hash_random dice;

static void
open_service(const char *backends)
{
	char text[16384];

	snprintf(text, sizeof(text),
	    "ListenHTTP\nAddress 127.0.0.1\nPort 80\nService\n%sEnd\nEnd\n",
	    backends);
	conf = conf_from(text);
	live = live_new(conf);
	service = conf->listeners[0]->services[0];
	dice = (struct hash_random){ { 1, 2, 3, 4 } };
}

static void
close_service(void)
{
	live_free(live);
	conf_free(conf);
}

static int
choose(const struct balance_tried *tried)
{
	const struct balance_tried none = { NULL, 0 };
	const struct backend *b = balance_choose(live, service,
	    tried != NULL ? tried : &none, &dice);

	return b == NULL ? -1 : (int)b->conf->id;
}

/* How far the draws are from the weights: chi square. */
static double
distance(const unsigned *weight, unsigned count)
{
	unsigned drawn[16] = { 0 }, total = 0;
	double chi = 0;

	for (unsigned i = 0; i < count; i++)
		total += weight[i];
	for (unsigned i = 0; i < DRAWS; i++) {
		const int id = choose(NULL);

		if (id < 0 || (unsigned)id >= count)
			return 1e9;
		drawn[id]++;
	}
	for (unsigned i = 0; i < count; i++) {
		const double wanted = (double)DRAWS * weight[i] / total;
		const double off = drawn[i] - wanted;

		if (weight[i] == 0 && drawn[i] > 0)
			return 1e9;
		if (weight[i] > 0)
			chi += off * off / wanted;
	}
	return chi;
}

#define SERVER(port, priority) \
	"BackEnd\nAddress 127.0.0.1\nPort " port "\nPriority " priority \
	"\nEnd\n"

static void
test_weights(void)
{
	unsigned weight[] = { 1, 9, 5, 2, 1, 3 };

	/* 99.9 % of fair draws are nearer than 20.5 (five degrees). */
	open_service(
	    SERVER("1", "1") SERVER("2", "9") SERVER("3", "5") SERVER("4",
		"2") "Redirect \"http://h.test\"\n" SERVER("5", "3"));
	ok(distance(weight, 6) < 20.5, "%d draws are as the weights", DRAWS);
	weight[1]--;
	ok(distance(weight, 6) > 20.5, "the measure sees 8 instead of 9");
	weight[1]++;
	backend_kill(&live->backend[1], "test");
	weight[1] = 0;
	ok(distance(weight, 6) < 18.5, "the dead one is left out");
	backend_disable(&live->backend[4], true);
	weight[4] = 0;
	ok(distance(weight, 6) < 16.3, "so is a disabled Redirect");
	backend_revive(&live->backend[1]);
	weight[1] = 9;
	ok(distance(weight, 6) < 18.5, "and back again");
	close_service();
}

static void
test_none(void)
{
	open_service(SERVER("1", "1") SERVER("2", "9"));
	backend_kill(&live->backend[0], "test");
	is_int(choose(NULL), 1, "the one that is left");
	backend_disable(&live->backend[1], true);
	is_int(choose(NULL), -1, "none");
	close_service();
}

static void
test_emergency(void)
{
	uint64_t bits[1] = { 0 };
	struct balance_tried tried = { bits, 1 };

	open_service(
	    SERVER("1", "1") "Emergency\nAddress late.test\nPort 2\nEnd\n"
			     "Emergency\nAddress 127.0.0.1\nPort 3\nEnd\n"
			     "Emergency\nAddress 127.0.0.1\nPort 4\nEnd\n");
	is_int(balance_tried_words(service), 1, "words for four");
	is_int(choose(NULL), 0, "while one lives, no Emergency");
	backend_kill(&live->backend[0], "test");
	is_int(choose(NULL), 2, "the first Emergency with an address");
	balance_mark_tried(&tried, service, &live->backend[2]);
	is_int(choose(&tried), 3, "then the next");
	balance_mark_tried(&tried, service, &live->backend[3]);
	is_int(choose(&tried), -1, "then none");
	backend_revive(&live->backend[0]);
	is_int(choose(&tried), 0, "an ordinary one goes before");
	balance_mark_tried(&tried, service, &live->backend[0]);
	is_int(choose(&tried), -1, "all were tried");
	close_service();
}

/* Each is chosen once until all are used up, over several words of bits. */
static void
test_tried(void)
{
	char text[MANY * 64], *p = text;
	uint64_t bits[3] = { 0 };
	struct balance_tried tried = { bits, 3 };
	unsigned char seen[MANY] = { 0 };
	unsigned once = 0;

	for (unsigned i = 0; i < MANY; i++)
		p += sprintf(p, "BackEnd\nAddress 127.0.0.1\nPort %u\nEnd\n",
		    i + 1);
	open_service(text);
	is_int(balance_tried_words(service), 3, "words for %d", MANY);
	for (unsigned i = 0; i < MANY; i++) {
		const int id = choose(&tried);

		if (id < 0 || id >= MANY)
			break;
		balance_mark_tried(&tried, service, &live->backend[id]);
		once += seen[id]++ == 0;
	}
	is_int(once, MANY, "each was chosen once");
	is_int(choose(&tried), -1, "then nothing is left");
	close_service();
}

int
main(void)
{
	logged_clear();
	test_weights();
	test_none();
	test_emergency();
	test_tried();
	return tap_done();
}
