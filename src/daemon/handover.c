/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/compat.h"
#include "base/deadline.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/signals.h"
#include "net/sock.h"
#include "net/ticket.h"

#define VARIABLE "POUND_HANDOVER"
/* The rest fits a pipe. */
#define REST_MAX 60000
#define VARIABLE_MAX 100000
/* More descriptors than any list has. */
#define LIST_MAX 8192

/* ------ giving ------ */

struct giver {
	struct strbuf sockets, others, rest;
	int copy[LIST_MAX]; /* descriptors that the other image gets */
	size_t copies;
	bool failed;
};

/* One that stays open; its number. */
static int
give(struct giver *g, struct strbuf *list, int fd)
{
	const int copy = g->copies < LIST_MAX
	    ? fcntl(fd, F_DUPFD, STDERR_FILENO + 1)
	    : -1;

	if (copy < 0) {
		g->failed = true;
		return -1;
	}
	g->copy[g->copies++] = copy;
	strbuf_addf(list, "%s%d", list->len > 0 ? "," : "", copy);
	return copy;
}

static void
give_child(struct giver *g, const char *what, const struct child *c)
{
	if (c->pid == 0 || c->channel < 0)
		return;
	strbuf_addf(&g->rest,
	    "%s %ld %d %" PRId64 " %u %" PRIu32 " %" PRIu32 " %" PRIu32 "\n",
	    what, (long)c->pid, give(g, &g->others, c->channel), c->since_ms,
	    c->hurried, c->asked, c->doing, c->answered);
}

static void
give_tickets(struct giver *g)
{
	unsigned char ring[TICKET_RING_SIZE];

	if (!ticket_export(ring))
		return;
	strbuf_addf(&g->rest, "tickets ");
	for (size_t i = 0; i < sizeof(ring); i++)
		strbuf_addf(&g->rest, "%02x", ring[i]);
	strbuf_addf(&g->rest, "\n");
}

static void
give_rest(struct giver *g, const struct setup *s, const struct crew *crew,
    unsigned reloads)
{
	strbuf_addf(&g->rest, "pound %" PRId64 " %u %u %d\n", s->started_ms,
	    s->restarts, reloads, s->daemonise.background ? 1 : 0);
	give_child(g, "worker", &crew->worker);
	give_child(g, "resolver", &crew->resolver);
	for (unsigned i = 0; i < crew->retired_count; i++)
		give_child(g, "retired", &crew->retired[i]);
	if (log_syslog_fd() >= 0)
		strbuf_addf(&g->rest, "syslog %d\n",
		    give(g, &g->others, log_syslog_fd()));
	give_tickets(g);
}

/* The pipe comes first among the others. */
static void
give_all(struct giver *g, const struct setup *s, const struct crew *crew,
    unsigned reloads)
{
	int ends[2];

	for (size_t i = 0; i < s->listening.count; i++)
		give(g, &g->sockets, s->listening.fd[i]);
	if (s->control.fd >= 0)
		give(g, &g->sockets, s->control.fd);
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
		g->failed = true;
		return;
	}
	give(g, &g->others, ends[0]);
	close(ends[0]);
	give_rest(g, s, crew, reloads);
	if (g->rest.overflow ||
	    write(ends[1], g->rest.text, g->rest.len) != (ssize_t)g->rest.len)
		g->failed = true;
	close(ends[1]);
}

/* What the service manager handed over stays where it was. */
static void
keep_handed(const struct listening *handed, int flags)
{
	for (size_t i = 0; i < handed->count; i++)
		if (handed->fd[i] >= 0)
			(void)fcntl(handed->fd[i], F_SETFD, flags);
}

/* Returns when it has failed: errno. */
static void
execute_held(const char *program, const struct setup *s)
{
	sigset_t before;
	int error;

	signals_hand_on(s->signals, &before);
	execv(program, s->options->argv);
	error = errno;
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	errno = error;
}

static void
execute(const char *program, const struct giver *g, const struct setup *s)
{
	struct strbuf value;

	strbuf_init(&value, VARIABLE_MAX);
	strbuf_addf(&value, "%d %s %s", HANDOVER_VERSION,
	    g->sockets.len > 0 ? strbuf_text(&g->sockets) : "-",
	    strbuf_text(&g->others));
	keep_handed(&s->handed, 0);
	if (!value.overflow && setenv(VARIABLE, strbuf_text(&value), 1) == 0) {
		fflush(NULL);
		execute_held(program, s);
	}
	unsetenv(VARIABLE);
	keep_handed(&s->handed, FD_CLOEXEC);
	strbuf_release(&value);
}

void
handover_execute(const char *program, const struct setup *setup,
    const struct crew *crew, unsigned reloads)
{
	struct giver *g = mem_alloc(sizeof(*g));
	int error;

	strbuf_init(&g->sockets, VARIABLE_MAX);
	strbuf_init(&g->others, VARIABLE_MAX);
	strbuf_init(&g->rest, REST_MAX);
	errno = 0;
	give_all(g, setup, crew, reloads);
	if (!g->failed)
		execute(program, g, setup);
	error = errno != 0 ? errno : E2BIG;
	for (size_t i = 0; i < g->copies; i++)
		close(g->copy[i]);
	strbuf_release(&g->sockets);
	strbuf_release(&g->others);
	strbuf_release(&g->rest);
	mem_free(g);
	errno = error;
}

/* ------ taking ------ */

/* Descriptors of "3,4,5"; "-" is none. They are close-on-exec then. */
static size_t
take_list(const char *text, int fd[LIST_MAX])
{
	size_t n = 0;

	while (*text >= '0' && *text <= '9' && n < LIST_MAX) {
		char *end;
		const long number = strtol(text, &end, 10);

		if (number > STDERR_FILENO &&
		    fcntl((int)number, F_SETFD, FD_CLOEXEC) == 0)
			fd[n++] = (int)number;
		text = *end == ',' ? end + 1 : end;
	}
	return n;
}

/* The control socket is the one that is no listener's. */
static void
take_sockets(struct handover *h, const char *text)
{
	int *fd = mem_alloc(LIST_MAX * sizeof(*fd));
	const size_t n = take_list(text, fd);
	size_t inet = 0;

	for (size_t i = 0; i < n; i++) {
		struct addr addr;

		if (sock_listens(fd[i], &addr) && addr_family(&addr) == AF_UNIX)
			control_socket_adopt(&h->before.control, fd[i]);
		else
			fd[inet++] = fd[i];
	}
	listening_adopt(&h->before.listening, fd, inet);
	mem_free(fd);
}

static bool
take_child(struct child *c, const char *name, const char *words)
{
	long pid;

	child_init(c, name);
	if (sscanf(words,
		"%ld %d %" SCNd64 " %u %" SCNu32 " %" SCNu32 " %" SCNu32, &pid,
		&c->channel, &c->since_ms, &c->hurried, &c->asked, &c->doing,
		&c->answered) != 7)
		return false;
	c->pid = (pid_t)pid;
	c->ready = true;
	return true;
}

static bool
take_tickets(const char *hex)
{
	unsigned char ring[TICKET_RING_SIZE];

	for (size_t i = 0; i < sizeof(ring); i++) {
		unsigned byte;

		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			return false;
		ring[i] = (unsigned char)byte;
	}
	ticket_import(ring);
	return true;
}

static bool
take_retired(struct handover *h, const char *words)
{
	struct crew *w = &h->crew;
	struct child *c = &w->retired[w->retired_count];

	if (w->retired_count == CREW_RETIRED_ROOM ||
	    !take_child(c, "worker", words))
		return false;
	c->told = true;
	w->retired_count++;
	return true;
}

static bool
take_pound(struct handover *h, const char *words)
{
	int background;

	if (sscanf(words, "%" SCNd64 " %u %u %d", &h->started_ms, &h->restarts,
		&h->reloads, &background) != 4)
		return false;
	h->background = background != 0;
	return true;
}

static bool
take_syslog(const char *words)
{
	int fd;

	if (sscanf(words, "%d", &fd) != 1)
		return false;
	log_set_syslog_fd(fd);
	return true;
}

static bool
take_line(struct handover *h, const char *line)
{
	const char *words = strchr(line, ' ');
	const struct str what = str_make(line,
	    words != NULL ? (size_t)(words - line) : 0);

	if (str_eq(what, STR("pound")))
		return take_pound(h, words);
	if (str_eq(what, STR("worker")))
		return take_child(&h->crew.worker, "worker", words);
	if (str_eq(what, STR("resolver")))
		return take_child(&h->crew.resolver, "resolver", words);
	if (str_eq(what, STR("retired")))
		return take_retired(h, words);
	if (str_eq(what, STR("syslog")))
		return take_syslog(words);
	return str_eq(what, STR("tickets")) && take_tickets(words + 1);
}

/* All of it, or nothing. */
static bool
take_rest(struct handover *h, int fd)
{
	char *text = mem_alloc(REST_MAX + 1);
	const ssize_t n = read(fd, text, REST_MAX);
	bool well = n > 0;
	char *line = text, *end;

	while (well && (end = strchr(line, '\n')) != NULL) {
		*end = '\0';
		well = take_line(h, line);
		line = end + 1;
	}
	mem_free(text);
	return well;
}

static void
take_others(struct handover *h, const char *text, int version)
{
	int *fd = mem_alloc(LIST_MAX * sizeof(*fd));
	const size_t n = take_list(text, fd);

	h->understood = version == HANDOVER_VERSION && n > 0 &&
	    take_rest(h, fd[0]);
	if (n > 0)
		close(fd[0]);
	for (size_t i = 1; i < n && !h->understood; i++)
		close(fd[i]);
	if (!h->understood)
		crew_init(&h->crew);
	mem_free(fd);
}

void
handover_take(struct handover *h)
{
	const char *value = getenv(VARIABLE);
	char *copy, *sockets, *others;

	*h = (struct handover){ .given = value != NULL };
	h->before.control.fd = -1;
	crew_init(&h->crew);
	if (value == NULL)
		return;
	copy = mem_copy_text(value);
	unsetenv(VARIABLE);
	sockets = strchr(copy, ' ');
	others = sockets != NULL ? strchr(sockets + 1, ' ') : NULL;
	if (others != NULL) {
		*others = '\0';
		take_sockets(h, sockets + 1);
		take_others(h, others + 1, (int)strtol(copy, NULL, 10));
	}
	mem_free(copy);
}

void
handover_release(struct handover *h)
{
	setup_forget(&h->before);
}
