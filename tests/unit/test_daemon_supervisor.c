/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Supervisor, worker and resolver as processes, with the pool of
 * tests/support/fixed_pool.c: each connection is answered with the number
 * of the worker.
 */
#include "daemon/supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/wait.h>

#include "base/attrs.h"
#include "base/deadline.h"
#include "daemon/signals.h"
#include "net/sock.h"
#include "tap.h"

/* The longest that anything here takes, on a slow machine too. */
#define PATIENCE_MS 20000
#define GRACE_MS 4000
/* In the folder of the test. */
#define FILE_NAME "supervisor.cfg"

static struct {
	struct conf conf;
	struct conf_listener listener;
	struct conf_listener *listeners[1];
	struct addr addr;
	pid_t supervisor;
	int log; /* what it writes on standard error */
	char text[65536];
	size_t text_len;
} w;

static void
configure(void)
{
	bool foreign;
	int fd;

	memset(&w, 0, sizeof(w));
	w.listeners[0] = &w.listener;
	w.conf = (struct conf){ .listeners = w.listeners,
		.listener_count = 1,
		.grace_ms = GRACE_MS,
		.alive_ms = 30000,
		.log_sink = LOG_SINK_STDERR };
	if (addr_from_ip(&w.addr, STR("127.0.0.1"), 0) != 0)
		_exit(1);
	fd = sock_listen(&w.addr, &foreign);
	if (fd < 0 || sock_local(fd, &w.addr) != 0)
		_exit(1);
	close(fd);
	w.listener.addr = w.addr;
	w.listener.name = STR("test");
	w.listener.place = (struct conf_place){ "test", 1 };
}

NORETURN static void
be_supervisor(void)
{
	const struct options o = { .foreground = true,
		.config_file = FILE_NAME };
	struct setup s;
	int status = 1;

	if (setup_open(&s, &o, &w.conf, NULL) == 0)
		status = supervisor_run(&s, NULL);
	setup_release(&s);
	exit(status);
}

static void
start(void)
{
	int way[2];

	if (pipe(way) != 0)
		_exit(1);
	fflush(stdout);
	w.supervisor = fork();
	if (w.supervisor == 0) {
		dup2(way[1], STDERR_FILENO);
		close(way[0]);
		close(way[1]);
		be_supervisor();
	}
	close(way[1]);
	w.log = way[0];
}

/* Reads the log until words are in it, or its writers are gone. */
static bool
await_log(const char *words)
{
	const int64_t late = deadline_now_ms() + PATIENCE_MS;

	while (strstr(w.text, words) == NULL) {
		struct pollfd in = { .fd = w.log, .events = POLLIN };
		const size_t room = sizeof(w.text) - 1 - w.text_len;
		ssize_t n;

		if (poll(&in, 1, deadline_wait_ms(deadline_now_ms(), late)) < 1)
			return false;
		n = read(w.log, w.text + w.text_len, room);
		if (n <= 0)
			return false;
		w.text_len += (size_t)n;
	}
	return true;
}

/* A connection to the worker, and what it answers; 0: there is none. */
static pid_t
talk(const char *command, int *kept)
{
	char text[64] = "";
	struct pollfd in = { .events = POLLIN };
	bool done;
	const int fd = sock_connect(&w.addr, &done);

	if (fd < 0)
		return 0;
	in.fd = fd;
	if (write(fd, command, strlen(command)) > 0 &&
	    poll(&in, 1, PATIENCE_MS) == 1 &&
	    read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	if (kept != NULL)
		*kept = fd;
	else
		close(fd);
	return (pid_t)strtol(text, NULL, 10);
}

/* The first worker that answers and is not the one given. */
static pid_t
await_worker(pid_t other_than)
{
	const int64_t late = deadline_now_ms() + PATIENCE_MS;
	pid_t pid;

	do {
		pid = talk("who\n", NULL);
		if (pid > 0 && pid != other_than)
			return pid;
		(void)poll(NULL, 0, 10);
	} while (deadline_now_ms() < late);
	return 0;
}

/* Until the supervisor has reaped it, a signal would still reach it. */
static bool
await_gone(pid_t pid)
{
	const int64_t late = deadline_now_ms() + PATIENCE_MS;

	while (kill(pid, 0) == 0 && deadline_now_ms() < late)
		(void)poll(NULL, 0, 10);
	return kill(pid, 0) != 0;
}

/* All that could write into the log are gone. */
static bool
await_silence(void)
{
	struct pollfd in = { .fd = w.log, .events = POLLIN };
	char rest;

	(void)await_log("\n no such line \n");
	return poll(&in, 1, 0) == 1 && read(w.log, &rest, 1) == 0;
}

/* Its exit status, and after how many milliseconds. */
static int
await_end(int64_t *took_ms)
{
	const int64_t begin = deadline_now_ms();
	int status = -1;

	waitpid(w.supervisor, &status, 0);
	if (took_ms != NULL)
		*took_ms = deadline_now_ms() - begin;
	ok(await_silence(), "nothing of it is left");
	close(w.log);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
test_crashes(void)
{
	pid_t first, second, third;
	int64_t begin;

	configure();
	start();
	ok(await_log("Pound 5"), "ready");
	first = await_worker(0);
	ok(first > 0 && first != w.supervisor, "a worker answers");
	kill(first, SIGKILL);
	second = await_worker(first);
	ok(second > 0, "after a crash another one answers");
	ok(await_log("MONITOR: worker exited on signal 9"), "the log tells");
	begin = deadline_now_ms();
	talk("abort\n", NULL);
	third = await_worker(second);
	ok(third > 0, "and after another crash");
	ok(deadline_now_ms() - begin >= 1000, "which took a second");
	ok(await_log("MONITOR: worker exited on signal 6"), "the log tells");
	ok(await_log("restarting the worker in 1 s"), "and that it waits");
	kill(w.supervisor, SIGTERM);
	is_int(await_end(NULL), 0, "TERM");
	is_int(kill(third, 0), -1, "the worker is gone");
	is_int(talk("who\n", NULL), 0, "nobody listens");
}

static void
test_end_of_worker(void)
{
	pid_t worker;

	configure();
	start();
	ok(await_log("Pound 5"), "ready");
	worker = await_worker(0);
	kill(worker, SIGTERM);
	is_int(await_end(NULL), 0, "a worker told to end ends all");
	ok(strstr(w.text, "MONITOR") == NULL, "which is no crash");
}

static void
test_graceful(int number)
{
	int64_t took_ms;
	int kept = -1;

	configure();
	start();
	ok(await_log("Pound 5"), "ready");
	ok(talk("hold\n", &kept) > 0, "a connection that lasts");
	kill(w.supervisor, number);
	ok(await_log("shutting down; 1 connection"), "drain");
	is_int(kill(w.supervisor, 0), 0, "both wait for it");
	close(kept);
	is_int(await_end(&took_ms), 0, "signal %d: exit status", number);
	ok(took_ms < GRACE_MS / 2, "as soon as it is over");
}

static void
test_grace_ends(void)
{
	int64_t took_ms;
	int kept = -1;

	configure();
	w.conf.grace_ms = 300;
	start();
	ok(await_log("Pound 5"), "ready");
	ok(talk("hold\n", &kept) > 0, "a connection that lasts");
	kill(w.supervisor, SIGHUP);
	is_int(await_end(&took_ms), 0, "exit status");
	ok(took_ms >= 300, "after Grace");
	ok(strstr(w.text, "grace period expired") != NULL, "the log tells");
	close(kept);
}

static void
test_impatience(void)
{
	int64_t took_ms;
	int kept = -1;

	configure();
	w.conf.grace_ms = 60000;
	start();
	ok(await_log("Pound 5"), "ready");
	ok(talk("hold\n", &kept) > 0, "a connection that lasts");
	kill(w.supervisor, SIGINT);
	ok(await_log("shutting down; 1 connection"), "drain");
	kill(w.supervisor, SIGINT); /* a group may get it twice */
	(void)poll(NULL, 0, 1200);
	is_int(kill(w.supervisor, 0), 0, "not meant twice");
	kill(w.supervisor, SIGINT);
	is_int(await_end(&took_ms), 0, "meant twice");
	ok(took_ms < 10000, "does not wait for Grace");
	close(kept);
}

static void
test_stopped_worker(void)
{
	int64_t took_ms;
	pid_t worker;

	configure();
	start();
	ok(await_log("Pound 5"), "ready");
	worker = await_worker(0);
	kill(worker, SIGSTOP);
	kill(w.supervisor, SIGTERM);
	is_int(await_end(&took_ms), 0, "a worker that does not end is killed");
	ok(took_ms >= 1900 && took_ms < 10000, "after 2 s");
	is_int(kill(worker, 0), -1, "it is gone");
}

static void
test_supervisor_dies(void)
{
	configure();
	start();
	ok(await_log("Pound 5"), "ready");
	ok(await_worker(0) > 0, "serves");
	kill(w.supervisor, SIGKILL);
	ok(await_log("the supervisor has died"), "the worker's words");
	(void)await_end(NULL);
	is_int(talk("who\n", NULL), 0, "nobody listens");
}

static void
test_bad_start(void)
{
	configure();
	w.conf.root_jail = STR("/nonexistent");
	start();
	is_int(await_end(NULL), 1, "no jail, no start");
	ok(strstr(w.text, "RootJail \"/nonexistent\": ") != NULL, "and why");
	configure();
	w.conf.user = STR("no-such-user");
	start();
	is_int(await_end(NULL), 1, "no user, no start");
	ok(strstr(w.text, "User \"no-such-user\"") != NULL, "and why");
}

static void
test_signals_without_effect(void)
{
	pid_t worker;

	configure();
	start();
	ok(await_log("Pound 5"), "ready");
	worker = await_worker(0);
	kill(w.supervisor, SIGUSR1);
	kill(w.supervisor, SIGPIPE);
	kill(worker, SIGUSR1);
	is_int(await_worker(0), worker, "the same worker");
	kill(w.supervisor, SIGQUIT);
	is_int(await_end(NULL), 0, "QUIT");
}

/* What the files say now. */
static void
write_files(const char *text)
{
	FILE *f = fopen(FILE_NAME, "w");

	ok(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0, "files");
}

static void
test_reload_refused(void)
{
	pid_t worker;

	configure();
	start();
	ok(await_log("Pound 5"), "ready");
	worker = await_worker(0);
	write_files("Gibberish 1\nThreads none\n");
	kill(w.supervisor, SIGUSR2);
	ok(await_log("reload refused"), "refused");
	ok(strstr(w.text, FILE_NAME " line 1: ") != NULL, "the first mistake");
	ok(strstr(w.text, FILE_NAME " line 2: ") != NULL, "and the second");
	is_int(await_worker(0), worker, "the same worker serves on");
	kill(w.supervisor, SIGTERM);
	is_int(await_end(NULL), 0, "TERM");
	unlink(FILE_NAME);
}

/* The old worker stays as long as somebody needs it, the listener is the
 * same socket all the time. */
static void
test_reload(void)
{
	char text[256];
	pid_t first, second;
	int kept = -1;

	configure();
	snprintf(text, sizeof(text),
	    "Grace 60\nLogFacility -\n"
	    "ListenHTTP\nAddress 127.0.0.1\nPort %u\nService\nEnd\nEnd\n",
	    addr_port(&w.addr));
	write_files(text);
	start();
	ok(await_log("Pound 5"), "ready");
	first = talk("hold\n", &kept);
	ok(first > 0, "a connection that lasts");
	kill(w.supervisor, SIGUSR2);
	kill(w.supervisor, SIGUSR2);
	ok(await_log("reload: done"), "done");
	second = await_worker(first);
	ok(second > 0, "another worker");
	is_int(kill(first, 0), 0, "and the one before");
	close(kept);
	ok(await_gone(first), "until nobody is left");
	kill(w.supervisor, SIGTERM);
	is_int(await_end(NULL), 0, "TERM");
	ok(strstr(w.text, "MONITOR") == NULL, "nothing died");
	unlink(FILE_NAME);
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	test_crashes();
	test_end_of_worker();
	test_graceful(SIGHUP);
	test_graceful(SIGINT);
	test_grace_ends();
	test_impatience();
	test_stopped_worker();
	test_supervisor_dies();
	test_bad_start();
	test_signals_without_effect();
	test_reload_refused();
	test_reload();
	return tap_done();
}
