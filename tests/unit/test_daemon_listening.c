/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/listening.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "net/sock.h"
#include "tap.h"

#define COUNT 3

static struct conf_listener listener[COUNT];
static struct conf_listener *listeners[COUNT];
static const struct listening_sources none = { NULL, NULL };
static const struct conf conf = { .listeners = listeners,
	.listener_count = COUNT };

/* ip, and a port of it that is free, or taken by *busy. */
static void
set(unsigned i, struct str ip, int *busy)
{
	struct conf_listener *l = &listener[i];
	bool foreign;
	int fd;

	*l = (struct conf_listener){ .id = i,
		.name = ip,
		.place = { "test.cfg", i + 1 } };
	listeners[i] = l;
	if (addr_from_ip(&l->addr, ip, 0) != 0)
		_exit(1);
	fd = sock_listen(&l->addr, &foreign);
	if (fd < 0 || sock_local(fd, &l->addr) != 0)
		_exit(1);
	if (busy != NULL)
		*busy = fd;
	else
		close(fd);
}

static bool
connects(unsigned i)
{
	struct pollfd out = { .events = POLLOUT };
	bool done, well;

	out.fd = sock_connect(&listener[i].addr, &done);
	if (out.fd < 0)
		return false;
	well = poll(&out, 1, 5000) == 1 && sock_connect_result(out.fd) == 0;
	close(out.fd);
	return well;
}

/* What a call writes on standard error. */
static const char *
said(const struct listening *l)
{
	static char text[4096];
	int way[2], before = dup(STDERR_FILENO);
	ssize_t n;

	if (pipe(way) != 0 || fcntl(way[0], F_SETFL, O_NONBLOCK) != 0)
		_exit(1);
	dup2(way[1], STDERR_FILENO);
	listening_warn_foreign(l);
	dup2(before, STDERR_FILENO);
	n = read(way[0], text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	close(way[0]);
	close(way[1]);
	close(before);
	return text;
}

static void
test_good(void)
{
	struct listening l;
	struct strbuf why;
	const char *words;

	strbuf_init(&why, 4096);
	set(0, STR("127.0.0.1"), NULL);
	set(1, STR("192.0.2.77"), NULL); /* nobody has it */
	set(2, STR("::1"), NULL);
	is_int(listening_open(&l, &conf, &none, &why), 0, "all open");
	is_str(strbuf_text(&why), "", "no complaint");
	ok(l.foreign[1] && !l.foreign[0] && !l.foreign[2], "one is foreign");
	ok(connects(0) && connects(2), "connections come");
	words = said(&l);
	ok(strstr(words, "192.0.2.77") != NULL, "a warning names it: %s",
	    words);
	ok(strstr(words, "127.0.0.1") == NULL, "and nothing else");
	listener[1].addr = listener[0].addr; /* the other of the pair died */
	is_str(said(&l), "", "no warning when the machine has it");
	for (size_t i = 0; i < l.count; i++)
		listening_stop(&l, i);
	ok(!connects(0) && !connects(2), "stopped: connections are refused");
	ok(fcntl(l.fd[0], F_GETFD) >= 0, "the number is still taken");
	listening_release(&l);
	strbuf_release(&why);
}

static void
test_busy(void)
{
	struct listening l;
	struct strbuf why;
	int first, third;

	strbuf_init(&why, 4096);
	set(0, STR("127.0.0.1"), &first);
	set(1, STR("127.0.0.1"), NULL);
	set(2, STR("127.0.0.2"), &third);
	is_int(listening_open(&l, &conf, &none, &why), -1,
	    "two of three are taken");
	is_str(strbuf_text(&why),
	    "test.cfg line 1: cannot listen on 127.0.0.1: "
	    "Address already in use\n"
	    "test.cfg line 3: cannot listen on 127.0.0.2: "
	    "Address already in use\n",
	    "both are named");
	ok(!connects(1), "the third is not left open");
	listening_release(&l);
	close(first);
	close(third);
	strbuf_release(&why);
}

int
main(void)
{
	test_good();
	test_busy();
	return tap_done();
}
