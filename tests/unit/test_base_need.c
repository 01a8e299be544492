/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a pattern needs is in every text that it matches. */
#include "base/need.h"

#include <stdio.h>

#include "base/hash.h"
#include "base/pattern.h"
#include "unit/tap.h"

#define PATTERNS 20000
#define TEXTS 12
#define PIECES 8

struct case_ {
	const char *pattern;
	const char *want; /* runs, commas between; NULL: not understood */
	bool anchored;
};

static const struct case_ cases[] = {
	{ "", "", false },
	{ "Host:.*www.example.com.*", "host:,www,example,com", false },
	{ "^Host: *www\\.example\\.com$", "host:,www.example.com", true },
	{ "^Host: ?(www\\.)?example\\.com", "host:,example.com", true },
	{ "Host:[ \t]*Example\\.COM", "host:,example.com", false },
	{ "Host:\\s*a-b\\.example", "host:,a-b.example", false },
	{ "Host: +x", "host: ,x", false },
	{ "(?i)host: x", "host: x", false },
	{ "^/app1/.*", "/app1/", true },
	{ "^/app?", "/ap", true },
	{ "^/ap+", "/ap", true },
	{ "^(/a|/b)/c", "/c", false },
	{ "^.?x", "x", false },
	{ "^a?b", "b", false },
	{ "ab{2}c", "a,c", false },
	{ "ab{0,3}c", "a,c", false },
	{ "ab*?c", "a,c", false },
	{ "ab++c", "ab,c", false },
	{ "a[]b]c", "a,c", false },
	{ "a[^]b]c", "a,c", false },
	{ "a[[:alpha:]]c", "a,c", false },
	{ "a[[]c", "a,c", false },
	{ "a[\\]]c", "a,c", false },
	{ "a(b\\)[)]c)?d", "a,d", false },
	{ "a(?:b|c(d))e", "a,e", false },
	{ "a\\dc", "a,c", false },
	{ "a\\.c", "a.c", false },
	{ "a\xc3\xa4", "a", false },
	{ "a|b", NULL, false },
	{ "(?x)a b", NULL, false },
	{ "a(?i)b", NULL, false },
	{ "a(?=b)", NULL, false },
	{ "a(b(?!c))", NULL, false },
	{ "(*UCP)a", NULL, false },
	{ "a\\Qb.c\\E", NULL, false },
	{ "(a)\\1", NULL, false },
	{ "a\\x41", NULL, false },
	{ "a\\c", NULL, false },
	{ "a\\", NULL, false },
	{ "a{x}", NULL, false },
	{ "a{,3}", NULL, false },
	{ "*a", NULL, false },
	{ "^*a", NULL, false },
	{ "a[b", NULL, false },
	{ "a[[:<:]]", NULL, false },
	{ "a(b", NULL, false },
	{ "a)b", NULL, false },
};

static void
test_case(const struct case_ *c)
{
	char runs[512];
	struct need n;
	int len = 0;

	tap_input(c->pattern, strlen(c->pattern));
	if (!need_of_pattern(&n, str_from(c->pattern))) {
		ok(c->want == NULL, "%s is not understood", c->pattern);
		return;
	}
	runs[0] = '\0';
	for (unsigned i = 0; i < n.count; i++)
		len += snprintf(runs + len, sizeof(runs) - (size_t)len,
		    "%s%.*s", i > 0 ? "," : "", STR_ARG(n.run[i]));
	is_str(runs, c->want, "runs of %s", c->pattern);
	is_int(n.anchored, c->anchored, "beginning of %s", c->pattern);
}

static void
test_bounds(void)
{
	char text[2 * NEED_BYTES];
	struct need n;
	size_t bytes = 0;

	memset(text, 'a', sizeof(text));
	ok(need_of_pattern(&n, str_make(text, sizeof(text))) && n.count == 1 &&
		n.run[0].len == NEED_BYTES,
	    "a long run is cut");
	for (size_t i = 1; i < sizeof(text); i += 2)
		text[i] = '.';
	ok(need_of_pattern(&n, str_make(text, sizeof(text))) &&
		n.count == NEED_RUNS,
	    "some of many runs are left out");
	for (unsigned i = 0; i < n.count; i++)
		bytes += n.run[i].len;
	is_int(bytes, NEED_RUNS, "each is one byte");
}

static void
add(char *text, struct hash_random *r, const char *const *words, size_t count)
{
	strcat(text, words[hash_random_below(r, (uint32_t)count)]);
}

static void
random_pattern(char *text, struct hash_random *r)
{
	static const char *const words[] = { "a", "b", "A", "c", "ab", "^", "$",
		".", "*", "+", "?", "{2}", "{0,1}", "{1,}", "(", ")",
		"(?:", "|", "[ab]", "[^a]", "[]a]", "[[:alpha:]]", "\\.", "\\d",
		"\\b", "(a|b)", "(ab)?", "(?i)", "\\Q", "\\E", "{", "}", "]",
		"[", "a*", "b?", ".*", "\\", "(?=a)", "(?#c)", "\\1", "\\x61",
		"\\N", "\\K", "-" };

	text[0] = '\0';
	for (unsigned i = 1 + hash_random_below(r, PIECES); i > 0; i--)
		add(text, r, words, sizeof(words) / sizeof(words[0]));
}

static void
random_text(char *text, struct hash_random *r)
{
	static const char *const words[] = { "a", "b", "A", "B", "c", ".", "1",
		" ", "{", "}", "]", "[", "ab", "(", "{2}", "-" };

	text[0] = '\0';
	for (unsigned i = hash_random_below(r, PIECES + 2); i > 0; i--)
		add(text, r, words, sizeof(words) / sizeof(words[0]));
}

static struct str
lower(char *text)
{
	for (char *p = text; *p != '\0'; p++)
		*p = (char)str_lower((unsigned char)*p);
	return str_from(text);
}

/* A text that matches has all runs, the first at its beginning. */
static bool
holds(const struct need *n, char *text)
{
	const struct str s = lower(text);

	for (unsigned i = 0; i < n->count; i++)
		if (!str_contains(s, n->run[i]))
			return false;
	return !n->anchored || str_starts(s, n->run[0]);
}

static unsigned
try_pattern(const char *pattern, const struct need *n, struct hash_random *r)
{
	const int flags = hash_random_below(r, 2) == 0 ? 0 : PATTERN_NOCASE;
	unsigned matched = 0;
	char why[80], text[PIECES * 16];
	size_t offset;
	struct pattern *p = pattern_new(str_from(pattern), flags, why,
	    sizeof(why), &offset);

	for (int i = 0; p != NULL && i < TEXTS; i++) {
		random_text(text, r);
		if (pattern_match(p, str_from(text), NULL) != PATTERN_MATCH)
			continue;
		matched++;
		if (!holds(n, text))
			ok(false, "%s matches %s", pattern, text);
	}
	pattern_free(p);
	return matched;
}

static void
test_random(void)
{
	char pattern[PIECES * 16];
	unsigned understood = 0, matched = 0;
	struct hash_random r = { { 1, 2, 3, 4 } };

	for (int i = 0; i < PATTERNS; i++) {
		struct need n;

		random_pattern(pattern, &r);
		if (!need_of_pattern(&n, str_from(pattern)) || n.count == 0)
			continue;
		understood++;
		matched += try_pattern(pattern, &n, &r);
	}
	ok(understood > PATTERNS / 10, "%u of %d patterns are understood",
	    understood, PATTERNS);
	ok(matched > PATTERNS / 50, "%u texts that match have what is needed",
	    matched);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		test_case(&cases[i]);
	tap_input(NULL, 0);
	test_bounds();
	test_random();
	pattern_thread_release();
	return tap_done();
}
