/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/ctlserver.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include <sys/socket.h>

#include "base/check.h"
#include "base/compat.h"
#include "base/deadline.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"

/* An answer goes out in pieces of this size. */
#define OUT_SIZE 65536
/* No descriptor for a client: the next try. */
#define PAUSE_MS 100

/*
 *	READING --command--> ANSWERING --all of it--> gone
 *	  |   '--reload--> WAITING --told--^ | 5 s without progress
 *	  '---- 5 s, end, nonsense ----> gone'
 */
struct ctlserver_client {
	int fd; /* -1: nobody */
	int64_t by_ms;
	size_t have; /* bytes of the command */
	unsigned char in[COMMAND_SIZE_MAX];
	bool answering;
	uint32_t waits; /* for this reload; 0: not */
	struct ctlanswer answer;
	unsigned char *out; /* OUT_SIZE bytes */
	size_t out_len, out_sent;
};

struct ctlserver {
	int fd;
	struct live *live;
	const struct ctlanswer_about *about;
	int64_t accept_ms;				       /* not before */
	enum ctlserver_ask (*ask)(void *arg, uint32_t number); /* or NULL */
	void *ask_arg;
	uint32_t reloads; /* that were asked for */
	struct ctlserver_client client[CTLSERVER_CLIENTS];
};

struct ctlserver *
ctlserver_new(int fd, struct live *live, const struct ctlanswer_about *about)
{
	struct ctlserver *s = mem_alloc(sizeof(*s));

	s->fd = fd;
	s->live = live;
	s->about = about;
	for (size_t i = 0; i < CTLSERVER_CLIENTS; i++)
		s->client[i].fd = -1;
	return s;
}

void
ctlserver_retire(struct ctlserver *s)
{
	s->fd = -1; /* none to poll(2) */
}

static void
drop(struct ctlserver_client *c)
{
	close(c->fd);
	mem_free(c->out);
	*c = (struct ctlserver_client){ .fd = -1 };
}

void
ctlserver_free(struct ctlserver *s)
{
	for (size_t i = 0; i < CTLSERVER_CLIENTS; i++)
		if (s->client[i].fd >= 0)
			drop(&s->client[i]);
	mem_free(s);
}

/* ------ clients come ------ */

/* A free place, or that of who has made us wait the longest for what he
 * wants: all that wait were given the same time. */
static struct ctlserver_client *
place(struct ctlserver *s)
{
	struct ctlserver_client *oldest = &s->client[0];

	for (size_t i = 0; i < CTLSERVER_CLIENTS; i++) {
		struct ctlserver_client *c = &s->client[i];

		if (c->fd < 0)
			return c;
		if (c->by_ms < oldest->by_ms)
			oldest = c;
	}
	drop(oldest);
	return oldest;
}

static void
accept_clients(struct ctlserver *s, int64_t now_ms)
{
	int fd;

	while ((fd = accept4(s->fd, NULL, NULL,
		    SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct ctlserver_client *c = place(s);

		c->fd = fd;
		c->by_ms = now_ms + CTLSERVER_PATIENCE_MS;
	}
	/* Without a pause an event that stays would be a busy loop. */
	if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
		s->accept_ms = now_ms + PAUSE_MS;
}

/* ------ reload ------ */

void
ctlserver_can_reload(struct ctlserver *s,
    enum ctlserver_ask (*ask)(void *arg, uint32_t number), void *arg)
{
	s->ask = ask;
	s->ask_arg = arg;
}

static void
speak(struct ctlserver_client *c, bool done, struct str words, int64_t now_ms)
{
	c->out = mem_alloc(CTLANSWER_SPOKEN(words.len));
	c->out_len = ctlanswer_speak(c->out, done, words);
	c->answer.stage = CTLANSWER_OVER;
	c->answering = true;
	c->waits = 0;
	c->by_ms = now_ms + CTLSERVER_PATIENCE_MS;
}

/* false: over. */
static bool
ask_reload(struct ctlserver *s, struct ctlserver_client *c)
{
	const int64_t now_ms = deadline_now_ms();
	const enum ctlserver_ask asked = s->ask == NULL
	    ? CTLSERVER_CANNOT
	    : s->ask(s->ask_arg, s->reloads + 1);

	if (asked == CTLSERVER_ASKED) {
		c->waits = ++s->reloads;
		c->by_ms = now_ms + CTLSERVER_RELOAD_MS;
	} else if (asked == CTLSERVER_CANNOT) {
		speak(c, false,
		    STR("this Pound cannot reload: nobody supervises it"),
		    now_ms);
	}
	return asked != CTLSERVER_ELSEWHERE;
}

void
ctlserver_reloaded(struct ctlserver *s, uint32_t number, bool done,
    struct str words)
{
	const int64_t now_ms = deadline_now_ms();

	for (size_t i = 0; i < CTLSERVER_CLIENTS; i++) {
		struct ctlserver_client *c = &s->client[i];

		if (c->fd >= 0 && c->waits != 0 && c->waits <= number)
			speak(c, done, words, now_ms);
	}
}

/* ------ commands ------ */

static void
refuse(struct ctlserver_client *c, const char *words)
{
	log_line(LOG_PRIO_WARNING, "control socket: %s", words);
	c->answer = (struct ctlanswer){ 0 };
	ctlanswer_refuse(&c->answer, words);
	c->answering = true;
}

/* false: over. */
static bool
take_command(struct ctlserver *s, struct ctlserver_client *c, struct wire *body)
{
	struct command command = { 0 };

	command_wire(body, &command);
	if (!wire_complete(body)) {
		refuse(c, "a command that makes no sense");
		return true;
	}
	if (command_row(&command) != NULL &&
	    command_reloads(command_row(&command)))
		return ask_reload(s, c);
	ctlanswer_begin(&c->answer, s->live, s->about, &command);
	c->answering = true;
	return true;
}

static void
refuse_version(struct ctlserver_client *c, const struct wire_frame *frame)
{
	char words[128];

	snprintf(words, sizeof(words),
	    "poundctl speaks version %u of the control protocol, this Pound "
	    "version %d",
	    frame->version, WIRE_VERSION);
	refuse(c, words);
}

/* What came so far. false: the client is not one of ours, or no more. */
static bool
understand(struct ctlserver *s, struct ctlserver_client *c)
{
	struct wire_frame frame;

	switch (wire_read(str_make((char *)c->in, c->have), &frame)) {
	case WIRE_OK:
		if (frame.kind != WIRE_COMMAND)
			return false;
		return take_command(s, c, &frame.body);
	case WIRE_MORE:
		return c->have < sizeof(c->in);
	case WIRE_VERSIONS:
		refuse_version(c, &frame);
		return true;
	default:
		log_line(LOG_PRIO_WARNING,
		    "control socket: somebody who is not poundctl");
		return false;
	}
}

/* Somebody who waits has nothing to say: false when he has gone. */
static bool
still_waits(const struct ctlserver_client *c)
{
	char byte;

	return recv(c->fd, &byte, 1, MSG_DONTWAIT) != 0;
}

/* false: over. */
static bool
read_command(struct ctlserver *s, struct ctlserver_client *c)
{
	const ssize_t n = read(c->fd, c->in + c->have, sizeof(c->in) - c->have);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0)
		return false;
	c->have += (size_t)n;
	return understand(s, c);
}

/* ------ answers ------ */

static bool
write_answer(struct ctlserver_client *c, int64_t now_ms)
{
	ssize_t n;

	if (c->out == NULL)
		c->out = mem_alloc(OUT_SIZE);
	if (c->out_sent == c->out_len) {
		c->out_sent = 0;
		c->out_len = ctlanswer_next(&c->answer, c->out, OUT_SIZE);
	}
	if (c->out_len == 0)
		return false;
	check(lock_none_held());
	n = send(c->fd, c->out + c->out_sent, c->out_len - c->out_sent,
	    MSG_NOSIGNAL);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	c->out_sent += (size_t)n;
	c->by_ms = now_ms + CTLSERVER_PATIENCE_MS;
	return true;
}

static void
serve(struct ctlserver *s, struct ctlserver_client *c, short events,
    int64_t now_ms)
{
	bool stays = now_ms < c->by_ms;

	if (stays && c->waits != 0 && events != 0)
		stays = still_waits(c);
	else if (stays && !c->answering && events != 0)
		stays = read_command(s, c);
	/* The first piece fits the socket as good as always. */
	if (stays && c->answering)
		stays = write_answer(c, now_ms);
	if (!stays)
		drop(c);
}

/* ------ one turn ------ */

static int
timeout(const struct ctlserver *s, int64_t now_ms)
{
	int64_t due = DEADLINE_NEVER;

	for (size_t i = 0; i < CTLSERVER_CLIENTS; i++)
		if (s->client[i].fd >= 0)
			due = deadline_min(due, s->client[i].by_ms);
	if (s->accept_ms > now_ms)
		due = deadline_min(due, s->accept_ms);
	return deadline_wait_ms(now_ms, due);
}

static bool
answers(const struct ctlserver *s)
{
	for (size_t i = 0; i < CTLSERVER_CLIENTS; i++)
		if (s->client[i].fd >= 0 && s->client[i].answering)
			return true;
	return false;
}

void
ctlserver_finish(struct ctlserver *s, int wait_ms)
{
	const int64_t by_ms = deadline_now_ms() + wait_ms;

	ctlserver_retire(s);
	while (answers(s) && deadline_now_ms() < by_ms) {
		for (size_t i = 0; i < CTLSERVER_CLIENTS; i++)
			if (s->client[i].fd >= 0)
				s->client[i].by_ms = deadline_min(by_ms,
				    s->client[i].by_ms);
		ctlserver_turn(s, -1);
	}
}

void
ctlserver_turn(struct ctlserver *s, int wake)
{
	struct pollfd fds[2 + CTLSERVER_CLIENTS];
	int64_t now_ms = deadline_now_ms();

	fds[0] = (struct pollfd){ .fd = wake, .events = POLLIN };
	/* A negative descriptor is none to poll(2). */
	fds[1] = (struct pollfd){ .fd = now_ms < s->accept_ms ? -1 : s->fd,
		.events = POLLIN };
	for (size_t i = 0; i < CTLSERVER_CLIENTS; i++)
		fds[2 + i] = (struct pollfd){ .fd = s->client[i].fd,
			.events = s->client[i].answering ? POLLOUT : POLLIN };
	(void)poll(fds, ARRAY_LEN(fds), timeout(s, now_ms));
	now_ms = deadline_now_ms();
	for (size_t i = 0; i < CTLSERVER_CLIENTS; i++)
		if (s->client[i].fd >= 0)
			serve(s, &s->client[i], fds[2 + i].revents, now_ms);
	if (fds[1].revents != 0)
		accept_clients(s, now_ms);
}
