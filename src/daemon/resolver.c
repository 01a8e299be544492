/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/resolver.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>
#include <sys/wait.h>

#include "base/compat.h"
#include "base/log.h"
#include "daemon/channel.h"
#include "daemon/seccomp.h"
#include "daemon/signals.h"

/* A worker that serves, one to come, those that retire, and some to spare. */
#define WORKERS_MAX 40
/* Questions that are looked up at the same time; the others wait. */
#define LOOKUPS_MAX 8
/* Longer than any resolver tries. */
#define LOOKUP_SECONDS 30

struct resolver {
	int channel;
	int signals;
	int worker[WORKERS_MAX]; /* -1: free */
	unsigned lookups;
	bool ended;
};

/* ------ the asking side ------ */

int
resolver_ask(int fd, uint64_t id, struct str name, uint16_t port, int family)
{
	struct resolver_question q = { .id = id,
		.family = family,
		.port = port };

	if (fd < 0 || name.len >= sizeof(q.name))
		return -1;
	memcpy(q.name, name.p, name.len);
	return send(fd, &q, sizeof(q), MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -1
									: 0;
}

static bool
addr_usable(const struct addr *a)
{
	return (a->len == sizeof(a->in) && a->sa.sa_family == AF_INET) ||
	    (a->len == sizeof(a->in6) && a->sa.sa_family == AF_INET6);
}

enum resolver_status
resolver_take(int fd, struct resolver_answer *a)
{
	const ssize_t n = recv(fd, a, sizeof(*a), MSG_DONTWAIT);

	if (n == (ssize_t)sizeof(*a)) {
		a->why[sizeof(a->why) - 1] = '\0';
		if (!addr_usable(&a->addr))
			a->addr.len = 0;
		return RESOLVER_OK;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return RESOLVER_AGAIN;
	return RESOLVER_GONE;
}

/* ------ the process ------ */

/* In a process of its own, which ends when it takes too long, and with the
 * resolver. */
static void
look_up(int fd, const struct resolver_question *q)
{
	struct resolver_answer a = { .id = q->id };
	const char *why = "";

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	(void)alarm(LOOKUP_SECONDS);
	if (addr_resolve(&a.addr, q->name, q->port, q->family, &why) != 0) {
		a.addr.len = 0;
		snprintf(a.why, sizeof(a.why), "%s", why);
	}
	(void)send(fd, &a, sizeof(a), MSG_NOSIGNAL | MSG_DONTWAIT);
	seccomp_log_refused(SECCOMP_RESOLVER);
}

static void
start_lookup(struct resolver *r, int fd, const struct resolver_question *q)
{
	const pid_t pid = fork();

	if (pid == 0) {
		signals_default();
		look_up(fd, q);
		_exit(0);
	}
	if (pid > 0)
		r->lookups++;
	else
		log_line(LOG_PRIO_WARNING,
		    "resolver: no process for a name: %m");
}

static bool
well_formed(const struct resolver_question *q, ssize_t len)
{
	return len == (ssize_t)sizeof(*q) &&
	    memchr(q->name, '\0', sizeof(q->name)) != NULL &&
	    q->name[0] != '\0' &&
	    (q->family == AF_UNSPEC || q->family == AF_INET ||
		q->family == AF_INET6);
}

static void
take_question(struct resolver *r, int *fd)
{
	struct resolver_question q;
	const ssize_t n = recv(*fd, &q, sizeof(q), MSG_DONTWAIT);

	if (n > 0) {
		if (well_formed(&q, n))
			start_lookup(r, *fd, &q);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		close(*fd);
		*fd = -1;
	}
}

static void
adopt(struct resolver *r, int fd)
{
	for (int i = 0; i < WORKERS_MAX; i++)
		if (r->worker[i] < 0) {
			r->worker[i] = fd;
			return;
		}
	close(fd);
}

static void
take_orders(struct resolver *r)
{
	struct channel_message m;
	enum channel_status status;
	int passed;

	while (
	    (status = channel_receive(r->channel, &m, &passed)) == CHANNEL_OK)
		if (passed >= 0)
			adopt(r, passed);
	if (status == CHANNEL_CLOSED)
		r->ended = true;
}

/* TERM and the like are for the supervisor, which ends us after itself. */
static void
take_signals(struct resolver *r)
{
	while (signals_next(r->signals) != 0)
		continue;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		r->lookups--;
}

static void
turn(struct resolver *r)
{
	struct pollfd fds[WORKERS_MAX + 2];

	for (int i = 0; i < WORKERS_MAX; i++)
		fds[i] = (struct pollfd){
			.fd = r->lookups < LOOKUPS_MAX ? r->worker[i] : -1,
			.events = POLLIN,
		};
	fds[WORKERS_MAX] = (struct pollfd){ .fd = r->channel,
		.events = POLLIN };
	fds[WORKERS_MAX + 1] = (struct pollfd){ .fd = r->signals,
		.events = POLLIN };
	if (poll(fds, WORKERS_MAX + 2, -1) < 0)
		return;
	take_signals(r);
	take_orders(r);
	for (int i = 0; i < WORKERS_MAX && r->lookups < LOOKUPS_MAX; i++)
		if (fds[i].fd >= 0 && fds[i].revents != 0)
			take_question(r, &r->worker[i]);
}

int
resolver_run(int channel, int signals)
{
	struct resolver r = { .channel = channel, .signals = signals };

	for (int i = 0; i < WORKERS_MAX; i++)
		r.worker[i] = -1;
	while (!r.ended)
		turn(&r);
	for (int i = 0; i < WORKERS_MAX; i++)
		if (r.worker[i] >= 0)
			close(r.worker[i]);
	close(channel);
	return 0;
}
