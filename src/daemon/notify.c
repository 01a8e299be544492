/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>
#include <sys/un.h>

#include "base/compat.h"
#include "base/deadline.h"
#include "base/log.h"
#include "base/mem.h"

#define MESSAGE_MAX 1024
/* Longer than the files take that could be read on trial (trial.c). */
#define BUSY_MS ((int64_t)600 * 1000)
/* The first descriptor that is handed over, and more than anybody hands. */
#define SOCKETS_FIRST 3
#define SOCKETS_MAX 4096

/* A number of the environment; 0: there is none, or it is not one. */
static unsigned long long
number_of(const char *name)
{
	const char *text = getenv(name);
	unsigned long long n;
	char *end;

	if (text == NULL || *text < '0' || *text > '9')
		return 0;
	errno = 0;
	n = strtoull(text, &end, 10);
	return *end == '\0' && errno == 0 ? n : 0;
}

static bool
names_us(const char *name)
{
	return number_of(name) == (unsigned long long)getpid();
}

/* A name that begins with @ stands in no folder. */
static int
connect_to(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const size_t len = strlen(path);
	int fd;

	if ((*path != '/' && *path != '@') || len >= sizeof(addr.sun_path))
		return -1;
	memcpy(addr.sun_path, path, len);
	if (*path == '@')
		addr.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0 &&
	    connect(fd, (struct sockaddr *)(void *)&addr,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

void
notify_open(struct notify *n)
{
	const char *path = getenv("NOTIFY_SOCKET");
	const unsigned long long usec = number_of("WATCHDOG_USEC");

	*n = (struct notify){ .fd = -1, .due_ms = DEADLINE_NEVER };
	if (path == NULL || *path == '\0')
		return;
	n->fd = connect_to(path);
	if (n->fd < 0)
		log_line(LOG_PRIO_WARNING,
		    "NOTIFY_SOCKET %s: the service manager cannot be told "
		    "anything",
		    path);
	/* Twice as often as it wants. */
	if (n->fd >= 0 && usec < INT64_MAX &&
	    (getenv("WATCHDOG_PID") == NULL || names_us("WATCHDOG_PID")))
		n->watchdog_ms = (int64_t)(usec / 2000);
	if (n->watchdog_ms > 0)
		n->due_ms = 0;
}

void
notify_close(struct notify *n)
{
	if (n->fd >= 0)
		close(n->fd);
	*n = (struct notify){ .fd = -1, .due_ms = DEADLINE_NEVER };
}

static void
tell(const struct notify *n, const char *words, size_t len)
{
	if (send(n->fd, words, len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		errno = 0; /* it will ask, or does not care */
}

static void say(const struct notify *n, const char *head, const char *fmt,
    va_list args) PRINTF_LIKE(3, 0);

/* head, and the status as one line behind it. */
static void
say(const struct notify *n, const char *head, const char *fmt, va_list args)
{
	char message[MESSAGE_MAX];
	size_t len;
	int room;

	if (n->fd < 0)
		return;
	len = (size_t)snprintf(message, sizeof(message), "%sSTATUS=", head);
	room = vsnprintf(message + len, sizeof(message) - len, fmt, args);
	len += room > 0 ? strcspn(message + len, "\n") : 0;
	tell(n, message, len);
}

void
notify_ready(const struct notify *n, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(n, "READY=1\n", fmt, args);
	va_end(args);
}

void
notify_reloading(const struct notify *n, const char *fmt, ...)
{
	char head[64];
	va_list args;

	snprintf(head, sizeof(head), "RELOADING=1\nMONOTONIC_USEC=%lld\n",
	    (long long)deadline_now_us());
	va_start(args, fmt);
	say(n, head, fmt, args);
	va_end(args);
}

void
notify_stopping(const struct notify *n, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(n, "STOPPING=1\n", fmt, args);
	va_end(args);
}

void
notify_status(const struct notify *n, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(n, "", fmt, args);
	va_end(args);
}

int64_t
notify_alive(struct notify *n, int64_t now_ms)
{
	static const char words[] = "WATCHDOG=1";

	if (now_ms < n->due_ms)
		return n->due_ms;
	tell(n, words, sizeof(words) - 1);
	n->due_ms = now_ms + n->watchdog_ms;
	return n->due_ms;
}

static void
set_watchdog(const struct notify *n, int64_t wait_ms)
{
	char words[64];

	if (n->watchdog_ms > 0)
		tell(n, words,
		    (size_t)snprintf(words, sizeof(words),
			"WATCHDOG=1\nWATCHDOG_USEC=%lld",
			(long long)wait_ms * 1000));
}

void
notify_busy(const struct notify *n)
{
	set_watchdog(n, n->watchdog_ms + BUSY_MS);
}

void
notify_not_busy(const struct notify *n)
{
	set_watchdog(n, 2 * n->watchdog_ms);
}

void
notify_sockets(struct listening *l)
{
	const unsigned long long count = number_of("LISTEN_FDS");
	int *fd;

	*l = (struct listening){ .count = 0 };
	if (count == 0 || count > SOCKETS_MAX || !names_us("LISTEN_PID"))
		return;
	fd = mem_alloc((size_t)count * sizeof(*fd));
	for (int i = 0; i < (int)count; i++)
		fd[i] = SOCKETS_FIRST + i;
	listening_adopt(l, fd, (size_t)count);
	mem_free(fd);
}
