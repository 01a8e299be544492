/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sys/socket.h>
#include <sys/un.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/log_internal.h"

#define SYSLOG_PATH "/dev/log"
#define NO_FD (-1)
#define NO_CHANGE (-2)

/* The log sink: a process has one, as it has one standard output. */
static struct log_sink_state sink = {
	.kind = LOG_SINK_STDERR,
	.fd = NO_FD,
	.next = NO_CHANGE,
};

struct log_sink_state *
log_sink_get(void)
{
	return &sink;
}

int
log_sink_connect(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const char *path = secure_getenv("POUND_SYSLOG_SOCKET");
	int fd;

	if (path == NULL)
		path = SYSLOG_PATH;
	if (strlen(path) >= sizeof(addr.sun_path))
		return -1;
	memcpy(addr.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return fd;
	close(fd);
	return -1;
}

int
log_sink_open(enum log_sink kind, int facility, bool verbose)
{
	int fd = NO_FD;

	/* The files of the time zone may be out of reach later. */
	tzset();
	if (kind == LOG_SINK_SYSLOG)
		fd = log_sink_connect();
	log_sink_replace(fd);
	atomic_store(&sink.facility, facility);
	atomic_store(&sink.verbose, verbose);
	atomic_store(&sink.kind, (int)kind);
	return kind == LOG_SINK_SYSLOG && fd < 0 ? -1 : 0;
}

int
log_sink_next_fd(void)
{
	int next = atomic_load(&sink.next);

	return next != NO_CHANGE ? next : atomic_load(&sink.fd);
}

/*
 * The log thread may be sending on the descriptor that is replaced: it
 * closes that one itself. Without a log thread the caller does.
 */
void
log_sink_replace(int fd)
{
	int unused = atomic_exchange(&sink.next, fd < 0 ? NO_FD : fd);

	if (unused >= 0)
		close(unused);
	atomic_store(&sink.gone, false);
	if (log_ring_mode() == LOG_MODE_DIRECT)
		log_sink_adopt();
	else
		log_ring_wake();
}

bool
log_sink_adopt(void)
{
	int next = atomic_exchange(&sink.next, NO_CHANGE);
	int before;

	if (next == NO_CHANGE)
		return false;
	before = atomic_exchange(&sink.fd, next);
	if (before >= 0 && before != next)
		close(before);
	return true;
}

void
log_sink_count_lost(unsigned long lines)
{
	atomic_fetch_add(&sink.lost, lines);
}

void
log_sink_forget_lost(void)
{
	atomic_store(&sink.lost, 0);
	atomic_store(&sink.told, 0);
}
