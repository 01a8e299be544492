/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sys/prctl.h>
#include <sys/wait.h>

#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/attrs.h"
#include "base/compat.h"
#include "base/lock.h"
#include "base/mem.h"
#include "base/pattern.h"
#include "support/capture.h"
#include "unit/tap.h"

/* Of Linux 6.3; older headers do not have them. */
#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

#define NONE ((struct str){ NULL, 0 })

static const struct {
	struct str text;
	int flags;
	struct str subject;
	enum pattern_result result;
	struct str group;
} cases[] = {
	{ STR("b"), 0, STR("abc"), PATTERN_MATCH, NONE },
	{ STR("x"), 0, STR("abc"), PATTERN_NO_MATCH, NONE },
	{ STR(""), 0, STR("abc"), PATTERN_MATCH, NONE },
	{ STR(""), 0, NONE, PATTERN_MATCH, NONE },
	{ NONE, 0, NONE, PATTERN_MATCH, NONE },
	{ STR("^$"), 0, NONE, PATTERN_MATCH, NONE },
	{ STR("a"), 0, NONE, PATTERN_NO_MATCH, NONE },
	{ STR("B"), 0, STR("abc"), PATTERN_NO_MATCH, NONE },
	{ STR("B"), PATTERN_NOCASE, STR("abc"), PATTERN_MATCH, NONE },
	/* ^ and $ are the ends of the text, whatever is in it */
	{ STR("^/public/"), 0, STR("/secret\n/public/"), PATTERN_NO_MATCH,
	    NONE },
	{ STR("secret$"), 0, STR("/secret\n/public/"), PATTERN_NO_MATCH, NONE },
	{ STR("secret$"), 0, STR("/secret\n"), PATTERN_NO_MATCH, NONE },
	{ STR("^/search.*$"), 0, STR("/search?a\r\nb"), PATTERN_MATCH, NONE },
	{ STR("a.b"), 0, STR("a\nb"), PATTERN_MATCH, NONE },
	{ STR("(?m)^b"), 0, STR("a\nb"), PATTERN_MATCH, NONE },
	/* bytes, not characters */
	{ STR("^.$"), 0, STR("\xc3\xa4"), PATTERN_NO_MATCH, NONE },
	{ STR("^..$"), 0, STR("\xc3\xa4"), PATTERN_MATCH, NONE },
	{ STR("^\\xff$"), 0, STR("\xff"), PATTERN_MATCH, NONE },
	{ STR("\xff"), 0, STR("\xff\xfe"), PATTERN_MATCH, NONE },
	{ STR("^a\\Cb$"), 0, STR("a\xffz"), PATTERN_NO_MATCH, NONE },
	{ STR("^a.b$"), 0, STR("a\0b"), PATTERN_MATCH, NONE },
	{ STR("a\0b"), 0, STR("xa\0b"), PATTERN_MATCH, NONE },
	{ STR("a\0c"), 0, STR("xa\0b"), PATTERN_NO_MATCH, NONE },
	/* the whole of it */
	{ STR("b"), PATTERN_WHOLE, STR("abc"), PATTERN_NO_MATCH, NONE },
	{ STR("b"), PATTERN_WHOLE, STR("b\n"), PATTERN_NO_MATCH, NONE },
	{ STR("a|ab"), PATTERN_WHOLE, STR("ab"), PATTERN_MATCH, NONE },
	{ STR("ASP[A-Z]+"), PATTERN_WHOLE | PATTERN_NOCASE, STR("aspXy"),
	    PATTERN_MATCH, NONE },
	{ STR("ASP[A-Z]+"), PATTERN_WHOLE, STR("xASPXY"), PATTERN_NO_MATCH,
	    NONE },
	{ STR(""), PATTERN_WHOLE, NONE, PATTERN_MATCH, NONE },
	/* capture 1 */
	{ STR("a(b*)c"), 0, STR("xabbc"), PATTERN_MATCH, STR("bb") },
	{ STR("a(b*)c"), 0, STR("xac"), PATTERN_MATCH, STR("") },
	{ STR("(a)|(b)"), 0, STR("b"), PATTERN_MATCH, NONE },
	{ STR("(a)|(b)"), 0, STR("a"), PATTERN_MATCH, STR("a") },
	{ STR("(a)(b)(c)(d)(e)"), 0, STR("abcde"), PATTERN_MATCH, STR("a") },
	{ STR("(?:a)b"), 0, STR("ab"), PATTERN_MATCH, NONE },
	{ STR("()"), 0, NONE, PATTERN_MATCH, STR("") },
	{ STR("(x)"), 0, STR("a"), PATTERN_NO_MATCH, NONE },
};

static void
test_match(size_t i)
{
	char why[100] = "";
	size_t offset = 0;
	struct str group = STR("untouched");
	struct pattern *p = pattern_new(cases[i].text, cases[i].flags, why,
	    sizeof(why), &offset);

	tap_input(cases[i].text.p, cases[i].text.len);
	if (!ok(p != NULL, "%zu compiles %s", i, why))
		return;
	is_int(pattern_match(p, cases[i].subject, &group), cases[i].result,
	    "%zu: result", i);
	ok(str_eq(group, cases[i].group) &&
		(group.p == NULL) == (cases[i].group.p == NULL),
	    "%zu: capture 1", i);
	is_int(pattern_match(p, cases[i].subject, NULL), cases[i].result,
	    "%zu: without it", i);
	pattern_free(p);
	tap_input(NULL, 0);
}

static const struct {
	struct str text;
	size_t offset;
	const char *why;
} bad[] = {
	{ STR("a("), 2, "parenthesis" },
	{ STR("[z-a]"), 3, "order" },
	{ STR("*a"), 0, "quantifier" },
	{ STR("a)"), 1, "parenthesis" },
	{ STR("a\\"), 2, "\\" },
	{ STR("(*UTF)a"), 0, "UTF" },
	{ STR("(*UTF8)a"), 0, "" },
};

static void
test_bad(void)
{
	char why[100], little[8];
	size_t offset;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		why[0] = '\0';
		offset = 4711;
		ok(pattern_new(bad[i].text, 0, why, sizeof(why), &offset) ==
			NULL,
		    "bad %zu is refused: %s", i, why);
		ok(why[0] != '\0' && strstr(why, bad[i].why) != NULL,
		    "bad %zu: the reason", i);
		if (bad[i].text.p[0] != '(')
			is_int(offset, bad[i].offset, "bad %zu: the place", i);
	}
	memset(little, 'x', sizeof(little));
	ok(pattern_new(STR("a("), 0, little, sizeof(little), &offset) == NULL,
	    "a reason in 8 bytes");
	is_int(strnlen(little, sizeof(little)), 7, "is cut");
	pattern_free(NULL);
}

static double
cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* 30 KB that a backtracking matcher would try for ever. */
static void
test_limit(const char *text)
{
	const size_t size = 30000;
	char *subject = mem_alloc(size), why[100];
	size_t offset;
	double before, used;
	struct str group = STR("untouched");
	struct pattern *p = pattern_new(str_from(text), 0, why, sizeof(why),
	    &offset);

	memset(subject, 'a', size - 1);
	subject[size - 1] = '!';
	before = cpu_seconds();
	is_int(pattern_match(p, str_make(subject, size), &group), PATTERN_ERROR,
	    "%s ends in an error", text);
	used = cpu_seconds() - before;
	ok(used < (COMPAT_SANITIZED ? 1 : 0.1), "%s: in %.1f ms", text,
	    used * 1000);
	ok(group.p == NULL, "%s: without a capture", text);
	ok(strstr(pattern_error(), "limit") != NULL, "%s: %s", text,
	    pattern_error());
	is_int(pattern_match(p, STR("aaa"), NULL), PATTERN_MATCH,
	    "%s: and the next match is as good as ever", text);
	pattern_free(p);
	mem_free(subject);
}

/* Much stack, few steps: 1 MiB is not enough for this one. */
static void
test_stack(void)
{
	const size_t size = 1000000;
	char *subject = mem_alloc(size), why[100];
	size_t offset;
	struct pattern *p = pattern_new(STR("^(?:(a)|b)*$"), 0, why,
	    sizeof(why), &offset);

	memset(subject, 'a', size);
	is_int(pattern_match(p, str_make(subject, size), NULL), PATTERN_ERROR,
	    "too much stack is an error");
	ok(pattern_error()[0] != '\0', "%s", pattern_error());
	is_int(pattern_match(p, str_make(subject, 5000), NULL), PATTERN_MATCH,
	    "5000 of them are none");
	pattern_free(p);
	mem_free(subject);
}

/*
 * A system that forbids memory both written and executed, as hardened ones
 * do. In a child, and before there is any such memory.
 */
static int
match_without_jit(void)
{
	char why[100];
	size_t offset;

	if ((prctl)(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) != 0)
		return 77;
	for (int i = 0; i < 2; i++) {
		struct pattern *p = pattern_new(STR("b+"), 0, why, sizeof(why),
		    &offset);

		if (p == NULL ||
		    pattern_match(p, STR("abbc"), NULL) != PATTERN_MATCH)
			return 1;
		pattern_free(p);
	}
	return 0;
}

static void
test_without_jit(void)
{
	const char *notice = "patterns are interpreted", *text;
	struct capture c;
	int status = 1;
	pid_t pid;

	capture_begin(&c, CAPTURE_FILES);
	pid = fork();
	if (pid == 0)
		_exit(match_without_jit());
	waitpid(pid, &status, 0);
	capture_end(&c);
	text = capture_read(&c, CAPTURE_ERR, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		ok(true, "# SKIP this kernel cannot forbid it");
	} else {
		is_int(status, 0, "without JIT memory patterns match");
		ok(strncmp(text, notice, strlen(notice)) == 0 &&
			strchr(text, '\n') == strrchr(text, '\n'),
		    "one notice says so");
	}
	capture_release(&c);
}

static struct pattern *shared;
static _Atomic int matches;

static void *
match_much(UNUSED void *arg)
{
	struct str group;

	if (strcmp(pattern_error(), "no error") != 0)
		return NULL;
	for (int i = 0; i < 1000; i++)
		if (pattern_match(shared, STR("key=value;"), &group) ==
			PATTERN_MATCH &&
		    str_eq(group, STR("value")))
			matches++;
	pattern_thread_release();
	pattern_thread_release();
	return NULL;
}

static void
test_threads(void)
{
	struct lock_thread threads[4];
	char why[100];
	size_t offset;

	shared = pattern_new(STR("KEY=([^;]*)"), PATTERN_NOCASE, why,
	    sizeof(why), &offset);
	for (int i = 0; i < 4; i++)
		is_int(lock_thread_start(&threads[i], match_much, NULL), 0,
		    "thread %d", i);
	for (int i = 0; i < 4; i++)
		lock_thread_join(&threads[i]);
	is_int(matches, 4000, "four threads share a pattern");
	pattern_free(shared);
}

int
main(void)
{
	test_without_jit();
	is_str(pattern_error(), "no error", "nothing has failed yet");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		test_match(i);
	test_bad();
	test_limit("(a+)+$");
	test_limit("^(a|aa)+$");
	test_limit("(*NO_JIT)(a+)+$");
	test_stack();
	test_threads();
	pattern_thread_release();
	return tap_done();
}
