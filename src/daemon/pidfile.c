/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#define TEXT_MAX 32

static size_t
own_text(char *text)
{
	return (size_t)snprintf(text, TEXT_MAX, "%ld\n", (long)getpid());
}

int
pidfile_write(const char *path)
{
	char text[TEXT_MAX];
	const size_t len = own_text(text);
	const int fd = open(path,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
	ssize_t written;
	int error;

	if (fd < 0)
		return -1;
	written = write(fd, text, len);
	error = written < 0 ? errno : ENOSPC;
	close(fd);
	if (written == (ssize_t)len)
		return 0;
	errno = error;
	return -1;
}

/* A regular file with our number in it, nothing else. */
static bool
is_ours(const char *path)
{
	char own[TEXT_MAX], text[TEXT_MAX];
	const size_t len = own_text(own);
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	bool ours;

	if (fd < 0)
		return false;
	ours = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    read(fd, text, sizeof(text)) == (ssize_t)len &&
	    memcmp(text, own, len) == 0;
	close(fd);
	return ours;
}

void
pidfile_remove(const char *path)
{
	if (is_ours(path))
		(void)unlink(path);
}
