/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/dies.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
run(void (*function)(void), int err)
{
	const struct rlimit none = { 0, 0 };

	/* A death that is wanted leaves no core. */
	setrlimit(RLIMIT_CORE, &none);
	dup2(err, STDERR_FILENO);
	function();
	_exit(0);
}

bool
dies(void (*function)(void), const char *words)
{
	char text[4096];
	size_t len = 0;
	ssize_t n;
	int ends[2], status;
	pid_t child;

	fflush(stdout);
	if (pipe(ends) < 0 || (child = fork()) < 0)
		abort();
	if (child == 0)
		run(function, ends[1]);
	close(ends[1]);
	while (len < sizeof(text) - 1 &&
	    (n = read(ends[0], text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	close(ends[0]);
	if (waitpid(child, &status, 0) != child)
		abort();
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT &&
	    strstr(text, words) != NULL)
		return true;
	printf("#  status %d, standard error: %s\n", status, text);
	return false;
}
