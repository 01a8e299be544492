/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/attrs.h"
#include "base/deadline.h"
#include "base/lock.h"
#include "base/log_internal.h"
#include "base/mem.h"
#include "support/capture.h"
#include "unit/tap.h"

/* ------ escaping ------ */

static void
test_escape_byte(int c, char also)
{
	char memory[8] = "", want[8];
	char byte = (char)c;
	struct fixbuf b;
	bool plain = c >= 0x20 && c <= 0x7e && c != '"' && c != '\\' &&
	    (also == 0 || c != also);

	if (plain)
		snprintf(want, sizeof(want), "%c", c);
	else
		snprintf(want, sizeof(want), "\\x%02x", (unsigned)c);
	fixbuf_init(&b, memory, sizeof(memory) - 1);
	log_escape(&b, str_make(&byte, 1), also);
	is_mem(memory, b.len, want, strlen(want), "byte %02x, also %02x",
	    (unsigned)c, (unsigned)also);
}

static void
test_escape_text(void)
{
	char memory[64];
	struct fixbuf b;

	fixbuf_init(&b, memory, sizeof(memory));
	log_escape(&b, STR("GET /a|b\r\n\0\"x\\\xff"), '|');
	fixbuf_add_char(&b, ' ');
	log_escape(&b, STR_NONE, 0);
	log_escape(&b, STR("end"), 0);
	ok(str_eq(fixbuf_str(&b),
	       STR("GET /a\\x7cb\\x0d\\x0a\\x00\\x22x\\x5c\\xff end")),
	    "a text");
}

/* Whatever the room: the beginning of the whole, no half of an escape. */
static void
test_escape_cut(void)
{
	const struct str text = STR("ab\ncd\n\nef"),
			 whole = STR("ab\\x0acd\\x0a\\x0aef");
	const size_t ends[] = { 0, 1, 2, 2, 2, 2, 6, 7, 8, 8, 8, 8, 12, 12, 12,
		12, 16, 17, 18 };
	char memory[32];
	struct fixbuf b;

	for (size_t cap = 0; cap <= whole.len; cap++) {
		fixbuf_init(&b, memory, cap);
		log_escape(&b, text, 0);
		is_mem(memory, b.len, whole.p, ends[cap], "room for %zu", cap);
		is_int(b.overflow, cap < whole.len, "room for %zu: overflow",
		    cap);
		log_escape(&b, STR("x"), 0);
		is_int(b.len, ends[cap] + (cap > whole.len),
		    "room for %zu: nothing more", cap);
	}
}

/* ------ at most so many a second ------ */

static void
test_limit(void)
{
	struct log_limit l = { 0 };
	unsigned suppressed = 4711, passed = 0;

	ok(log_limit_at(&l, 1, &suppressed) && suppressed == 0, "the first");
	for (int i = 0; i < 100; i++)
		passed += log_limit_at(&l, 1, &suppressed);
	is_int(passed, 49, "50 in a second");
	is_int(suppressed, 0, "what is held back does not say so");
	ok(log_limit_at(&l, 2, &suppressed) && suppressed == 51,
	    "the next second tells of 51");
	ok(!log_limit_at(&l, 1, &suppressed) ||
		(log_limit_at(&l, 2, &suppressed) && suppressed == 0),
	    "a clock read before counts for the second that is");
	for (int i = 0; i < 40; i++)
		log_limit_at(&l, 2, &suppressed);
	ok(log_limit_at(&l, 9, &suppressed) && suppressed == 0,
	    "nothing was held back");
	ok(log_limit_pass(&(struct log_limit){ 0 }, &suppressed),
	    "by the clock");
}

static struct log_limit shared;
static _Atomic unsigned passes;

static void *
pass_much(UNUSED void *arg)
{
	unsigned suppressed;

	for (int i = 0; i < 1000; i++)
		if (log_limit_at(&shared, 1, &suppressed))
			passes++;
	return NULL;
}

static void
test_limit_threads(void)
{
	struct lock_thread threads[4];
	unsigned suppressed;

	log_limit_at(&shared, 1, &suppressed);
	for (int i = 0; i < 4; i++)
		is_int(lock_thread_start(&threads[i], pass_much, NULL), 0,
		    "thread %d", i);
	for (int i = 0; i < 4; i++)
		lock_thread_join(&threads[i]);
	is_int(passes, 49, "four threads share the 50");
	log_limit_at(&shared, 2, &suppressed);
	is_int(suppressed, 3951, "and each line is counted");
}

/* ------ lines, written at once ------ */

static const struct {
	enum log_sink sink;
	const char *out, *err;
} sinks[] = {
	{ LOG_SINK_STDERR, "", "e 1\nw 2\nn 3\ni 4\nd 5\n" },
	{ LOG_SINK_PLAIN, "i 4\nd 5\n", "e 1\nw 2\nn 3\n" },
	{ LOG_SINK_PREFIX, "<6>i 4\n<6>d 5\n", "<3>e 1\n<3>w 2\n<3>n 3\n" },
	{ LOG_SINK_FLUSH, "<6>i 4\n<6>d 5\n", "<3>e 1\n<3>w 2\n<3>n 3\n" },
};

static void
test_sinks(void)
{
	for (size_t i = 0; i < ARRAY_LEN(sinks); i++) {
		struct capture c;
		int rc;

		capture_begin(&c, CAPTURE_FILES);
		rc = log_open(sinks[i].sink, 0, true);
		log_line(LOG_PRIO_ERR, "e %d", 1);
		log_line(LOG_PRIO_WARNING, "w %d", 2);
		log_line(LOG_PRIO_NOTICE, "n %d", 3);
		log_str(LOG_PRIO_INFO, STR("i 4"));
		log_line(LOG_PRIO_DEBUG, "d %d", 5);
		capture_end(&c);
		is_int(rc, 0, "sink %zu opens", i);
		is_str(capture_read(&c, CAPTURE_OUT, 0), sinks[i].out,
		    "sink %zu: standard output", i);
		is_str(capture_read(&c, CAPTURE_ERR, 0), sinks[i].err,
		    "sink %zu: standard error", i);
		capture_release(&c);
	}
}

/* One of len bytes, with %s and as it is; both come out as want. */
static void
test_cut(size_t len, bool cut)
{
	char *text = mem_alloc(len + 1), want[2 * LOG_LINE_MAX + 3];
	size_t half = len < LOG_LINE_MAX ? len : LOG_LINE_MAX;
	struct capture c;

	for (size_t i = 0; i < len; i++)
		text[i] = (char)('a' + i % 26);
	memcpy(want, text, half);
	if (cut)
		memcpy(want + half - 3, "...", 3);
	want[half] = '\n';
	memcpy(want + half + 1, want, half + 1);
	capture_begin(&c, CAPTURE_FILES);
	log_open(LOG_SINK_PLAIN, 0, false);
	log_line(LOG_PRIO_INFO, "%s", text);
	log_str(LOG_PRIO_INFO, str_make(text, len));
	capture_end(&c);
	capture_read(&c, CAPTURE_OUT, 0);
	ok(c.lens[0] == 2 * half + 2 &&
		memcmp(c.texts[0], want, 2 * half + 2) == 0,
	    "%zu bytes, %s", len, cut ? "cut" : "whole");
	capture_release(&c);
	mem_free(text);
}

static void
test_one_line(void)
{
	struct capture c;
	int error;

	capture_begin(&c, CAPTURE_FILES);
	log_open(LOG_SINK_PLAIN, 0, false);
	errno = ENOENT;
	log_line(LOG_PRIO_INFO, "two\nlines\n\n");
	log_str(LOG_PRIO_INFO, STR("a\0b\r\t\033[1m\177\xc3\xa4"));
	log_str(LOG_PRIO_INFO, STR_NONE);
	log_line(LOG_PRIO_INFO, "%s", "");
	error = errno;
	capture_end(&c);
	is_str(capture_read(&c, CAPTURE_OUT, 0),
	    "two lines\na?b? ?[1m?\xc3\xa4\n\n\n", "a line is one line");
	is_int(error, ENOENT, "errno is kept");
	capture_release(&c);
}

/* ------ a reader that stalls ------ */

static void
test_stalled(void)
{
	struct capture c;
	int64_t start_ms = deadline_now_ms(), first_ms, second_ms;
	unsigned long lost = log_lost();
	const char *text;

	capture_begin(&c, CAPTURE_PIPES);
	log_open(LOG_SINK_PLAIN, 0, false);
	capture_stall(CAPTURE_ERR);
	log_line(LOG_PRIO_ERR, "one");
	first_ms = deadline_now_ms();
	log_line(LOG_PRIO_ERR, "two");
	second_ms = deadline_now_ms();
	lost = log_lost() - lost;
	capture_read(&c, CAPTURE_ERR, 0);
	log_line(LOG_PRIO_ERR, "three");
	log_line(LOG_PRIO_ERR, "four");
	text = strrchr(capture_read(&c, CAPTURE_ERR, 0), 'x');
	capture_end(&c);
	ok(first_ms - start_ms >= 900 && first_ms - start_ms < 5000,
	    "the first line waits a second");
	ok(second_ms - first_ms < 500, "the next one does not");
	is_int(lost, 2, "both are lost");
	is_str(text, "x\nthree\n2 log lines lost\nfour\n",
	    "and counted when there is room again");
	capture_release(&c);
}

static void
test_no_reader(void)
{
	struct capture c;
	unsigned long lost = log_lost();

	capture_begin(&c, CAPTURE_FILES);
	log_open(LOG_SINK_PLAIN, 0, false);
	close(STDERR_FILENO);
	errno = EDOM;
	log_line(LOG_PRIO_ERR, "nowhere");
	capture_end(&c);
	is_int(errno, EDOM, "errno is kept by what fails, too");
	is_int(log_lost() - lost, 1, "a closed descriptor loses the line");
	capture_release(&c);
}

int
main(void)
{
	for (int c = 0; c < 256; c++) {
		test_escape_byte(c, 0);
		test_escape_byte(c, '|');
	}
	test_escape_text();
	test_escape_cut();
	test_limit();
	test_sinks();
	test_cut(LOG_LINE_MAX - 1, false);
	test_cut(LOG_LINE_MAX, false);
	test_cut(LOG_LINE_MAX + 1, true);
	test_cut(100000, true);
	test_one_line();
	test_stalled();
	test_limit_threads();
	test_no_reader();
	return tap_done();
}
