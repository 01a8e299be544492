/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The set finds what a search for each literal finds. */
#include "base/literals.h"

#include "base/hash.h"
#include "unit/tap.h"

#define ROUNDS 500
#define LITERALS_MAX 20
#define TEXTS 20
#define LENGTH 6
#define ARENA_MAX ((size_t)1 << 20)

struct set {
	char text[LITERALS_MAX][LENGTH + 1];
	uint32_t number[LITERALS_MAX];
	size_t count, bytes;
};

static void
random_word(struct hash_random *r, char *to, uint32_t least)
{
	const uint32_t len = least + hash_random_below(r, LENGTH - least + 1);

	for (uint32_t i = 0; i < len; i++)
		to[i] = "abAB."[hash_random_below(r, 5)];
	to[len] = '\0';
}

static struct literals *
random_set(struct hash_random *r, struct arena *a, struct set *s)
{
	struct literals *l;

	s->bytes = 0;
	s->count = 1 + hash_random_below(r, LITERALS_MAX);
	for (size_t i = 0; i < s->count; i++) {
		random_word(r, s->text[i], 1);
		s->bytes += strlen(s->text[i]);
	}
	l = literals_new(a, s->bytes);
	for (size_t i = 0; i < s->count; i++)
		s->number[i] = literals_add(l, str_from(s->text[i]));
	literals_link(l);
	return l;
}

/* How often the literal is in the text, or at its beginning. */
static unsigned
occurs(const char *literal, struct str text, bool begins)
{
	const struct str s = str_from(literal);
	unsigned n = 0;

	for (size_t i = 0; i + s.len <= text.len && (i == 0 || !begins); i++)
		n += str_starts_nocase(str_skip(text, i), s);
	return n;
}

static bool
pass_agrees(const struct set *s, struct literals_pass p)
{
	const struct str text = p.rest;
	unsigned found[LITERALS_MAX] = { 0 };
	uint32_t n;

	while (literals_next(&p, &n))
		found[n]++;
	for (size_t i = 0; i < s->count; i++)
		if (found[s->number[i]] != occurs(s->text[i], text, p.begins))
			return false;
	return true;
}

static bool
round_agrees(struct hash_random *r)
{
	char text[4 * LENGTH + 1];
	struct arena a;
	struct set s;
	bool good = true;
	struct literals *l;

	arena_init_growing(&a, ARENA_MAX);
	l = random_set(r, &a, &s);
	for (int i = 0; i < TEXTS; i++) {
		text[0] = '\0';
		for (int word = 0; word < 4; word++)
			random_word(r, text + strlen(text), 0);
		good &= pass_agrees(&s, literals_within(l, str_from(text)));
		good &= pass_agrees(&s, literals_at_start(l, str_from(text)));
	}
	arena_release(&a);
	return good;
}

int
main(void)
{
	struct hash_random r = { { 1, 2, 3, 4 } };
	struct literals_pass p;
	struct arena a;
	struct literals *l;
	int good = 0;
	uint32_t n;

	arena_init_growing(&a, ARENA_MAX);
	l = literals_new(&a, 10);
	is_int(literals_add(l, STR("she")), 0, "the first one is 0");
	is_int(literals_add(l, STR("he")), 1, "the second one is 1");
	is_int(literals_add(l, STR("SHE")), 0, "letters have no case");
	is_int(literals_count(l), 2, "there are two");
	literals_link(l);
	p = literals_within(l, STR("uSHErs"));
	ok(literals_next(&p, &n) && n == 0, "she is in ushers");
	ok(literals_next(&p, &n) && n == 1, "and so is he");
	ok(!literals_next(&p, &n), "and no more");
	p = literals_at_start(l, STR("hers"));
	ok(literals_next(&p, &n) && n == 1, "hers begins with he");
	ok(!literals_next(&p, &n) && !literals_next(&p, &n), "and no more");
	arena_release(&a);
	l = literals_new(&a, 0);
	literals_link(l);
	p = literals_within(l, STR("text"));
	ok(!literals_next(&p, &n), "nothing is in an empty set");
	arena_release(&a);
	for (int i = 0; i < ROUNDS; i++)
		good += round_agrees(&r);
	is_int(good, ROUNDS, "random sets find what a search finds");
	return tap_done();
}
