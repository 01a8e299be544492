/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A pool that knows nothing of HTTP, behind the contract of the real one,
 * for tests of the processes: one thread accepts and answers each
 * connection with the number of its process. Linked before libdaemon.a it
 * takes the real one's place.
 *
 * What the client sends first is a command: "hold" keeps the connection
 * open until the drain is over, "abort" ends the process by abort().
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "daemon/pool.h"
#include "net/sock.h"

#define HELD_MAX 64
#define LOOK_MS 10

struct pool {
	pthread_t thread;
	const struct conf *conf;
	const int *listen_fd;
	atomic_bool draining, left, stopping;
	atomic_ulong connections;
	int held[HELD_MAX];
	int held_count;
};

static void
answer(struct pool *p, int fd)
{
	char command[64] = "", text[64];
	struct pollfd in = { .fd = fd, .events = POLLIN };

	if (poll(&in, 1, 1000) == 1 &&
	    read(fd, command, sizeof(command) - 1) > 0 &&
	    strncmp(command, "abort", 5) == 0)
		abort();
	snprintf(text, sizeof(text), "%ld\n", (long)getpid());
	p->connections++;
	if (write(fd, text, strlen(text)) < 0)
		errno = 0;
	if (strncmp(command, "hold", 4) == 0 && p->held_count < HELD_MAX) {
		p->held[p->held_count++] = fd;
	} else {
		close(fd);
		p->connections--;
	}
}

static void
accept_all(struct pool *p, struct pollfd *fds, size_t count)
{
	struct addr peer;

	for (size_t i = 0; i < count; i++) {
		fds[i] = (struct pollfd){ .events = POLLIN,
			.fd = p->draining ? -1 : p->listen_fd[i] };
	}
	if (poll(fds, count, LOOK_MS) <= 0)
		return;
	for (size_t i = 0; i < count; i++) {
		const int fd = fds[i].revents != 0
		    ? sock_accept(fds[i].fd, &peer)
		    : -1;

		if (fd >= 0)
			answer(p, fd);
	}
}

/* Those that closed in the meantime are gone. */
static void
look_at_held(struct pool *p)
{
	for (int i = 0; i < p->held_count;) {
		struct pollfd in = { .fd = p->held[i], .events = POLLIN };

		if (poll(&in, 1, 0) == 1) {
			close(p->held[i]);
			p->held[i] = p->held[--p->held_count];
			p->connections--;
		} else {
			i++;
		}
	}
}

static void *
run(void *arg)
{
	struct pool *p = arg;
	struct pollfd *fds = mem_alloc(
	    (p->conf->listener_count + 1) * sizeof(*fds));

	while (!p->stopping) {
		p->left = p->draining;
		accept_all(p, fds, p->conf->listener_count);
		look_at_held(p);
	}
	mem_free(fds);
	return NULL;
}

unsigned
pool_processors(void)
{
	return 1;
}

struct pool *
pool_start(const struct conf *conf, struct live *live, const int *listen_fd,
    unsigned processors)
{
	struct pool *p = mem_alloc(sizeof(*p));

	(void)live;
	(void)processors;
	p->conf = conf;
	p->listen_fd = listen_fd;
	if (pthread_create(&p->thread, NULL, run, p) == 0)
		return p;
	mem_free(p);
	return NULL;
}

void
pool_drain(struct pool *p)
{
	p->draining = true;
}

void
pool_retire(struct pool *p)
{
	p->draining = true;
}

bool
pool_left(const struct pool *p)
{
	return p->left;
}

void
pool_cut_tunnels(struct pool *p)
{
	(void)p;
}

unsigned long
pool_connections(const struct pool *p)
{
	return p->connections;
}

void
pool_stop(struct pool *p)
{
	p->stopping = true;
	pthread_join(p->thread, NULL);
	for (int i = 0; i < p->held_count; i++)
		close(p->held[i]);
	mem_free(p);
}

void
pool_tell(struct pool *p, unsigned thread, enum thread_message m, uint32_t arg)
{
	(void)p;
	(void)thread;
	(void)m;
	(void)arg;
}

int
pool_asking_fd(const struct pool *p)
{
	(void)p;
	return -1;
}

/* It looks all the time. */
void
pool_accept(struct pool *p UNUSED)
{
}

unsigned
pool_threads(const struct pool *p)
{
	(void)p;
	return 1;
}
