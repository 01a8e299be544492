/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/daemonise.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/wait.h>

#include "daemon/signals.h"
#include "tap.h"

/* What the process in the background does. */
enum fate { FATE_READY, FATE_FAILED, FATE_EXIT, FATE_KILLED };

static int report[2]; /* the background process writes here */

static void
tell(char c)
{
	if (write(report[1], &c, 1) != 1)
		_exit(9);
}

static void
detached(const struct daemonise *d)
{
	char path[64] = "";

	(void)!readlink("/proc/self/fd/2", path, sizeof(path) - 1);
	tell(strcmp(path, "/dev/null") == 0 ? 'n' : 'o');
	tell(getsid(0) == getpid() ? 's' : '-');
	tell(d->background ? 'b' : 'f');
}

NORETURN static void
be_starter(enum fate fate, bool keep_output)
{
	struct daemonise d;

	daemonise_init(&d);
	d.keep_output = keep_output;
	if (daemonise_begin(&d) != 0)
		_exit(8);
	if (fate == FATE_FAILED)
		daemonise_failed(&d);
	if (fate == FATE_KILLED)
		raise(SIGKILL);
	if (fate != FATE_READY)
		_exit(3);
	daemonise_ready(&d);
	detached(&d);
	_exit(0);
}

/* Exit status of the starting process, and what the other one told. */
static int
start(enum fate fate, bool keep_output, char *told)
{
	int status;
	pid_t pid;
	ssize_t n;

	if (pipe(report) != 0)
		return -1;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		(void)!freopen("/dev/null", "w", stderr);
		close(report[0]);
		if (keep_output)
			dup2(STDOUT_FILENO, STDERR_FILENO);
		be_starter(fate, keep_output);
	}
	close(report[1]);
	waitpid(pid, &status, 0);
	for (*told = '\0'; (n = read(report[0], told, 1)) > 0;)
		*(told += n) = '\0';
	close(report[0]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
test_closed_descriptors(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct daemonise d;

		close(STDIN_FILENO);
		close(STDERR_FILENO);
		daemonise_init(&d);
		_exit(dup(STDOUT_FILENO) > STDERR_FILENO ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	is_int(status, 0, "no socket gets the number of standard error");
}

int
main(void)
{
	char told[16];

	is_int(start(FATE_READY, false, told), 0, "0 when ready");
	is_str(told, "nsb", "terminal left, a session of its own");
	is_int(start(FATE_READY, true, told), 0, "0 when ready");
	is_str(told, "osb", "output kept for the log");
	is_int(start(FATE_FAILED, false, told), 1, "1 when it failed");
	is_int(start(FATE_EXIT, false, told), 1, "1 when it left");
	is_int(start(FATE_KILLED, false, told), 1, "1 when it was killed");
	test_closed_descriptors();
	return tap_done();
}
