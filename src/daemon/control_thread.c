/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/control_thread.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "control/ctlserver.h"

/* For answers that have begun when all is over. */
#define END_MS 500
/* Instead of a number: the supervisor is not asked any more. */
#define NOBODY_ASKS UINT32_MAX

struct control_thread {
	struct lock_thread thread;
	int orders[2]; /* of a channel: main's end, the thread's end */
	int supervisor;
	_Atomic uint32_t asked; /* the last question; or NOBODY_ASKS, main's */
	uint32_t told;		/* main's: up to this one */
	struct ctlanswer_about about;
	struct ctlserver *server;
};

/* The number comes first: once main sees that the supervisor was asked, it
 * waits for the answer. */
static enum ctlserver_ask
ask_supervisor(void *arg, uint32_t number)
{
	struct control_thread *t = arg;
	uint32_t last = number - 1;

	if (!atomic_compare_exchange_strong(&t->asked, &last, number))
		return CTLSERVER_ELSEWHERE;
	if (channel_send_number(t->supervisor, CHANNEL_RELOAD, number, -1) == 0)
		return CTLSERVER_ASKED;
	last = number;
	(void)atomic_compare_exchange_strong(&t->asked, &last, number - 1);
	return CTLSERVER_CANNOT;
}

/* All that the supervisor wrote is there: it has closed its end. */
static void
read_words(struct strbuf *words, int fd)
{
	char bytes[4096];
	ssize_t n;

	while (fd >= 0 && (n = read(fd, bytes, sizeof(bytes))) > 0)
		strbuf_add(words, str_make(bytes, (size_t)n));
}

static void
tell_reloaded(const struct control_thread *t, const struct channel_message *m,
    int passed)
{
	const bool done = m->kind == CHANNEL_RELOADED;
	struct strbuf words;
	struct str text;

	strbuf_init(&words, CHANNEL_WORDS_MAX);
	if (!done)
		strbuf_addf(&words, "reload refused:\n");
	read_words(&words, passed);
	text = strbuf_str(&words);
	if (text.len > 0 && text.p[text.len - 1] == '\n')
		text.len--;
	ctlserver_reloaded(t->server, m->number, done, text);
	strbuf_release(&words);
}

/* false: the worker ends. */
static bool
take_orders(const struct control_thread *t)
{
	struct channel_message m;
	enum channel_status status;
	int passed;

	while ((status = channel_receive(t->orders[1], &m, &passed)) ==
	    CHANNEL_OK) {
		if (m.kind == CHANNEL_RETIRE)
			ctlserver_retire(t->server);
		else
			tell_reloaded(t, &m, passed);
		if (passed >= 0)
			close(passed);
	}
	return status != CHANNEL_CLOSED;
}

static void *
run(void *arg)
{
	struct control_thread *t = arg;

	while (take_orders(t))
		ctlserver_turn(t->server, t->orders[1]);
	ctlserver_finish(t->server, END_MS);
	log_thread_release();
	return NULL;
}

static void
control_thread_free(struct control_thread *t)
{
	ctlserver_free(t->server);
	for (int i = 0; i < 2; i++)
		if (t->orders[i] >= 0)
			close(t->orders[i]);
	if (t->supervisor >= 0)
		close(t->supervisor);
	mem_free(t);
}

struct control_thread *
control_thread_start(int fd, struct live *live,
    const struct ctlanswer_about *about, int channel)
{
	struct control_thread *t = mem_alloc(sizeof(*t));
	int error;

	t->about = *about;
	t->orders[0] = t->orders[1] = -1;
	t->supervisor = channel < 0 ? -1 : fcntl(channel, F_DUPFD_CLOEXEC, 0);
	t->server = ctlserver_new(fd, live, &t->about);
	if (t->supervisor >= 0)
		ctlserver_can_reload(t->server, ask_supervisor, t);
	error = channel_open(t->orders) != 0
	    ? errno
	    : lock_thread_start(&t->thread, run, t);
	if (error == 0)
		return t;
	control_thread_free(t);
	errno = error;
	return NULL;
}

void
control_thread_retire(struct control_thread *t)
{
	(void)channel_send(t->orders[0], CHANNEL_RETIRE, NULL, -1);
}

void
control_thread_reloaded(struct control_thread *t,
    const struct channel_message *m, int passed)
{
	(void)channel_send_number(t->orders[0], m->kind, m->number, passed);
	if (m->number > t->told)
		t->told = m->number;
}

bool
control_thread_let_go(struct control_thread *t)
{
	uint32_t last = t->told;

	return atomic_compare_exchange_strong(&t->asked, &last, NOBODY_ASKS) ||
	    last == NOBODY_ASKS;
}

void
control_thread_stop(struct control_thread *t)
{
	close(t->orders[0]);
	t->orders[0] = -1;
	lock_thread_join(&t->thread);
	control_thread_free(t);
}
