/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/capture.h"

#include <sys/mman.h>

#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
need(bool held)
{
	if (!held)
		abort();
}

static int
target_of(unsigned side)
{
	return side == CAPTURE_OUT ? STDOUT_FILENO : STDERR_FILENO;
}

void
capture_begin(struct capture *c, enum capture_kind kind)
{
	memset(c, 0, sizeof(*c));
	fflush(stdout);
	for (unsigned side = 0; side < 2; side++) {
		int target = target_of(side), ends[2];

		c->saved[side] = fcntl(target, F_DUPFD_CLOEXEC, 3);
		if (kind == CAPTURE_PIPES) {
			need(pipe2(ends, O_CLOEXEC) == 0);
		} else {
			ends[1] = memfd_create("capture", MFD_CLOEXEC);
			ends[0] = fcntl(ends[1], F_DUPFD_CLOEXEC, 3);
		}
		need(dup2(ends[1], target) == target);
		close(ends[1]);
		c->fds[side] = ends[0];
	}
}

void
capture_end(struct capture *c)
{
	for (unsigned side = 0; side < 2; side++) {
		need(dup2(c->saved[side], target_of(side)) >= 0);
		close(c->saved[side]);
	}
}

void
capture_release(struct capture *c)
{
	for (unsigned side = 0; side < 2; side++) {
		close(c->fds[side]);
		free(c->texts[side]);
	}
}

/* A file has one offset for reading and writing, which is the writer's:
 * reading says where. A pipe has none. */
static ssize_t
read_more(struct capture *c, unsigned side, char *to, size_t size)
{
	ssize_t n = pread(c->fds[side], to, size, (off_t)c->lens[side]);

	return n >= 0 ? n : read(c->fds[side], to, size);
}

const char *
capture_read(struct capture *c, enum capture_side side, int timeout_ms)
{
	const size_t step = 65536;

	for (;;) {
		struct pollfd p = { .fd = c->fds[side], .events = POLLIN };
		char *text = realloc(c->texts[side], c->lens[side] + step + 1);
		ssize_t n = 0;

		need(text != NULL);
		c->texts[side] = text;
		if (poll(&p, 1, timeout_ms) > 0)
			n = read_more(c, side, text + c->lens[side], step);
		need(n >= 0);
		c->lens[side] += (size_t)n;
		text[c->lens[side]] = '\0';
		if (n == 0)
			return text;
	}
}

void
capture_stall(enum capture_side side)
{
	char xs[64];
	int target = target_of(side), flags = fcntl(target, F_GETFL);

	memset(xs, 'x', sizeof(xs));
	xs[sizeof(xs) - 1] = '\n';
	need(fcntl(target, F_SETFL, flags | O_NONBLOCK) == 0);
	while (write(target, xs, sizeof(xs)) > 0)
		;
	need(fcntl(target, F_SETFL, flags) == 0);
}
