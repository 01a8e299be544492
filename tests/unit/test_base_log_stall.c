/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sys/wait.h>

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/deadline.h"
#include "base/log.h"
#include "support/capture.h"
#include "support/dies.h"
#include "unit/tap.h"

#define WAIT_MS 10000

/* ------ a reader that stalls ------ */

struct flood {
	int sent;
	int64_t worst_us;
	unsigned long lost;
};

static void
flood(struct flood *f, int lines)
{
	for (int i = 0; i < lines; i++) {
		int64_t start_us = deadline_now_us(), took_us;

		log_line(LOG_PRIO_INFO, "a %d %0180d", f->sent++, i);
		took_us = deadline_now_us() - start_us;
		f->worst_us = took_us > f->worst_us ? took_us : f->worst_us;
	}
}

/* The lines of a flood that a text begins with, as long as their numbers
 * rise; where that ends is left in *text. */
static int
count_flood(const char **text)
{
	int count = 0, last = -1, number, digits;

	for (;; count++) {
		if (sscanf(*text, "a %d %d", &number, &digits) != 2 ||
		    number <= last || digits != number)
			return count;
		last = number;
		*text = strchr(*text, '\n') + 1;
	}
}

/* What the lines about lost ones that a text begins with say together. */
static unsigned long
count_told(const char **text)
{
	unsigned long sum = 0, lost;
	int len = 0;

	while (sscanf(*text, "%lu log line%*[s] lost%n", &lost, &len) == 1 &&
	    (*text)[len] == '\n') {
		sum += lost;
		*text += len + 1;
	}
	return sum;
}

/* A ring of 256 KiB, a pipe of 64 KiB, and more than both. */
static void
test_stalled(void)
{
	struct flood f = { 0 };
	struct capture c;
	unsigned long before = log_lost();
	const char *text;

	capture_begin(&c, CAPTURE_PIPES);
	log_open(LOG_SINK_PLAIN, 0, false);
	log_start();
	flood(&f, 5000);
	f.lost = log_lost() - before;
	capture_read(&c, CAPTURE_OUT, 500);
	capture_read(&c, CAPTURE_ERR, 500);
	log_line(LOG_PRIO_INFO, "the next");
	log_end(WAIT_MS);
	capture_end(&c);
	ok(f.lost > 1000 && f.lost < 5000, "%lu of 5000 lost", f.lost);
	ok(f.worst_us < 500000, "nobody waited: %d us", (int)f.worst_us);
	text = capture_read(&c, CAPTURE_OUT, 0);
	is_int(count_flood(&text), 5000 - (int)f.lost,
	    "the others came, in order");
	is_int(strncmp(text, "the next\n", 10), 0, "and the next after them");
	text = capture_read(&c, CAPTURE_ERR, 0);
	is_int(count_told(&text), f.lost, "the loss was logged");
	is_str(text, "", "and nothing else");
	capture_release(&c);
}

/* ------ ends ------ */

static void
start_twice(void)
{
	log_start();
	log_start();
}

/* In a child: its log thread will never come back. */
static int
end_stalled(void)
{
	struct flood f = { 0 }, deaf = { 0 };
	struct capture c;
	int64_t start_ms;

	capture_begin(&c, CAPTURE_PIPES);
	log_open(LOG_SINK_PLAIN, 0, false);
	log_start();
	flood(&f, 1000);
	poll(NULL, 0, 100);
	start_ms = deadline_now_ms();
	log_end(200);
	if (deadline_now_ms() - start_ms > 2000)
		return 2;
	capture_read(&c, CAPTURE_OUT, 0);
	if ((unsigned long)f.sent <= log_lost() || log_lost() < 500)
		return 3;
	f.lost = log_lost();
	flood(&deaf, 10);
	if (log_lost() != f.lost + 10 || deaf.worst_us > 500000)
		return 4;
	log_end(200);
	return 0;
}

/* The log thread may be about to write when the end begins, or not yet. */
static int
end_stalling(void)
{
	struct capture c;
	int64_t start_ms;

	capture_begin(&c, CAPTURE_PIPES);
	log_open(LOG_SINK_PLAIN, 0, false);
	capture_stall(CAPTURE_OUT);
	log_start();
	log_line(LOG_PRIO_ERR, "to the other");
	poll(NULL, 0, 100);
	log_line(LOG_PRIO_INFO, "to nobody");
	start_ms = deadline_now_ms();
	log_end(200);
	if (deadline_now_ms() - start_ms > 2000 || log_lost() != 1)
		return 2;
	return strcmp(capture_read(&c, CAPTURE_ERR, 0), "to the other\n") == 0
	    ? 0
	    : 3;
}

static int
status_of(int (*function)(void))
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(function());
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + status;
}

/* ------ fork ------ */

/* In a child of a process with a log thread and lines in a ring. */
static void
log_in_child(void)
{
	if (log_lost() != 0)
		log_line(LOG_PRIO_ERR, "lost in the child");
	log_line(LOG_PRIO_INFO, "child: at once");
	/* The thread sanitizer takes no threads after such a fork. */
	if (!COMPAT_SANITIZED) {
		log_start();
		log_line(LOG_PRIO_INFO, "child: by its log thread");
		log_end(WAIT_MS);
	}
	_exit(0);
}

static void
test_fork(void)
{
	struct capture c;
	const char *text;
	int status = 1, children = 0;
	pid_t pid;

	capture_begin(&c, CAPTURE_FILES);
	log_open(LOG_SINK_PLAIN, 0, false);
	log_start();
	for (int i = 0; i < 100; i++)
		log_line(LOG_PRIO_INFO, "a %d", i);
	pid = fork();
	if (pid == 0)
		log_in_child();
	if (waitpid(pid, &status, 0) == pid && status == 0)
		children++;
	for (int i = 100; i < 200; i++)
		log_line(LOG_PRIO_INFO, "a %d", i);
	log_end(WAIT_MS);
	capture_end(&c);
	is_int(children, 1, "the child ended well");
	text = capture_read(&c, CAPTURE_OUT, 0);
	if (!COMPAT_SANITIZED)
		ok(strstr(text, "child: by its log thread\n") != NULL,
		    "it had a log thread of its own");
	ok(strstr(text, "child: at once\n") != NULL, "and wrote without");
	is_int(c.lens[0], 200 * 6 - 100 - 10 + 15 + (COMPAT_SANITIZED ? 0 : 25),
	    "no line is there twice, and none is missing");
	is_str(capture_read(&c, CAPTURE_ERR, 0), "", "nor lost");
	capture_release(&c);
}

int
main(void)
{
	ok(dies(start_twice, "LOG_MODE_DIRECT"), "one start, one end");
	is_int(status_of(end_stalled), 0, "the end with a stalled reader");
	is_int(status_of(end_stalling), 0, "and with one that stalls now");
	test_fork();
	test_stalled();
	return tap_done();
}
