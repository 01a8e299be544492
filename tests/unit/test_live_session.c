/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A.3 #2 #3, B.6.4: the table of a service, also against a naive one. */
#include "live/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "support/conf_from.h"
#include "support/logged.h"
#include "unit/tap.h"

#define TTL 10000
#define LATE 1000 /* it may live so much longer */
#define BACKENDS 3

#define SERVER "BackEnd\nAddress 127.0.0.1\nPort 80\nEnd\n"

static struct conf *conf;
static struct backend backend[BACKENDS];
static struct session_table *table;

static void
open_table(const char *more)
{
	char text[1024];

	snprintf(text, sizeof(text),
	    "ListenHTTP\nAddress 127.0.0.1\nPort 80\nService \"web\"\n%s" SERVER
		SERVER SERVER "Session\nType IP\nTTL 10\nEnd\nEnd\nEnd\n",
	    more);
	conf = conf_from(text);
	for (unsigned i = 0; i < BACKENDS; i++)
		backend_init(&backend[i], conf->all_backends[i]);
	table = session_table_new(conf->listeners[0]->services[0], backend);
	logged_clear();
}

static void
close_table(void)
{
	session_table_free(table);
	conf_free(conf);
}

static struct str
key(const char *text)
{
	return str_from(text);
}

/* Index of the back-end, -1: none. */
static int
find(const char *text, int64_t now)
{
	const struct backend *b = session_find(table, key(text), now);

	return b == NULL ? -1 : (int)(b - backend);
}

static int
tie(const char *text, int to, int instead, int64_t now)
{
	return (int)(session_bind(table, key(text), &backend[to],
			 instead < 0 ? NULL : &backend[instead], now) -
	    backend);
}

static void
test_life(void)
{
	open_table("");
	is_int(find("a", 0), -1, "unknown");
	is_int(tie("a", 1, -1, 0), 1, "bound");
	is_int(find("a", TTL), 1, "lives for its TTL");
	is_int(find("a", 2 * TTL), 1, "and from its last use on again");
	is_int(find("a", 3 * TTL + LATE), -1, "then it is over");
	is_int(find("a", 3 * TTL), -1, "for good");
	is_int(tie("a", 1, -1, 0), 1, "bound");
	is_int(tie("a", 2, -1, TTL), 1, "what lives is not moved");
	is_int(find("a", 2 * TTL), 1, "but used by that");
	is_int(tie("a", 2, -1, 3 * TTL + LATE), 2, "what is over is");
	is_int(tie("a", 0, 2, 3 * TTL + LATE), 0, "and what may be moved");
	is_int(tie("a", 1, 2, 3 * TTL + LATE), 0, "from there only");
	is_int(find("a", 3 * TTL), 0, "a thread's clock may be behind");
	is_int(find("a", 4 * TTL + LATE), 0, "which takes no time away");
	close_table();
}

static void
test_killed(void)
{
	open_table("");
	tie("a", 0, -1, 0);
	tie("b", 1, -1, 0);
	tie("c", 1, -1, 0);
	is_int(session_count(table, &backend[1]), 2, "two at one back-end");
	backend_kill(&backend[1], "test");
	is_int(session_count(table, &backend[1]), 0, "none when it is dead");
	is_int(find("b", 1), -1, "their sessions are void");
	is_int(find("a", 1), 0, "the others are not");
	backend_revive(&backend[1]);
	is_int(find("c", 1), -1, "void they stay");
	tie("d", 1, -1, 1);
	is_int(session_count(table, &backend[1]), 1, "new ones count anew");
	is_int(find("d", 1), 1, "and live");
	backend_disable(&backend[1], true);
	is_int(find("d", 1), 1, "a disabled one is used (B.6.4)");
	backend_kill_ha(&backend[1], "test");
	is_int(find("d", 1), -1, "killed by a check");
	is_int(tie("e", 1, -1, 1), 1, "who has just died gets none");
	is_int(find("e", 1), -1, "although it was asked to");
	is_int(tie("a", 1, 0, 1), 1, "and takes the one away that moves");
	backend_revive(&backend[1]);
	is_int(find("a", 1), -1, "for ever");
	close_table();
}

static void
test_operator(void)
{
	open_table("");
	ok(!session_set(table, key("a"), &backend[0], 0), "added");
	ok(session_set(table, key("a"), &backend[2], 1), "replaced");
	is_int(find("a", 2), 2, "by the new back-end");
	is_int(session_count(table, &backend[0]), 0, "the old one lost it");
	is_int(session_count(table, &backend[2]), 1, "the new one has it");
	ok(session_remove(table, key("a"), 2), "removed");
	ok(!session_remove(table, key("a"), 2), "once");
	is_int(find("a", 2), -1, "it is gone");
	tie("b", 1, -1, 0);
	ok(!session_remove(table, key("b"), TTL + LATE), "one that was over");
	close_table();
}

static char *
long_key(size_t len, char last)
{
	char *text = mem_alloc(len + 1);

	memset(text, 'k', len);
	text[len - 1] = last;
	return text;
}

/* Around the sizes of cells, and beyond what is kept as it is. */
static void
test_key_sizes(void)
{
	static const size_t sizes[] = { 1, 39, 40, 41, 114, 115, 116, 117, 189,
		190, 191, 254, 255, 256, 257, 4095, 4096 };
	struct session_view page[ARRAY_LEN(sizes) * 2];
	uint32_t cursor = 0;
	bool found = true, shown = true, other = false;
	size_t n;

	open_table("");
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		char *a = long_key(sizes[i], 'a'), *b = long_key(sizes[i], 'b');

		tie(a, 0, -1, 0);
		other = other || find(b, 0) != -1;
		tie(b, 1, -1, 0);
		found = found && find(a, 0) == 0 && find(b, 0) == 1;
		mem_free(a);
		mem_free(b);
	}
	ok(found, "keys of all sizes are found again");
	ok(!other, "and no others");
	n = session_walk(table, &cursor, page, ARRAY_LEN(page), 0);
	is_int(n, ARRAY_LEN(page), "all are shown");
	for (size_t i = 0; i < n; i++) {
		const size_t len = sizes[i / 2];
		char *k = long_key(len, i % 2 == 0 ? 'a' : 'b');

		shown = shown && page[i].digest == (len > SESSION_KEY_EXACT) &&
		    page[i].len == (page[i].digest ? 16 : len) &&
		    (page[i].digest || memcmp(page[i].key, k, len) == 0) &&
		    page[i].backend == &backend[i % 2];
		mem_free(k);
	}
	ok(shown, "as they were given, or as a digest");
	ok(memcmp(page[n - 1].key, page[n - 2].key, 16) != 0, "digests differ");
	close_table();
}

/* A digest is no key: who knows one cannot ask for it. */
static void
test_digest_is_no_key(void)
{
	struct session_view page[1];
	char *k = long_key(300, 'a');
	uint32_t cursor = 0;

	open_table("");
	tie(k, 0, -1, 0);
	session_walk(table, &cursor, page, 1, 0);
	ok(session_find(table, str_make(page[0].key, page[0].len), 0) == NULL,
	    "its bytes find nothing");
	is_int(find(k, 0), 0, "the key does");
	mem_free(k);
	close_table();
}

static void
test_oldest_goes(void)
{
	open_table("MaxSessions 3\n");
	tie("a", 0, -1, 0);
	tie("b", 1, -1, 1);
	tie("c", 2, -1, 2);
	find("a", 3);
	tie("d", 0, -1, 4);
	is_int(find("b", 5), -1, "the one that was not used goes");
	is_int(find("a", 5), 0, "not the first that came");
	is_int(find("c", 5), 2, "nor the last");
	is_int(find("d", 5), 0, "the new one is there");
	ok(logged_has("service \"web\"") && logged_has("MaxSessions 3") &&
		logged_has(": 1 dropped"),
	    "one line says it");
	logged_clear();
	for (char k = 'e'; k < 'p'; k++)
		tie((char[]){ k, '\0' }, 0, -1, 6);
	is_str(logged_text(), "", "and then none for a minute");
	session_expire(table, 1, 60004);
	ok(logged_has(": 11 dropped"), "after it, with all that went");
	logged_clear();
	tie("x", 0, -1, 130000);
	tie("y", 0, -1, 130000);
	is_str(logged_text(), "", "those whose time was over were no loss");
	close_table();
}

static void
test_expire(void)
{
	open_table("");
	for (int i = 0; i < 100; i++) {
		char text[16];

		snprintf(text, sizeof(text), "%d", i);
		tie(text, i % 3, -1, i < 60 ? 0 : 5000);
	}
	ok(!session_expire(table, 1000, TTL), "nothing is over yet");
	is_int(session_count(table, &backend[0]), 34, "all count");
	ok(session_expire(table, 50, TTL + LATE), "a part of them");
	ok(!session_expire(table, 50, TTL + LATE), "and the rest");
	is_int(session_count(table, &backend[0]) +
		session_count(table, &backend[1]) +
		session_count(table, &backend[2]),
	    40, "forty are left");
	is_str(logged_text(), "", "nothing is said about it");
	close_table();
}

/* --- Many of them -------------------------------------------------------- */

#define MANY 300000

static char *
nth(unsigned i, char *text)
{
	sprintf(text, "%032x", i * 2654435761u);
	return text;
}

static void
test_many(void)
{
	char text[40];
	unsigned good = 0;
	size_t bytes;

	open_table("");
	for (unsigned i = 0; i < MANY; i++)
		tie(nth(i, text), (int)(i % 3), -1, 0);
	for (unsigned i = 0; i < MANY; i++)
		good += find(nth(i, text), 1) == (int)(i % 3);
	is_int(good, MANY, "all are found");
	bytes = session_bytes(table);
	ok(bytes / MANY <= SESSION_BYTES, "%zu bytes for each of %u",
	    bytes / MANY, MANY);
	for (unsigned i = 0; i < MANY; i += 100)
		find(nth(i, text), 5000);
	while (session_expire(table, 1000, TTL + LATE))
		;
	good = 0;
	for (unsigned i = 0; i < MANY; i++)
		good += find(nth(i, text), TTL + LATE) == (int)(i % 3);
	is_int(good, MANY / 100, "those that were used live on");
	while (session_expire(table, 1000, 3 * TTL))
		;
	ok(session_bytes(table) < bytes / 50, "%zu bytes when all are gone",
	    session_bytes(table));
	close_table();
}

/* 128 MiB, and not one byte more. */
static void
test_bytes(void)
{
	unsigned n = 0, kept = 0;
	char text[256];

	open_table("MaxSessions 100000000\n");
	memset(text, 'x', 255);
	while (!logged_has("dropped") && n < 2000000) {
		text[255] = '\0';
		nth(n++, text);
		text[32] = 'x';
		tie(text, 0, -1, 0);
	}
	ok(n > 390000 && n < 400000, "%u keys of 255 bytes", n - 1);
	for (unsigned i = 0; i < n / 2; i++) {
		nth(n++, text);
		text[32] = 'x';
		tie(text, 0, -1, 0);
	}
	ok(session_bytes(table) <= SESSION_BYTES_MAX, "%zu bytes",
	    session_bytes(table));
	for (unsigned i = 0; i < n; i++) {
		nth(i, text);
		text[32] = 'x';
		kept += find(text, 0) == 0;
	}
	ok(kept > 390000, "%u are left, the others were dropped", kept);
	close_table();
}

/* Page by page while the table changes: who stays is shown once. */
static void
test_walk(void)
{
	struct session_view page[7];
	static unsigned char seen[3000];
	uint32_t cursor = 0;
	char text[40];
	unsigned wrong = 0, turn = 0;
	size_t n;

	open_table("");
	for (unsigned i = 0; i < 3000; i++)
		tie(nth(i, text), 0, -1, 0);
	for (unsigned i = 0; i < 3000; i += 3)
		session_remove(table, key(nth(i, text)), 0);
	while ((n = session_walk(table, &cursor, page, 7, 5)) > 0) {
		for (size_t i = 0; i < n; i++)
			for (unsigned k = 0; k < 3000; k++)
				if (memcmp(nth(k, text), page[i].key, 32) == 0)
					seen[k]++;
		wrong += page[0].idle_ms != 5 && page[0].idle_ms != 4;
		tie(nth(10000 + turn++, text), 1, -1, 1);
		session_remove(table, key(nth(turn * 3 + 1, text)), 1);
	}
	for (unsigned k = 0; k < 3000; k++)
		wrong += seen[k] > 1 || (k % 3 == 0 && seen[k] != 0) ||
		    (k % 3 == 2 && seen[k] != 1);
	is_int(wrong, 0, "what stays is shown once, what went never");
	cursor = 0;
	is_int(session_walk(table, &cursor, page, 7, TTL + LATE + 1), 0,
	    "what is over is not");
	close_table();
}

/* --- Against a naive one ------------------------------------------------- */

#define KEYS 300
#define ROOM 100
#define LATE_EXACT 250 /* how late exactly */

/* In order of use, the oldest first; its own rules in plain words. */
static struct plain {
	unsigned key;
	int backend;
	unsigned epoch;
	int64_t used;
} plain[ROOM + 1];
static unsigned plain_count;
static char *keys[KEYS];

static bool
plain_lives(const struct plain *p, int64_t now)
{
	return now - p->used <= TTL + LATE_EXACT && backend[p->backend].alive &&
	    backend[p->backend].epoch == p->epoch;
}

static void
plain_drop(unsigned at)
{
	memmove(&plain[at], &plain[at + 1],
	    (plain_count - at - 1) * sizeof(*plain));
	plain_count--;
}

static int
plain_at(unsigned k)
{
	for (unsigned i = 0; i < plain_count; i++)
		if (plain[i].key == k)
			return (int)i;
	return -1;
}

static void
plain_use(unsigned at, int64_t now)
{
	struct plain p = plain[at];

	p.used = now > p.used ? now : p.used;
	plain_drop(at);
	plain[plain_count++] = p;
}

static int
plain_find(unsigned k, int64_t now)
{
	const int at = plain_at(k);
	int b;

	if (at < 0)
		return -1;
	if (!plain_lives(&plain[at], now)) {
		plain_drop((unsigned)at);
		return -1;
	}
	b = plain[at].backend;
	plain_use((unsigned)at, now);
	return b;
}

static void
plain_sweep(unsigned max, int64_t now)
{
	for (; max > 0 && plain_count > 0 && !plain_lives(&plain[0], now);
	     max--)
		plain_drop(0);
}

static void
plain_set(unsigned k, int b, int64_t now)
{
	const int at = plain_at(k);

	if (!backend[b].alive) {
		if (at >= 0)
			plain_drop((unsigned)at);
		return;
	}
	if (at >= 0) {
		plain[at].backend = b;
		plain[at].epoch = backend[b].epoch;
		plain_use((unsigned)at, now);
		return;
	}
	plain_sweep(2, now);
	if (plain_count == ROOM)
		plain_drop(0);
	plain[plain_count++] = (struct plain){ k, b, backend[b].epoch, now };
}

static int
plain_bind(unsigned k, int b, int instead, int64_t now)
{
	const int at = plain_at(k);

	if (at >= 0 && plain_lives(&plain[at], now) &&
	    plain[at].backend != instead)
		return plain_find(k, now);
	plain_set(k, b, now);
	return b;
}

static unsigned long
plain_share(int b)
{
	unsigned long n = 0;

	for (unsigned i = 0; i < plain_count; i++)
		n += plain[i].backend == b &&
		    plain[i].epoch == backend[b].epoch;
	return n;
}

static bool
same_shares(void)
{
	for (int b = 0; b < BACKENDS; b++)
		if (session_count(table, &backend[b]) != plain_share(b))
			return false;
	return true;
}

static bool
same_turn(struct hash_random *dice, int64_t now)
{
	const unsigned k = hash_random_below(dice, KEYS);
	const int b = (int)hash_random_below(dice, BACKENDS);
	const int instead = (int)hash_random_below(dice, BACKENDS + 1) - 1;
	bool had;

	switch (hash_random_below(dice, 40)) {
	case 0:
		plain_sweep(5, now);
		session_expire(table, 5, now);
		return true;
	case 1:
		had = plain_at(k) >= 0 && plain_lives(&plain[plain_at(k)], now);
		if (plain_at(k) >= 0)
			plain_drop((unsigned)plain_at(k));
		return session_remove(table, key(keys[k]), now) == had;
	case 2:
	case 3:
		had = plain_at(k) >= 0 && plain_lives(&plain[plain_at(k)], now);
		plain_set(k, b, now);
		return session_set(table, key(keys[k]), &backend[b], now) ==
		    had;
	case 4:
		if (hash_random_below(dice, 20) == 0)
			backend_kill(&backend[b], "test");
		return true;
	case 5:
		backend_revive(&backend[b]);
		return true;
	default:
		break;
	}
	if (hash_random_below(dice, 2) == 0)
		return find(keys[k], now) == plain_find(k, now);
	return tie(keys[k], b, instead, now) == plain_bind(k, b, instead, now);
}

static void
test_naive(void)
{
	struct hash_random dice = { { 5, 6, 7, 8 } };
	bool good = true;
	int64_t now = 0;
	unsigned turn;

	open_table("MaxSessions 100\n");
	for (unsigned k = 0; k < KEYS; k++) {
		keys[k] = long_key(12 + k * k % 600, 'k');
		/* Some end alike, all begin another way. */
		snprintf(keys[k], 8, "%06u", k);
		keys[k][6] = 'k';
	}
	for (turn = 0; turn < 150000 && good; turn++) {
		now += hash_random_below(&dice, 300);
		if (hash_random_below(&dice, 500) == 0)
			now += TTL / 2;
		good = same_turn(&dice, now) && same_shares();
		if (turn % 1000 == 0)
			logged_clear();
	}
	ok(good, "the same as a naive table: %u turns", turn);
	for (unsigned k = 0; k < KEYS; k++)
		mem_free(keys[k]);
	close_table();
}

int
main(void)
{
	test_life();
	test_killed();
	test_operator();
	test_key_sizes();
	test_digest_is_no_key();
	test_oldest_goes();
	test_expire();
	test_many();
	test_bytes();
	test_walk();
	test_naive();
	return tap_done();
}
