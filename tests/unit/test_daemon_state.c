/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pipe between two workers: nobody waits long for the other one, and
 * what is left out is said. */
#include "daemon/state.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sys/wait.h>

#include "base/deadline.h"
#include "support/capture.h"
#include "support/conf_from.h"
#include "unit/tap.h"

#define SESSIONS 5000 /* more than a pipe holds */

static const char text[] = "ListenHTTP\nAddress 127.0.0.1\nPort 80\n"
			   "Service\nBackEnd\nAddress 127.0.0.1\nPort 1\nEnd\n"
			   "Session\nType IP\nTTL 300\nEnd\nEnd\nEnd\n";

static struct conf *conf;

/* What is said meanwhile goes here. */
static struct capture capture;

static bool
said(const char *words)
{
	bool is;

	capture_end(&capture);
	is = strstr(capture_read(&capture, CAPTURE_ERR, 0), words) != NULL;
	capture_release(&capture);
	return is;
}

static struct live *
filled(void)
{
	struct live *live = live_new(conf);
	char key[32];

	for (int i = 0; i < SESSIONS; i++)
		(void)session_set(live->service[0].sessions,
		    str_make(key, (size_t)snprintf(key, sizeof(key), "%d", i)),
		    &live->backend[0], deadline_now_ms());
	return live;
}

static void
make_pipe(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		_exit(1);
}

static void
test_whole(void)
{
	struct live *before = filled(), *after = live_new(conf);
	int ends[2], status = -1;
	pid_t pid;

	make_pipe(ends);
	pid = fork();
	if (pid == 0) {
		state_write(before, ends[1]);
		_exit(0);
	}
	close(ends[1]);
	state_read(after, ends[0]);
	waitpid(pid, &status, 0);
	is_int(status, 0, "written");
	is_int((long)session_count(after->service[0].sessions,
		   &after->backend[0]),
	    SESSIONS, "and read");
	live_free(before);
	live_free(after);
}

static void
test_nobody_reads(void)
{
	struct live *before = filled();
	const int64_t begin = deadline_now_ms();
	int64_t took;
	int ends[2];

	make_pipe(ends);
	capture_begin(&capture, CAPTURE_FILES);
	state_write(before, ends[1]);
	took = deadline_now_ms() - begin;
	ok(said("forgotten there"), "the rest is left out");
	ok(took >= STATE_MS - 50 && took < 2 * STATE_MS + 3000,
	    "after a second (%lld ms)", (long long)took);
	close(ends[0]);
	make_pipe(ends);
	close(ends[0]);
	capture_begin(&capture, CAPTURE_FILES);
	state_write(before, ends[1]);
	ok(said("forgotten there"), "nobody is there");
	live_free(before);
}

static void
test_nobody_writes(void)
{
	struct live *after = live_new(conf);
	const int64_t begin = deadline_now_ms();
	int64_t took;
	int ends[2];

	make_pipe(ends);
	capture_begin(&capture, CAPTURE_FILES);
	state_read(after, ends[0]);
	took = deadline_now_ms() - begin;
	ok(said("does not tell its state in time"), "a silent one");
	ok(took >= STATE_MS && took < 3 * STATE_MS + 3000,
	    "is not waited for (%lld ms)", (long long)took);
	close(ends[1]);
	make_pipe(ends);
	if (write(ends[1], "no such stream", 14) != 14)
		_exit(1);
	close(ends[1]);
	capture_begin(&capture, CAPTURE_FILES);
	state_read(after, ends[0]);
	ok(said("makes no sense"), "nonsense");
	live_free(after);
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	conf = conf_from(text);
	test_whole();
	test_nobody_reads();
	test_nobody_writes();
	conf_free(conf);
	return tap_done();
}
