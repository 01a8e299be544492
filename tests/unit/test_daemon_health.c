/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checks against sockets on the loopback, with a clock of our own. */
#include "daemon/health.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/deadline.h"
#include "daemon/channel.h"
#include "daemon/resolver.h"
#include "net/sock.h"
#include "tap.h"

#define BACKENDS_MAX 128
#define ALIVE_MS 10000
#define CONNECT_MS 3000
/* Real time that a connection on the loopback may take. */
#define PATIENCE_MS 2000

static struct world {
	struct conf conf;
	struct conf_backend backend[BACKENDS_MAX];
	struct conf_backend *by_id[BACKENDS_MAX];
	struct live *live;
	struct health *health;
	struct pollfd fds[BACKENDS_MAX + 1];
	int resolver[2]; /* ours, and the checks' */
} w;

/* A port of the loopback on which somebody listens, or would be refused. */
static int
listen_somewhere(struct addr *a)
{
	bool foreign;
	int fd;

	if (addr_from_ip(a, STR("127.0.0.1"), 0) != 0)
		_exit(1);
	fd = sock_listen(a, &foreign);
	if (fd < 0 || sock_local(fd, a) != 0)
		_exit(1);
	return fd;
}

static void
refused_somewhere(struct addr *a)
{
	close(listen_somewhere(a));
}

static struct conf_backend *
add(const struct addr *a)
{
	const size_t i = w.conf.all_backend_count++;
	struct conf_backend *b = &w.backend[i];

	*b = (struct conf_backend){ .id = (unsigned)i,
		.kind = CONF_REAL,
		.name = STR("test"),
		.address = STR("late.test"),
		.connect_ms = CONNECT_MS };
	if (a != NULL) {
		b->addr = *a;
		b->port = addr_port(a);
	}
	w.by_id[i] = b;
	return b;
}

static struct conf_backend *
add_ha(const struct addr *a, const struct addr *ha)
{
	struct conf_backend *b = add(a);

	b->ha = true;
	b->ha_addr = *ha;
	return b;
}

static void
begin(void)
{
	w.conf.alive_ms = ALIVE_MS;
	w.conf.all_backends = w.by_id;
	if (channel_open(w.resolver) != 0)
		_exit(1);
	w.live = live_new(&w.conf);
	w.health = health_new(w.live, w.resolver[1]);
}

static void
end(void)
{
	health_free(w.health);
	live_free(w.live);
	close(w.resolver[0]);
	close(w.resolver[1]);
	memset(&w, 0, sizeof(w));
}

static void
take_answers(int64_t now_ms)
{
	struct resolver_answer a;
	enum resolver_status status;

	while ((status = resolver_take(w.resolver[1], &a)) == RESOLVER_OK)
		health_answer(w.health, &a, now_ms);
	if (status == RESOLVER_GONE)
		health_lost(w.health, now_ms);
}

/* One turn of the ticker at a given time; the descriptors polled. */
static size_t
turn_with(int64_t now_ms, int patience_ms)
{
	size_t n, asks;

	(void)health_begin(w.health, now_ms);
	n = health_fill(w.health, w.fds);
	asks = health_asks(w.health) ? 1 : 0;
	w.fds[n] = (struct pollfd){ .fd = w.resolver[1], .events = POLLIN };
	if (n + asks > 0)
		(void)poll(w.fds, n + asks, patience_ms);
	if (asks > 0 && w.fds[n].revents != 0)
		take_answers(now_ms);
	health_finish(w.health, w.fds, n);
	return n + asks;
}

static size_t
turn(int64_t now_ms)
{
	return turn_with(now_ms, PATIENCE_MS);
}

/* The same without patience: what hangs goes on hanging. */
static size_t
glance(int64_t now_ms)
{
	return turn_with(now_ms, 50);
}

static bool
alive(unsigned id)
{
	return w.live->backend[id].alive;
}

static void
test_plain(void)
{
	struct addr here, nowhere;
	int fd = listen_somewhere(&here);

	refused_somewhere(&nowhere);
	add(&here);
	add(&nowhere);
	add(&here)->kind = CONF_REDIRECT;
	begin();
	is_int(turn(0), 0, "all are alive: no check");
	is_int(health_begin(w.health, 1) == DEADLINE_NEVER, 1, "nothing due");
	backend_kill(&w.live->backend[0], "test");
	backend_kill(&w.live->backend[1], "test");
	is_int(health_begin(w.health, 100), 100 + ALIVE_MS, "due after Alive");
	is_int(turn(99 + ALIVE_MS), 0, "not before");
	turn(100 + ALIVE_MS);
	ok(alive(0), "there again");
	ok(!alive(1), "still refused");
	is_int(health_begin(w.health, 200 + ALIVE_MS), 100 + 2 * ALIVE_MS,
	    "the other one again after Alive");
	close(fd);
	turn(100 + 2 * ALIVE_MS);
	ok(alive(0) && !alive(1), "one that is alive is left alone");
	end();
}

static void
test_ha(void)
{
	struct addr here, nowhere, service;
	int fd = listen_somewhere(&here);

	refused_somewhere(&nowhere);
	refused_somewhere(&service); /* nobody asks the service itself */
	add_ha(&service, &here);
	add_ha(&service, &nowhere);
	add_ha(&service, &here)->disabled = true;
	begin();
	turn(0);
	ok(alive(0), "checked at once: well");
	ok(!alive(1), "checked at once: dead");
	is_int(w.live->backend[1].epoch, 1, "its sessions are void");
	is_int(health_begin(w.health, 1), ALIVE_MS, "again after Alive");
	close(fd);
	turn(ALIVE_MS);
	ok(!alive(0) && !alive(2), "died, also a disabled one");
	fd = sock_listen(&here, &(bool){ false });
	turn(2 * ALIVE_MS);
	ok(alive(0) && alive(2) && !alive(1), "there again");
	close(fd);
	end();
}

/* A full backlog swallows what comes: nobody says no. */
static int
listen_and_swallow(struct addr *a, int *fill)
{
	bool done;
	int fd = listen_somewhere(a);

	if (listen(fd, 0) != 0)
		_exit(1);
	for (int i = 0; i < 4; i++)
		fill[i] = sock_connect(a, &done);
	return fd;
}

static void
test_silence(void)
{
	struct addr silent;
	int fill[4], fd = listen_and_swallow(&silent, fill);

	add_ha(&silent, &silent);
	add(&silent)->connect_ms = 2 * ALIVE_MS;
	begin();
	backend_kill(&w.live->backend[1], "test");
	is_int(glance(0), 1, "it connects");
	is_int(health_begin(w.health, 1), CONNECT_MS, "until ConnTO");
	is_int(glance(CONNECT_MS - 1), 1, "it still does");
	ok(alive(0), "nothing is known yet");
	is_int(glance(CONNECT_MS), 0, "given up");
	ok(!alive(0), "dead: it timed out");
	is_int(glance(ALIVE_MS), 2, "both connect");
	is_int(health_begin(w.health, 2 * ALIVE_MS - 1), 2 * ALIVE_MS,
	    "at most Alive, whatever ConnTO is");
	is_int(glance(2 * ALIVE_MS), 2, "and begin anew");
	ok(!alive(1), "dead as before");
	for (int i = 0; i < 4; i++)
		close(fill[i]);
	close(fd);
	end();
}

static void
test_unix_backlog(void)
{
	char path[] = "/tmp/pound-test.XXXXXX";
	struct addr a;
	bool foreign, done;
	int fill[600], count = 0, fd;

	close(mkstemp(path));
	unlink(path);
	if (addr_from_path(&a, str_from(path)) != 0)
		_exit(1);
	fd = sock_listen(&a, &foreign);
	while (count < 600 && (fill[count] = sock_connect(&a, &done)) >= 0)
		count++;
	is_int(errno, EAGAIN, "backlog full after %d", count);
	add_ha(&a, &a);
	begin();
	is_int(turn(0), 0, "it waits");
	is_int(health_begin(w.health, 1), 20, "20 ms");
	turn(20);
	ok(alive(0), "still full: nothing is known");
	is_int(health_begin(w.health, 25), 40, "and once more");
	backend_kill_ha(&w.live->backend[0], "test");
	close(accept(fd, NULL, NULL));
	turn(40);
	ok(alive(0), "room in the backlog");
	while (count > 0)
		close(fill[--count]);
	close(fd);
	unlink(path);
	end();
}

/* The resolver's side. */
static uint64_t
asked_for(const char *name)
{
	struct resolver_question q = { .id = 0 };
	const ssize_t n = recv(w.resolver[0], &q, sizeof(q), MSG_DONTWAIT);

	is_int(n, sizeof(q), "a question");
	is_str(q.name, name, "the name asked for");
	return q.id;
}

static void
answer(uint64_t id, const struct addr *a)
{
	struct resolver_answer r = { .id = id };

	if (a != NULL)
		r.addr = *a;
	if (send(w.resolver[0], &r, sizeof(r), 0) < 0)
		ok(false, "answer: %s", strerror(errno));
}

static void
test_late_name(void)
{
	struct addr here;
	int fd = listen_somewhere(&here);
	uint64_t id;

	add(NULL);
	add(NULL)->emergency = true;
	begin();
	ok(!alive(0) && !alive(1), "without an address: dead");
	is_int(glance(0), 0, "the start has just asked");
	is_int(glance(ALIVE_MS), 1, "the resolver is asked");
	id = asked_for("late.test");
	answer(id, NULL);
	answer(asked_for("late.test") + 1000, &here);
	glance(ALIVE_MS + 1);
	ok(!alive(0) && !alive(1), "not found, and a stranger's answer");
	is_int(health_begin(w.health, ALIVE_MS + CONNECT_MS), 2 * ALIVE_MS,
	    "given up after ConnTO");
	glance(2 * ALIVE_MS);
	answer(asked_for("late.test"), &here);
	answer(asked_for("late.test"), &here);
	glance(2 * ALIVE_MS + 1);
	ok(alive(1), "an Emergency has its address, and that is all");
	turn(2 * ALIVE_MS + 2);
	ok(alive(0), "found and connected");
	ok(addr_equal(&w.live->backend[0].addr, &here), "its address");
	is_int(glance(3 * ALIVE_MS), 0, "never asked again");
	close(fd);
	end();
}

static void
test_late_ha_name(void)
{
	struct addr here, service;
	int fd = listen_somewhere(&here);
	struct conf_backend *b;

	refused_somewhere(&service);
	b = add(&service);
	b->ha = true;
	b->ha_text = STR("ha.test");
	b->ha_port = addr_port(&here);
	begin();
	glance(0);
	(void)asked_for("ha.test");
	glance(CONNECT_MS);
	ok(alive(0), "no answer says nothing of the back-end");
	glance(ALIVE_MS);
	answer(asked_for("ha.test"), &here);
	glance(ALIVE_MS + 1);
	turn(ALIVE_MS + 2);
	ok(alive(0), "checked at the name's address");
	close(fd);
	turn(2 * ALIVE_MS);
	ok(!alive(0), "and dead when that is");
	end();
}

/* A resolver that died is asked again when there is another. */
static void
test_lost_resolver(void)
{
	struct addr here;
	int fd = listen_somewhere(&here), ends[2];

	add(NULL);
	begin();
	glance(0);
	glance(ALIVE_MS);
	(void)asked_for("late.test");
	close(w.resolver[0]);
	glance(ALIVE_MS + 1);
	is_int(health_begin(w.health, ALIVE_MS + 2), ALIVE_MS + 1001,
	    "a second later");
	if (channel_open(ends) != 0 || dup2(ends[1], w.resolver[1]) < 0)
		_exit(1);
	close(ends[1]);
	w.resolver[0] = ends[0];
	glance(ALIVE_MS + 1001);
	answer(asked_for("late.test"), &here);
	glance(ALIVE_MS + 1002);
	turn(ALIVE_MS + 1003);
	ok(alive(0), "found by the second one");
	close(fd);
	end();
}

/* Many that hang take no longer than one. */
static void
test_at_once(void)
{
	struct addr silent, here;
	int fill[4], fd = listen_and_swallow(&silent, fill);
	int good = listen_somewhere(&here);

	for (int i = 0; i < 50; i++)
		add_ha(&silent, &silent);
	add(&here);
	begin();
	backend_kill(&w.live->backend[50], "test");
	is_int(glance(0), 50, "all connect at once");
	glance(CONNECT_MS);
	for (unsigned i = 0; i < 50; i++)
		if (alive(i))
			ok(false, "back-end %u is not dead", i);
	turn(ALIVE_MS);
	ok(alive(50), "those beside them are found");
	for (int i = 0; i < 4; i++)
		close(fill[i]);
	close(fd);
	close(good);
	end();
}

int
main(void)
{
	test_plain();
	test_ha();
	test_silence();
	test_unix_backlog();
	test_late_name();
	test_late_ha_name();
	test_lost_resolver();
	test_at_once();
	return tap_done();
}
