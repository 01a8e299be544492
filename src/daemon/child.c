/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/child.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sys/wait.h>

#include "base/deadline.h"
#include "base/log.h"

void
child_init(struct child *c, const char *name)
{
	*c = (struct child){ .name = name,
		.channel = -1,
		.kill_ms = DEADLINE_NEVER };
}

pid_t
child_fork_between(const int ends[2], int *own)
{
	pid_t pid;
	int error;

	fflush(NULL); /* or both write what is in the buffers */
	pid = fork();
	error = errno;
	*own = pid == 0 ? ends[1] : ends[0];
	close(pid == 0 ? ends[0] : ends[1]);
	if (pid < 0)
		close(ends[0]);
	errno = error;
	return pid;
}

pid_t
child_fork(struct child *c, int *channel)
{
	int ends[2];
	pid_t pid;

	c->since_ms = deadline_now_ms();
	c->ready = false;
	if (channel_open(ends) != 0)
		return -1;
	pid = child_fork_between(ends, channel);
	if (pid > 0) {
		c->pid = pid;
		c->channel = *channel;
	}
	return pid;
}

static void
describe(int status, char *text, size_t size)
{
	if (WIFSIGNALED(status))
		snprintf(text, size, "on signal %d (%s)%s", WTERMSIG(status),
		    strsignal(WTERMSIG(status)),
		    WCOREDUMP(status) ? ", core dumped" : "");
	else
		snprintf(text, size, "with status %d", WEXITSTATUS(status));
}

void
child_log_end(const struct child *c, int status)
{
	const int64_t age_ms = deadline_now_ms() - c->since_ms;
	char how[128];

	describe(status, how, sizeof(how));
	log_line(LOG_PRIO_ERR,
	    "MONITOR: %s exited %s, %lld.%03lld s after its start (pid %ld)",
	    c->name, how, (long long)(age_ms / 1000),
	    (long long)(age_ms % 1000), (long)c->pid);
}

void
child_plan_restart(struct child *c)
{
	const int64_t now = deadline_now_ms();
	const int64_t wait_ms = backoff_next_ms(&c->backoff, now - c->since_ms);

	c->restart_ms = now + wait_ms;
	if (wait_ms > 0)
		log_line(LOG_PRIO_NOTICE,
		    "MONITOR: restarting the %s in %lld s", c->name,
		    (long long)(wait_ms / 1000));
	else
		log_line(LOG_PRIO_NOTICE, "MONITOR: restarting the %s",
		    c->name);
}

void
child_forget(struct child *c)
{
	c->pid = 0;
	c->ready = false;
	c->kill_ms = DEADLINE_NEVER;
	c->failure[0] = '\0';
	child_leave(c);
}

void
child_leave(struct child *c)
{
	if (c->channel >= 0)
		close(c->channel);
	c->channel = -1;
}

void
child_signal(const struct child *c, int number)
{
	if (c->pid > 0)
		(void)kill(c->pid, number);
}
