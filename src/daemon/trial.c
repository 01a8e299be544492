/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <sys/wait.h>

#include "base/compat.h"
#include "base/deadline.h"
#include "daemon/child.h"
#include "daemon/report.h"
#include "daemon/setup.h"
#include "daemon/signals.h"

/* Names that nobody resolves take their time. */
#define TRIAL_MS 120000

void
trial_init(struct trial *t)
{
	*t = (struct trial){ .fd = -1, .kill_ms = DEADLINE_NEVER };
	strbuf_init(&t->words, SETUP_WORDS_MAX);
}

pid_t
trial_fork(struct trial *t, int *out)
{
	int ends[2];
	pid_t pid;

	strbuf_reset(&t->words);
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return -1;
	pid = child_fork_between(ends, out);
	if (pid > 0) {
		t->pid = pid;
		t->fd = *out;
		t->kill_ms = deadline_now_ms() + TRIAL_MS;
	}
	return pid;
}

static int
read_files(int out, const char *file)
{
	struct conf_notes notes = { .count = 0 };
	const struct conf *conf = conf_read(file, &notes);
	FILE *f = fdopen(out, "w");

	if (f != NULL)
		report_errors(f, &notes);
	if (f == NULL || fflush(f) != 0)
		return 1;
	return conf != NULL ? 0 : 1;
}

/* Does not return if it can be done. */
static void
execute(int out, const struct options *o, const char *program)
{
	const char *const argv[] = { program, "-c", "-f", o->config_file,
		NULL };
	const int null = open("/dev/null", O_RDWR);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(null, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
		return;
	execv(program, (char *const *)(uintptr_t)argv);
	dprintf(out, "%s: %s\n", program, strerror(errno));
}

void
trial_run(int out, const struct options *o, const char *program)
{
	int status = 1;

	signals_default();
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	/* It may wait: the supervisor reads. */
	(void)fcntl(out, F_SETFL, 0);
	if (program != NULL)
		execute(out, o, program);
	else
		status = read_files(out, o->config_file);
	_exit(status);
}

void
trial_read(struct trial *t)
{
	char bytes[4096];
	ssize_t n;

	if (t->fd < 0)
		return;
	while ((n = read(t->fd, bytes, sizeof(bytes))) > 0)
		strbuf_add(&t->words, str_make(bytes, (size_t)n));
	if (n == 0 || errno != EAGAIN) {
		close(t->fd);
		t->fd = -1;
	}
}

int
trial_ended(struct trial *t, int status)
{
	trial_read(t);
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
	t->pid = 0;
	t->kill_ms = DEADLINE_NEVER;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFSIGNALED(status))
		strbuf_addf(&t->words,
		    "the process that read the files on trial died on signal "
		    "%d (%s)\n",
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (t->words.len == 0)
		strbuf_addf(&t->words,
		    "the process that read the files on trial ended with "
		    "status %d\n",
		    WEXITSTATUS(status));
	return -1;
}

void
trial_kill(struct trial *t)
{
	if (t->pid > 0)
		(void)kill(t->pid, SIGKILL);
	t->kill_ms = DEADLINE_NEVER;
}

void
trial_release(struct trial *t)
{
	trial_kill(t);
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
	strbuf_release(&t->words);
}
