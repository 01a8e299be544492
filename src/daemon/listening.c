/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/listening.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "net/sock.h"

static const char *
kind_of(const struct conf_listener *c)
{
	return c->https ? "ListenHTTPS" : "ListenHTTP";
}

/* The socket of this address; other->count: none. */
static size_t
find(const struct listening *other, const struct addr *addr)
{
	size_t i = 0;

	while (i < other->count &&
	    (other->fd[i] < 0 || !addr_equal(&other->addr[i], addr)))
		i++;
	return i;
}

/* What is there already; but not for two listeners. */
static int
take_over(struct listening *l, size_t i, const struct listening *before)
{
	const struct addr *addr = &l->conf->listeners[i]->addr;
	size_t old;

	if (before == NULL || find(l, addr) < l->count)
		return -1;
	old = find(before, addr);
	if (old == before->count)
		return -1;
	l->foreign[i] = before->foreign[old];
	return fcntl(before->fd[old], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

/* Whether the configuration has it. */
static bool
stays(const struct listening *l, const struct addr *addr)
{
	for (size_t i = 0; i < l->count; i++)
		if (addr_equal(&l->addr[i], addr))
			return true;
	return false;
}

/* Those that go and have this port. How many. */
static size_t
share_all(const struct listening *l, const struct listening *before,
    uint16_t port, bool on)
{
	size_t n = 0;

	for (size_t i = 0; i < before->count; i++) {
		const struct addr *addr = &before->addr[i];

		if (before->fd[i] < 0 || addr_port(addr) != port ||
		    stays(l, addr))
			continue;
		sock_share(before->fd[i], on);
		n++;
	}
	return n;
}

/* Port 80 of all addresses, say, in the place of port 80 of one: for a
 * moment there are both. Only beside sockets that go: or the same file
 * could not be started from. */
static int
open_beside(struct listening *l, size_t i, const struct listening *before)
{
	const uint16_t port = addr_port(&l->addr[i]);
	int fd, error;

	if (errno != EADDRINUSE || before == NULL)
		return -1;
	if (share_all(l, before, port, true) == 0)
		return -1;
	fd = sock_listen_shared(&l->addr[i], &l->foreign[i]);
	error = errno;
	share_all(l, before, port, false);
	if (fd >= 0)
		sock_share(fd, false);
	errno = error;
	return fd;
}

static int
open_one(struct listening *l, size_t i, const struct listening_sources *from,
    struct strbuf *why)
{
	const struct conf_listener *c = l->conf->listeners[i];
	int fd = take_over(l, i, from->before);

	if (fd < 0)
		fd = take_over(l, i, from->handed);
	if (fd < 0)
		fd = sock_listen(&c->addr, &l->foreign[i]);
	if (fd < 0)
		fd = open_beside(l, i, from->before);
	l->fd[i] = fd;
	l->lent[i] = from->handed != NULL &&
	    find(from->handed, &c->addr) < from->handed->count;
	if (fd >= 0)
		return 0;
	strbuf_addf(why, "%s line %u: cannot listen on %.*s: %m\n",
	    c->place.file, c->place.line, STR_ARG(c->name));
	return -1;
}

static void
make_room(struct listening *l, size_t count)
{
	l->fd = mem_alloc((count + 1) * sizeof(*l->fd));
	l->addr = mem_alloc((count + 1) * sizeof(*l->addr));
	l->foreign = mem_alloc((count + 1) * sizeof(*l->foreign));
	l->lent = mem_alloc((count + 1) * sizeof(*l->lent));
}

int
listening_open(struct listening *l, const struct conf *conf,
    const struct listening_sources *from, struct strbuf *why)
{
	int result = 0;

	*l = (struct listening){ .conf = conf, .count = conf->listener_count };
	make_room(l, l->count);
	for (size_t i = 0; i < l->count; i++) {
		l->fd[i] = -1;
		l->addr[i] = conf->listeners[i]->addr;
	}
	for (size_t i = 0; i < l->count; i++)
		if (open_one(l, i, from, why) != 0)
			result = -1;
	if (result != 0)
		listening_release(l);
	return result;
}

void
listening_adopt(struct listening *l, const int *fd, size_t count)
{
	*l = (struct listening){ .count = count };
	make_room(l, count);
	for (size_t i = 0; i < count; i++) {
		l->fd[i] = -1;
		if (!sock_listens(fd[i], &l->addr[i]))
			continue;
		(void)fcntl(fd[i], F_SETFD, FD_CLOEXEC);
		l->foreign[i] = !sock_address_owned(&l->addr[i]);
		l->fd[i] = fd[i];
	}
}

bool
listening_shares(const struct listening *l, size_t i,
    const struct listening *other)
{
	return find(other, &l->addr[i]) < other->count;
}

void
listening_stop(const struct listening *l, size_t i)
{
	if (!l->lent[i])
		sock_stop_listening(l->fd[i]);
}

void
listening_forget(struct listening *l)
{
	for (size_t i = 0; i < l->count; i++) {
		if (l->fd[i] >= 0)
			close(l->fd[i]);
		l->fd[i] = -1;
	}
}

void
listening_release(struct listening *l)
{
	listening_forget(l);
	mem_free(l->fd);
	mem_free(l->addr);
	mem_free(l->foreign);
	mem_free(l->lent);
	*l = (struct listening){ .conf = NULL };
}

void
listening_warn_foreign(const struct listening *l)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct conf_listener *c = l->conf->listeners[i];

		if (l->foreign[i] && !sock_address_owned(&c->addr))
			log_line(LOG_PRIO_WARNING,
			    "%s %.*s: this machine does not own the address "
			    "(now); nobody can connect until it does",
			    kind_of(c), STR_ARG(c->name));
	}
}
