/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/scripted.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/conn_layer.h"

static struct scripted *
script_of(const struct conn *c)
{
	return c->layer;
}

/* An empty SEND would look like the end. */
static bool
is_nothing(const struct scripted_step *step)
{
	return step->kind == SCRIPTED_SEND && step->len == 0;
}

static const struct scripted_step *
current(struct scripted_play *play)
{
	while (play->step < play->end && is_nothing(play->step))
		play->step++;
	return play->step < play->end ? play->step : NULL;
}

static void
use(struct scripted_play *play, size_t n)
{
	play->used += n;
	if (play->used >= play->step->len) {
		play->step++;
		play->used = 0;
	}
}

static ssize_t
say_again(struct conn *c, uint8_t event)
{
	c->ready &= (uint8_t)~event;
	c->want = event;
	errno = EAGAIN;
	return -1;
}

static ssize_t
fail_with(int error)
{
	errno = error;
	return -1;
}

static ssize_t
give(struct conn *c, void *p, size_t n)
{
	struct scripted *s = script_of(c);
	const struct scripted_step *step = s->reads.step;
	size_t rest = step->len - s->reads.used;
	size_t got = rest < n ? rest : n;

	if (s->bytewise && got > 1)
		got = 1;
	memcpy(p, step->bytes + s->reads.used, got);
	use(&s->reads, got);
	if (got < n && (c->ready & CONN_HANGUP) == 0)
		c->ready &= (uint8_t)~CONN_READ;
	return (ssize_t)got;
}

static ssize_t
scripted_read(struct conn *c, void *p, size_t n)
{
	struct scripted *s = script_of(c);
	const struct scripted_step *step = current(&s->reads);

	if ((c->ready & CONN_READ) == 0)
		return say_again(c, CONN_READ);
	s->tries++;
	if (step == NULL || step->kind == SCRIPTED_PAUSE)
		return say_again(c, CONN_READ);
	if (step->kind == SCRIPTED_END)
		return 0;
	if (step->kind == SCRIPTED_BREAK)
		return fail_with(step->error);
	return give(c, p, n);
}

static void
record(struct scripted *s, const void *p, size_t n)
{
	if (s->out_len + n + 1 > s->out_cap) {
		s->out_cap = 2 * (s->out_len + n + 1);
		s->out = realloc(s->out, s->out_cap);
		if (s->out == NULL) {
			perror("scripted: realloc");
			exit(99);
		}
	}
	if (n > 0)
		memcpy(s->out + s->out_len, p, n);
	s->out_len += n;
	s->out[s->out_len] = '\0';
}

static size_t
record_pieces(struct scripted *s, const struct iovec *iov, int count,
    size_t room)
{
	size_t before = s->out_len;

	for (int i = 0; i < count && room > 0; i++) {
		size_t n = iov[i].iov_len < room ? iov[i].iov_len : room;

		record(s, iov[i].iov_base, n);
		room -= n;
	}
	return s->out_len - before;
}

static ssize_t
scripted_write(struct conn *c, const struct iovec *iov, int count)
{
	struct scripted *s = script_of(c);
	const struct scripted_step *step = current(&s->writes);
	size_t room = SIZE_MAX, sent;

	if ((c->ready & CONN_WRITE) == 0)
		return say_again(c, CONN_WRITE);
	s->tries++;
	if (step != NULL && step->kind == SCRIPTED_PAUSE)
		return say_again(c, CONN_WRITE);
	if (step != NULL && step->kind == SCRIPTED_BREAK)
		return fail_with(step->error);
	if (step != NULL)
		room = step->len - s->writes.used;
	sent = record_pieces(s, iov, count, room);
	if (step != NULL)
		use(&s->writes, sent);
	if (sent < conn_iov_bytes(iov, count))
		(void)say_again(c, CONN_WRITE);
	return (ssize_t)sent;
}

static int
scripted_handshake(struct conn *c)
{
	struct scripted *s = script_of(c);

	if ((c->ready & CONN_READ) == 0)
		return (int)say_again(c, CONN_READ);
	if (s->handshakes > 0) {
		s->handshakes--;
		return (int)say_again(c, CONN_READ);
	}
	return s->handshake_error != 0 ? (int)fail_with(s->handshake_error) : 0;
}

static void
scripted_finish(struct conn *c)
{
	script_of(c)->finishes++;
}

static void
scripted_close(struct conn *c)
{
	script_of(c)->closed = true;
}

static bool
scripted_pending(const struct conn *c)
{
	(void)c;
	return false;
}

static const struct conn_ops scripted_ops = {
	.name = "scripted",
	.read = scripted_read,
	.write = scripted_write,
	.handshake = scripted_handshake,
	.finish = scripted_finish,
	.close = scripted_close,
	.pending = scripted_pending,
};

void
scripted_open(struct scripted *s, struct conn *c,
    const struct scripted_step *steps, size_t count)
{
	*s = (struct scripted){ .reads = { steps, steps + count, 0 } };
	record(s, NULL, 0);
	/* A number that no descriptor has: a stray system call fails. */
	*c = (struct conn){ .ops = &scripted_ops,
		.fd = INT_MAX,
		.ready = CONN_READ | CONN_WRITE,
		.layer = s };
}

void
scripted_takes(struct scripted *s, const struct scripted_step *steps,
    size_t count)
{
	s->writes = (struct scripted_play){ steps, steps + count, 0 };
}

static void
skip_pauses(struct scripted_play *play)
{
	while (play->step < play->end && play->step->kind == SCRIPTED_PAUSE)
		play->step++;
}

static uint8_t
events_of(struct scripted *s)
{
	const struct scripted_step *step = current(&s->reads);

	if (step == NULL)
		return 0;
	if (step->kind == SCRIPTED_BREAK)
		return CONN_READ | CONN_WRITE | CONN_HANGUP | CONN_BROKEN;
	if (step->kind == SCRIPTED_END)
		return CONN_READ | CONN_HANGUP;
	return CONN_READ;
}

bool
scripted_advance(struct conn *c)
{
	struct scripted *s = script_of(c);
	uint8_t events = 0;

	if (c->fd < 0)
		return false;
	if ((c->ready & CONN_READ) == 0 && !c->eof && !c->unreadable) {
		skip_pauses(&s->reads);
		events |= events_of(s);
	}
	if (s->handshakes > 0)
		events |= CONN_READ;
	if ((c->ready & CONN_WRITE) == 0 && !c->failed) {
		skip_pauses(&s->writes);
		events |= CONN_WRITE;
	}
	c->ready |= events;
	return events != 0;
}

void
scripted_release(struct scripted *s)
{
	free(s->out);
	s->out = NULL;
	s->out_len = s->out_cap = 0;
}
