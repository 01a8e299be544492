/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The threads together, over sockets of the loopback (design 1, rules 1 to
 * 7 and 10). */
#include "daemon/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/attrs.h"
#include "daemon/pool_internal.h"
#include "net/sock.h"
#include "support/conf_from.h"
#include "unit/tap.h"

#define MANY 200
#define WAIT_MS 10000

static struct conf *conf;
static struct live *live;
static struct pool *pool;
static struct addr here;
static int listen_fd;
static atomic_bool waits;

/* To be given a pool by start_pool(). */
static void
open_listener(const char *global, unsigned connections)
{
	char text[512];
	bool foreign;

	snprintf(text, sizeof(text),
	    "%sListenHTTP\nAddress 127.0.0.1\nPort 80\nLogLevel 0\n"
	    "Service\nRedirect \"http://new.test\"\nEnd\nEnd\n",
	    global);
	conf = conf_from(text);
	live = live_new(conf);
	live->max_connections = connections;
	here = (struct addr){ .len = sizeof(here.un) };
	if (addr_from_ip(&here, STR("127.0.0.1"), 0) == -1 ||
	    (listen_fd = sock_listen(&here, &foreign)) == -1 ||
	    sock_local(listen_fd, &here) == -1)
		puts("Bail out! no listening socket");
}

static void
start_pool(unsigned processors)
{
	pool = pool_start(conf, live, &listen_fd, processors);
	ok(pool != NULL, "a pool for %u processors", processors);
}

static void
open_pool_for(const char *global, unsigned processors, unsigned connections)
{
	open_listener(global, connections);
	start_pool(processors);
}

static void
open_pool(const char *global, unsigned processors)
{
	open_pool_for(global, processors, 10000);
}

static void
close_pool(void)
{
	pool_stop(pool);
	close(listen_fd);
	live_free(live);
	conf_free(conf);
}

static int
open_client(void)
{
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd != -1 && connect(fd, &here.sa, here.len) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static void
ask(int fd)
{
	static const char get[] = "GET / HTTP/1.1\r\nHost: h.test\r\n\r\n";

	if (send(fd, get, sizeof(get) - 1, MSG_NOSIGNAL) == -1)
		printf("# send: %s\n", strerror(errno));
}

/* Bytes that came; 0: the end; -1: nothing in that time. */
static ssize_t
hear(int fd, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char bytes[4096];

	if (poll(&p, 1, timeout_ms) != 1)
		return -1;
	return recv(fd, bytes, sizeof(bytes), 0);
}

static bool
settles_at(unsigned long connections)
{
	for (unsigned i = 0; i < WAIT_MS; i++) {
		if (pool_connections(pool) == connections)
			return true;
		usleep(1000);
	}
	return false;
}

static void
test_sizes(void)
{
	open_pool("", 3);
	is_int(pool_threads(pool), 3, "as many threads as processors");
	close_pool();
	open_pool("", 1);
	is_int(pool_threads(pool), 2, "at least two");
	close_pool();
	open_pool("Threads 3\n", 16);
	is_int(pool_threads(pool), 3, "at most Threads");
	close_pool();
	ok(pool_processors() >= 1, "there is a processor");
}

/* Each is answered, and no thread has more than 60 % of them. */
static void
test_shared(void)
{
	int fd[MANY];
	unsigned answered = 0, most = 0, ended = 0;

	open_pool("Client 30\n", 2);
	for (unsigned i = 0; i < MANY; i++) {
		fd[i] = open_client();
		ask(fd[i]);
	}
	for (unsigned i = 0; i < MANY; i++)
		answered += hear(fd[i], WAIT_MS) > 0;
	is_int(answered, MANY, "%d connections are answered", MANY);
	is_int(pool_connections(pool), MANY, "and counted");
	for (unsigned i = 0; i < pool->count; i++) {
		const unsigned n = pool->thread[i].thread.connections;

		most = n > most ? n : most;
	}
	ok(most <= MANY * 60 / 100, "the busiest thread has %u", most);
	for (unsigned i = 0; i < MANY / 2; i++)
		close(fd[i]);
	ok(settles_at(MANY / 2), "half of them go");
	pool_drain(pool);
	for (unsigned i = MANY / 2; i < MANY; i++) {
		ended += hear(fd[i], WAIT_MS) == 0;
		close(fd[i]);
	}
	is_int(ended, MANY / 2, "drain closes those that are idle");
	ok(settles_at(0), "and none is left");
	close_pool();
}

/* What cannot be taken now waits at the door. */
static void
test_full(void)
{
	int fd[4];

	open_pool_for("Client 30\n", 2, 3);
	for (unsigned i = 0; i < 3; i++) {
		fd[i] = open_client();
		ask(fd[i]);
		ok(hear(fd[i], WAIT_MS) > 0, "client %u of 3", i + 1);
	}
	fd[3] = open_client();
	ask(fd[3]);
	is_int(hear(fd[3], 300), -1, "the fourth is not heard");
	close(fd[0]);
	ok(hear(fd[3], WAIT_MS) > 0, "until another goes");
	for (unsigned i = 1; i < 4; i++)
		close(fd[i]);
	ok(settles_at(0), "all go");
	close_pool();
}

static void
test_deadline(void)
{
	int fd;

	open_pool("Client 1\n", 2);
	fd = open_client();
	ask(fd);
	ok(hear(fd, WAIT_MS) > 0, "an answer");
	is_int(hear(fd, 500), -1, "still open");
	is_int(hear(fd, WAIT_MS), 0, "closed when Client is over");
	close(fd);
	close_pool();
}

static void
test_disabled(void)
{
	int fd;

	open_pool("", 2);
	live->listener[0].disabled = true;
	fd = open_client();
	is_int(hear(fd, WAIT_MS), 0, "a disabled listener takes and closes");
	close(fd);
	close_pool();
}

/* As if so many messages had come that the one to drain found no room. */
static void
fill_mailbox(struct mailbox *box)
{
	lock_take(&box->lock);
	for (unsigned i = 0; i < MAILBOX_ROOM; i++)
		box->item[i] = (struct mailbox_item){ .kind = MAILBOX_MESSAGE,
			.message = THREAD_SLOT_FREE,
			.fd = -1 };
	box->first = 0;
	box->count = MAILBOX_ROOM;
	box->lost = true;
	lock_drop(&box->lock);
	mailbox_ring(box);
}

static void
test_lost_drain(void)
{
	int fd, late;

	open_pool("Client 30\n", 2);
	fd = open_client();
	ask(fd);
	ok(hear(fd, WAIT_MS) > 0, "an answer");
	for (unsigned i = 0; i < pool->count; i++)
		fill_mailbox(&pool->thread[i].mailbox);
	ask(fd);
	ok(hear(fd, WAIT_MS) > 0, "lost messages are looked for");
	pool->draining = pool->impatient = true;
	for (unsigned i = 0; i < pool->count; i++)
		fill_mailbox(&pool->thread[i].mailbox);
	is_int(hear(fd, WAIT_MS), 0, "a lost drain is a drain");
	ok(settles_at(0), "for each thread");
	usleep(20000);
	late = open_client();
	ask(late);
	is_int(hear(late, 300), -1, "and nobody accepts any more");
	close(late);
	close(fd);
	close_pool();
}

/* Threads end with connections in all states. */
static void
test_stop(void)
{
	int fd[3];

	open_pool("Client 30\n", 2);
	for (unsigned i = 0; i < 3; i++)
		fd[i] = open_client();
	ask(fd[0]);
	ok(hear(fd[0], WAIT_MS) > 0, "one is idle");
	is_int(send(fd[1], "GET", 3, 0), 3, "one has begun");
	ok(settles_at(3), "one is silent");
	close_pool();
	for (unsigned i = 0; i < 3; i++) {
		ok(hear(fd[i], WAIT_MS) <= 0, "it is cut");
		close(fd[i]);
	}
}

/* Somebody who is told of a connection before all others, and dies of it. */
static void *
die_of_a_connection(void *arg UNUSED)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLEXCLUSIVE };
	const int set = epoll_create1(EPOLL_CLOEXEC);

	if (epoll_ctl(set, EPOLL_CTL_ADD, listen_fd, &ev) == -1)
		printf("# epoll: %s\n", strerror(errno));
	waits = true;
	if (epoll_wait(set, &ev, 1, WAIT_MS) != 1)
		printf("# he was not told\n");
	close(set);
	return NULL;
}

static void
test_accept_for_another(void)
{
	pthread_t other;
	int fd;

	open_listener("Client 30\n", 100);
	pthread_create(&other, NULL, die_of_a_connection, NULL);
	while (!waits)
		usleep(1000);
	usleep(20000);
	start_pool(2);
	fd = open_client();
	ask(fd);
	pthread_join(other, NULL);
	pool_accept(pool);
	ok(hear(fd, WAIT_MS) > 0, "whom another was told of is served");
	close(fd);
	close_pool();
}

/* A start that fails closes what it has opened, and nothing else. */
static void
test_cannot_start(void)
{
	struct rlimit before, none;
	const int next = dup(STDIN_FILENO);

	close(next);
	conf = conf_from("ListenHTTP\nAddress 127.0.0.1\nPort 80\nService\n"
			 "Redirect \"http://new.test\"\nEnd\nEnd\n");
	live = live_new(conf);
	getrlimit(RLIMIT_NOFILE, &before);
	none = before;
	none.rlim_cur = (rlim_t)next;
	setrlimit(RLIMIT_NOFILE, &none);
	pool = pool_start(conf, live, &listen_fd, 2);
	setrlimit(RLIMIT_NOFILE, &before);
	ok(pool == NULL, "no descriptors, no pool");
	ok(fcntl(STDIN_FILENO, F_GETFD) != -1, "standard input is still there");
	live_free(live);
	conf_free(conf);
}

int
main(void)
{
	test_cannot_start();
	test_sizes();
	test_shared();
	test_full();
	test_deadline();
	test_disabled();
	test_lost_drain();
	test_stop();
	test_accept_for_another();
	return tap_done();
}
