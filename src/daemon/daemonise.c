/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/daemonise.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/compat.h"
#include "daemon/signals.h"

/* What the starting process is told. */
enum { READY = 'r', FAILED = 'f' };

void
daemonise_init(struct daemonise *d)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
	*d = (struct daemonise){ .ready_fd = -1, .null_fd = -1 };
}

/*
 * In the starting process. The child has the same standard error and says
 * there itself why it fails; only its sudden death is told here.
 */
NORETURN static void
wait_for_child(int fd)
{
	char told = 0;
	ssize_t n;

	signals_default();
	do {
		n = read(fd, &told, sizeof(told));
	} while (n < 0 && errno == EINTR);
	if (n != 1)
		fputs("pound: died before it was ready\n", stderr);
	exit(told == READY ? 0 : 1);
}

int
daemonise_begin(struct daemonise *d)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	fflush(NULL); /* or both processes write what is in the buffers */
	pid = fork();
	if (pid < 0) {
		close(ends[0]);
		close(ends[1]);
		return -1;
	}
	if (pid > 0) {
		close(ends[1]);
		wait_for_child(ends[0]);
	}
	close(ends[0]);
	(void)setsid(); /* cannot fail in a process just forked */
	d->background = true;
	d->ready_fd = ends[1];
	d->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	return 0;
}

void
daemonise_detach(struct daemonise *d)
{
	const int last = d->keep_output ? STDIN_FILENO : STDERR_FILENO;

	if (d->null_fd < 0)
		return;
	for (int fd = STDIN_FILENO; fd <= last; fd++)
		(void)dup2(d->null_fd, fd);
	close(d->null_fd);
	d->null_fd = -1;
}

static void
tell(struct daemonise *d, char what)
{
	if (d->ready_fd < 0)
		return;
	/* When the starting process was killed nobody needs to know. */
	if (write(d->ready_fd, &what, sizeof(what)) < 0)
		errno = 0;
	daemonise_forget(d);
}

void
daemonise_ready(struct daemonise *d)
{
	daemonise_detach(d);
	tell(d, READY);
}

void
daemonise_failed(struct daemonise *d)
{
	tell(d, FAILED);
}

void
daemonise_forget(struct daemonise *d)
{
	if (d->ready_fd >= 0)
		close(d->ready_fd);
	d->ready_fd = -1;
}
