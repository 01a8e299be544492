/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <limits.h>
#include <sys/resource.h>

#include <malloc.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/attrs.h"
#include "base/compat.h"
#include "base/deadline.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"
#include "support/capture.h"
#include "unit/tap.h"

#define THREADS 4
#define WAIT_MS 10000

/* The lines a text begins with "A i" for i = from, from + 1, ...; where
 * that ends is left in *text. */
static int
count_rising(const char **text, char letter, int from)
{
	char want[32];
	int i = from;

	for (;; i++) {
		int len = snprintf(want, sizeof(want), "%c %d", letter, i);

		if (strncmp(*text, want, (size_t)len) != 0 ||
		    ((*text)[len] != ' ' && (*text)[len] != '\n'))
			return i - from;
		*text = strchr(*text, '\n') + 1;
	}
}

/* ------ order ------ */

/* 3000 lines of 32 bytes fit into a ring whatever the log thread does. */
static void
test_one_thread(enum log_sink sink, const char *name)
{
	struct capture c;
	const char *text;
	unsigned long lost;

	capture_begin(&c, CAPTURE_FILES);
	log_open(sink, 0, false);
	log_line(LOG_PRIO_ERR, "a %d", 0);
	log_start();
	for (int i = 1; i < 3000; i++)
		log_line(LOG_PRIO_ERR, "a %d", i);
	log_end(WAIT_MS);
	log_line(LOG_PRIO_ERR, "a %d", 3000);
	lost = log_lost();
	capture_end(&c);
	text = capture_read(&c, CAPTURE_ERR, 0);
	is_int(count_rising(&text, 'a', 0), 3001, "%s: all, in order", name);
	is_str(text, "", "%s: and nothing else", name);
	is_int(lost, 0, "%s: none lost", name);
	capture_release(&c);
}

/* What goes to the other descriptor comes neither sooner nor later. */
static void
test_both_sides(void)
{
	struct capture c;
	const char *text;

	capture_begin(&c, CAPTURE_FILES);
	dup2(STDOUT_FILENO, STDERR_FILENO);
	log_open(LOG_SINK_PLAIN, 0, false);
	log_start();
	for (int i = 0; i < 1000; i++)
		log_line(i % 3 == 0 ? LOG_PRIO_ERR : LOG_PRIO_INFO, "a %d", i);
	log_end(WAIT_MS);
	capture_end(&c);
	text = capture_read(&c, CAPTURE_OUT, 0);
	is_int(count_rising(&text, 'a', 0), 1000,
	    "lines for both, in one file, are in order");
	capture_release(&c);
}

/* And not to the wrong one. */
static void
test_two_files(void)
{
	struct capture c;
	const char *out, *err;

	capture_begin(&c, CAPTURE_FILES);
	log_open(LOG_SINK_PREFIX, 0, false);
	log_start();
	log_line(LOG_PRIO_INFO, "1");
	log_line(LOG_PRIO_DEBUG, "2");
	log_line(LOG_PRIO_ERR, "3");
	log_line(LOG_PRIO_INFO, "4");
	log_line(LOG_PRIO_NOTICE, "5");
	log_line(LOG_PRIO_WARNING, "6");
	log_end(WAIT_MS);
	capture_end(&c);
	out = capture_read(&c, CAPTURE_OUT, 0);
	err = capture_read(&c, CAPTURE_ERR, 0);
	is_str(out, "<6>1\n<6>2\n<6>4\n", "standard output");
	is_str(err, "<3>3\n<3>5\n<3>6\n", "standard error");
	capture_release(&c);
}

static void *
log_own(void *arg)
{
	for (int i = 0; i < 1000; i++)
		log_line(LOG_PRIO_INFO, "%c %d", *(char *)arg, i);
	log_thread_release();
	return NULL;
}

static void
test_threads(void)
{
	struct lock_thread threads[THREADS];
	char letters[THREADS] = { 'a', 'b', 'c', 'd' };
	int next[THREADS] = { 0 }, started = 0;
	struct capture c;
	const char *text;

	capture_begin(&c, CAPTURE_FILES);
	log_open(LOG_SINK_PLAIN, 0, false);
	log_start();
	for (int i = 0; i < THREADS; i++)
		started += lock_thread_start(&threads[i], log_own,
			       &letters[i]) == 0;
	for (int i = 0; i < THREADS; i++)
		lock_thread_join(&threads[i]);
	log_end(WAIT_MS);
	capture_end(&c);
	is_int(started, THREADS, "threads start");
	text = capture_read(&c, CAPTURE_OUT, 0);
	while (*text >= 'a' && *text < 'a' + THREADS) {
		int which = *text - 'a';
		int n = count_rising(&text, *text, next[which]);

		next[which] += n;
		if (n == 0)
			break;
	}
	for (int i = 0; i < THREADS; i++)
		is_int(next[i], 1000, "thread %d: all, in its order", i);
	is_str(text, "", "and nothing else");
	capture_release(&c);
}

static _Atomic int turn;

/* Each line is caused by one of the other thread. */
static void *
log_in_turn(void *arg)
{
	int mine = *(char *)arg - 'a';

	for (int i = mine; i < 2000; i += 2) {
		while (turn != i)
			sched_yield();
		log_line(LOG_PRIO_INFO, "a %d", i);
		turn = i + 1;
	}
	return NULL;
}

static void
test_causes(void)
{
	struct lock_thread threads[2];
	char letters[2] = { 'a', 'b' };
	struct capture c;
	const char *text;
	int started = 0;

	capture_begin(&c, CAPTURE_FILES);
	log_open(LOG_SINK_PLAIN, 0, false);
	log_start();
	for (int i = 0; i < 2; i++)
		started += lock_thread_start(&threads[i], log_in_turn,
			       &letters[i]) == 0;
	for (int i = 0; i < 2; i++)
		lock_thread_join(&threads[i]);
	log_end(WAIT_MS);
	capture_end(&c);
	is_int(started, 2, "two threads");
	text = capture_read(&c, CAPTURE_OUT, 0);
	is_int(count_rising(&text, 'a', 0), 2000,
	    "what happened later is written later");
	capture_release(&c);
}

/* ------ content ------ */

/* Lines of every length, so that they stand everywhere on the ring's end. */
static void
test_lengths(void)
{
	char *line = mem_alloc(LOG_LINE_MAX + 1);
	struct capture c;
	size_t at = 0, sum = 0, wrong = 0;
	unsigned long lost = log_lost();

	capture_begin(&c, CAPTURE_FILES);
	log_open(LOG_SINK_PLAIN, 0, false);
	log_start();
	for (size_t len = 1; len <= LOG_LINE_MAX; len += 7) {
		memset(line, 'a' + (int)(len % 26), len);
		log_str(LOG_PRIO_INFO, str_make(line, len));
		sum += len + 1;
		/* Not faster than it is written. */
		while (sum - c.lens[0] > 100000) {
			struct timespec nap = { 0, 1000000 };

			nanosleep(&nap, NULL);
			capture_read(&c, CAPTURE_OUT, 0);
		}
	}
	log_end(WAIT_MS);
	lost = log_lost() - lost;
	capture_end(&c);
	capture_read(&c, CAPTURE_OUT, 0);
	is_int(lost, 0, "all lengths: none lost");
	is_int(c.lens[0], sum, "all bytes");
	for (size_t len = 1; len <= LOG_LINE_MAX && at < c.lens[0]; len += 7) {
		memset(line, 'a' + (int)(len % 26), len);
		line[len] = '\n';
		wrong += at + len + 1 > c.lens[0] ||
		    memcmp(c.texts[0] + at, line, len + 1) != 0;
		at += len + 1;
	}
	is_int(wrong, 0, "the bytes that were logged");
	capture_release(&c);
	mem_free(line);
}

/* ------ time ------ */

static int64_t
cpu_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (int64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 +
	    u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

static void
test_prompt(void)
{
	const struct timespec nap = { 0, 400000000 };
	struct capture c;
	int64_t worst_us = 0, idle_us;
	int slow = 0;

	capture_begin(&c, CAPTURE_PIPES);
	log_open(LOG_SINK_PREFIX, 0, false);
	log_start();
	for (int i = 0; i < 20; i++) {
		struct timespec pause = { 0, 3000000 * (i % 7) };
		struct pollfd p = { .fd = c.fds[CAPTURE_OUT],
			.events = POLLIN };
		int64_t start_us = deadline_now_us(), took_us;

		log_line(LOG_PRIO_INFO, "line");
		poll(&p, 1, WAIT_MS);
		took_us = deadline_now_us() - start_us;
		worst_us = took_us > worst_us ? took_us : worst_us;
		slow += took_us > 100000;
		capture_read(&c, CAPTURE_OUT, 0);
		nanosleep(&pause, NULL);
	}
	nanosleep(&nap, NULL);
	idle_us = cpu_us();
	nanosleep(&nap, NULL);
	idle_us = cpu_us() - idle_us;
	log_end(WAIT_MS);
	capture_end(&c);
	/* On a busy machine one or another may have to wait its turn. */
	ok(slow <= 2, "a line is there within 100 ms (at most %d us)",
	    (int)worst_us);
	ok(idle_us < 10000, "idle for 400 ms: %d us of CPU", (int)idle_us);
	capture_release(&c);
}

/* For people: nothing depends on it. */
static void
show_speed(void)
{
	const char *agent = "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko";
	enum { ROUNDS = 50, LINES = 1000 };
	int64_t line_ns = 0, str_ns = 0;
	unsigned long lost = log_lost();
	struct capture c;
	char text[200];

	memset(text, 'a', sizeof(text));
	capture_begin(&c, CAPTURE_FILES);
	log_open(LOG_SINK_PLAIN, 0, false);
	log_start();
	for (int round = 0; round < ROUNDS; round++) {
		const struct timespec nap = { 0, 20000000 };
		int64_t start_ns = deadline_now_ns();

		for (int i = 0; i < LINES / 2; i++)
			log_line(LOG_PRIO_INFO,
			    "%s - - [%d] \"GET /%d HTTP/1.1\" 200 %d \"%s\"",
			    "192.0.2.1", i, i, i, agent);
		line_ns += deadline_now_ns() - start_ns;
		start_ns = deadline_now_ns();
		for (int i = 0; i < LINES / 2; i++)
			log_str(LOG_PRIO_INFO, str_make(text, sizeof(text)));
		str_ns += deadline_now_ns() - start_ns;
		nanosleep(&nap, NULL);
	}
	log_end(WAIT_MS);
	capture_end(&c);
	printf("#  log_line %d ns, log_str of 200 bytes %d ns, %lu lost\n",
	    (int)(line_ns / ROUNDS / (LINES / 2)),
	    (int)(str_ns / ROUNDS / (LINES / 2)), log_lost() - lost);
	capture_release(&c);
}

/* ------ threads that end ------ */

/* Three quarters of a ring. */
static void *
log_once(void *arg)
{
	char text[LOG_LINE_MAX];

	memset(text, 'x', sizeof(text));
	log_line(LOG_PRIO_INFO, "a %d", *(int *)arg);
	for (int i = 0; i < 12; i++)
		log_str(LOG_PRIO_ERR, str_make(text, sizeof(text)));
	log_thread_release();
	log_thread_release();
	return NULL;
}

static long
resident_kib(void)
{
	long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f == NULL || fscanf(f, "%*d %ld", &pages) != 1)
		pages = 0;
	if (f != NULL)
		fclose(f);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void
test_release(void)
{
	struct capture c;
	const char *text;
	int numbers[100];
	long more_kib;

	capture_begin(&c, CAPTURE_FILES);
	log_open(LOG_SINK_PLAIN, 0, false);
	log_start();
	more_kib = resident_kib();
	for (int i = 0; i < 100; i++) {
		struct lock_thread thread;

		numbers[i] = i;
		if (lock_thread_start(&thread, log_once, &numbers[i]) == 0)
			lock_thread_join(&thread);
	}
	log_end(WAIT_MS);
	more_kib = resident_kib() - more_kib;
	capture_end(&c);
	text = capture_read(&c, CAPTURE_OUT, 0);
	is_int(count_rising(&text, 'a', 0), 100,
	    "a hundred threads came and went");
	/* Their rings had some 20 MB; a sanitizer keeps what was freed. */
	if (!COMPAT_SANITIZED)
		ok(more_kib < 8000, "rings were given back: %ld KiB more",
		    more_kib);
	capture_release(&c);
}

/* Half a megabyte, each line read before the next is logged. Returns how many
 * KiB that has cost, and how many lines came. */
static long
log_one_by_one(int *lines)
{
	static char text[8000], got[sizeof(text) + 1];
	struct capture c;
	long more_kib = 0;

	memset(text, 'x', sizeof(text));
	memset(got, 'x', sizeof(got));
	*lines = 0;
	capture_begin(&c, CAPTURE_PIPES);
	log_open(LOG_SINK_PLAIN, 0, false);
	log_start();
	for (int i = 0; i < 64; i++) {
		struct pollfd p = { .fd = c.fds[CAPTURE_OUT],
			.events = POLLIN };
		ssize_t n;

		log_str(LOG_PRIO_INFO, str_make(text, sizeof(text)));
		n = poll(&p, 1, WAIT_MS) == 1 ? read(p.fd, got, sizeof(got))
					      : 0;
		*lines += n == (ssize_t)sizeof(got) &&
		    memcmp(got, text, sizeof(text)) == 0;
		if (i == 3)
			more_kib = resident_kib();
	}
	more_kib = resident_kib() - more_kib;
	log_end(WAIT_MS);
	capture_end(&c);
	capture_release(&c);
	return more_kib;
}

/* A quiet log stays at the front of its ring. On a busy machine the next line
 * may come before the writer has noted that the last one is out. */
static void
test_quiet(void)
{
	long more_kib = LONG_MAX;
	int lines = 64;

	for (int i = 0; i < 5 && lines == 64 && more_kib >= 128; i++)
		more_kib = log_one_by_one(&lines);
	is_int(lines, 64, "each line is there before the next is logged");
	if (!COMPAT_SANITIZED)
		ok(more_kib < 128, "for little memory: %ld KiB more", more_kib);
}

/* Where malloc can be told: each ring is a mapping of its own, and given
 * back to the system when it is freed. */
static void
map_large_blocks(void)
{
#ifdef __GLIBC__
	mallopt(M_MMAP_THRESHOLD, 128 * 1024);
#endif
}

int
main(void)
{
	map_large_blocks();
	test_quiet(); /* first: with a fresh ring */
	test_one_thread(LOG_SINK_STDERR, "stderr");
	test_one_thread(LOG_SINK_PLAIN, "plain");
	test_both_sides();
	test_two_files();
	test_threads();
	test_causes();
	test_lengths();
	test_prompt();
	test_release();
	show_speed();
	return tap_done();
}
