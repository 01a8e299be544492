/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cookie and Set-Cookie, RFC 6265. */
#include "http/cookie.h"

#include <stdio.h>
#include <string.h>

#include "base/attrs.h"
#include "support/guard.h"
#include "unit/tap.h"

/* in, and its pairs as "name>value" with bars between. */
static const struct {
	const char *in, *want;
} pairs[] = {
	{ "", "" },
	{ "a=b", "a>b" },
	{ "a=b; c=d", "a>b|c>d" },
	{ "a=b;c=d", "a>b|c>d" },
	{ "a=b;; ;c=d;", "a>b|c>d" },
	{ "  a = b ;\tc\t=\td\t", "a>b|c>d" },
	{ "a=", "a>" },
	{ "a= ", "a>" },
	{ "a", "" },
	{ "a; b=c", "b>c" },
	{ "=x; b=c", "b>c" },
	{ " =x", "" },
	{ "=", "" },
	{ ";", "" },
	{ ",;=;;", "" },
	{ ";a=b", "a>b" },
	{ "a=b=c==", "a>b=c==" },
	{ "a=\"b\"; c=\"d;e\"", "a>\"b\"|c>\"d" },
	{ "a=b, c=d", "a>b, c=d" },
	{ "a=b c", "a>b c" },
	{ "$Version=1; a=b; $Path=/", "$Version>1|a>b|$Path>/" },
	{ "a=1; a=2; A=3", "a>1|a>2|A>3" },
	{ "a=\xe9\xff; \x80=b", "a>\xe9\xff|\x80>b" },
};

static const struct {
	const char *in, *want;
} answers[] = {
	{ "", "" },
	{ "a=b", "a>b" },
	{ "a=b; Path=/; HttpOnly", "a>b" },
	{ "a=b;Path=/", "a>b" },
	{ " a = b ; Path=/", "a>b" },
	{ "a=; Max-Age=0", "a>" },
	{ "a; sid=b", "" },
	{ "=b; sid=c", "" },
	{ "a=\"b c\"; Path=/", "a>\"b c\"" },
	{ "a=b=c, d=e", "a>b=c, d=e" },
	{ ";a=b", "" },
};

static void
add(char *text, size_t size, const struct cookie *c)
{
	const size_t len = strlen(text);

	snprintf(text + len, size - len, "%s%.*s>%.*s", len > 0 ? "|" : "",
	    STR_ARG(c->name), STR_ARG(c->value));
}

int
main(void)
{
	struct guard g;
	struct cookie c;

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		char got[256] = "";
		struct str rest;

		guard_copy(&g, pairs[i].in, strlen(pairs[i].in));
		rest = str_make(g.bytes, g.len);
		while (cookie_next(&rest, &c))
			add(got, sizeof(got), &c);
		is_str(got, pairs[i].want, "Cookie: %s", pairs[i].in);
		guard_release(&g);
	}
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		char got[256] = "";

		guard_copy(&g, answers[i].in, strlen(answers[i].in));
		if (cookie_of_answer(str_make(g.bytes, g.len), &c))
			add(got, sizeof(got), &c);
		is_str(got, answers[i].want, "Set-Cookie: %s", answers[i].in);
		guard_release(&g);
	}
	return tap_done();
}
