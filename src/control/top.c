/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/top.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <sys/ioctl.h>

#include "base/compat.h"
#include "base/deadline.h"
#include "control/ctlclient.h"

#define PERIOD_MS 1000
#define SCREEN_MAX ((size_t)1 << 20)
#define WORDS_MAX 1024

/* The other screen, no cursor; and back again. */
#define ENTER "\033[?1049h\033[?25l"
#define LEAVE "\033[?25h\033[?1049l"

struct top {
	const char *path;
	const struct command *command;
	int signals;
	/* Readable when a signal or a key is there; -1: not yet, or gone. */
	int wake[CTLCLIENT_STOPS];
	bool keys; /* standard input is a terminal */
	struct termios before;
	struct listing listing[2]; /* of now, and the one before */
	unsigned now;
	unsigned count; /* listings that we have, at most 2 */
	int64_t taken_ms[2];
	struct strbuf trouble;
	bool over, failed;
};

bool
top_possible(void)
{
	const char *terminal = getenv("TERM");

	return isatty(STDOUT_FILENO) && terminal != NULL &&
	    strcmp(terminal, "dumb") != 0 && *terminal != '\0';
}

/* ------ the terminal ------ */

static void
write_all(struct top *t, const char *text, size_t len)
{
	while (len > 0) {
		const ssize_t n = write(STDOUT_FILENO, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			t->over = t->failed = true;
			return;
		}
		text += n;
		len -= (size_t)n;
	}
}

static void
enter(struct top *t)
{
	struct termios raw;

	t->keys = tcgetattr(STDIN_FILENO, &t->before) == 0;
	if (t->keys) {
		raw = t->before;
		raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		raw.c_cc[VMIN] = 0;
		raw.c_cc[VTIME] = 0;
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	write_all(t, ENTER, strlen(ENTER));
}

static void
leave(struct top *t)
{
	write_all(t, LEAVE, strlen(LEAVE));
	if (t->keys)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &t->before);
}

static void
find_size(struct top_view *v)
{
	struct winsize size;

	v->width = 80;
	v->height = 24;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 &&
	    size.ws_row > 0) {
		v->width = size.ws_col;
		v->height = size.ws_row;
	}
}

/* Line by line over what is there: nothing flickers. */
static void
draw(struct top *t)
{
	const unsigned old = 1 - t->now;
	struct top_view v = { .now = t->count > 0 ? &t->listing[t->now] : NULL,
		.before = t->count > 1 ? &t->listing[old] : NULL,
		.seconds = (double)(t->taken_ms[t->now] - t->taken_ms[old]) /
		    1e3,
		.trouble = t->trouble.len > 0 ? t->trouble.text : NULL };
	struct strbuf text, out;
	struct str rest;

	find_size(&v);
	strbuf_init(&text, SCREEN_MAX);
	strbuf_init(&out, SCREEN_MAX);
	top_compose(&v, &text);
	strbuf_addf(&out, "\033[H");
	for (rest = strbuf_str(&text); !str_empty(rest);) {
		const size_t end = str_find(rest, '\n');

		strbuf_add(&out, str_head(rest, end));
		rest = str_skip(rest, end + 1);
		strbuf_addf(&out, "\033[K%s", str_empty(rest) ? "" : "\r\n");
	}
	strbuf_addf(&out, "\033[J");
	write_all(t, strbuf_text(&out), out.len);
	strbuf_release(&text);
	strbuf_release(&out);
}

/* ------ what comes in ------ */

static void
take_keys(struct top *t)
{
	char key[32];
	const ssize_t n = read(STDIN_FILENO, key, sizeof(key));

	if (n <= 0 && (n == 0 || errno != EINTR)) { /* it has gone */
		t->keys = false;
		t->wake[1] = -1;
	}
	for (ssize_t i = 0; i < n; i++)
		if (key[i] == 'q' || key[i] == 'Q')
			t->over = true;
}

/* The shell has the terminal meanwhile. */
static void
suspend(struct top *t)
{
	leave(t);
	(void)kill(getpid(), SIGSTOP);
	enter(t);
}

static void
take_signal(struct top *t)
{
	struct signalfd_siginfo info;

	if (read(t->signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGTSTP)
		suspend(t);
	else if (info.ssi_signo != SIGWINCH)
		t->over = true;
	if (!t->over)
		draw(t);
}

static void
forget(struct top *t)
{
	for (unsigned i = 0; i < 2; i++) {
		listing_release(&t->listing[i]);
		listing_init(&t->listing[i]);
	}
	t->count = 0;
}

/* Another worker began to count anew: no rates between the two. */
static void
keep(struct top *t, struct listing *fresh)
{
	if (t->count > 0 &&
	    t->listing[t->now].worker.worker_pid != fresh->worker.worker_pid)
		forget(t);
	t->now = 1 - t->now;
	listing_release(&t->listing[t->now]);
	t->listing[t->now] = *fresh;
	t->taken_ms[t->now] = deadline_now_ms();
	if (t->count < 2)
		t->count++;
}

/* false: something is to be done before the answer is there. */
static bool
refresh(struct top *t)
{
	struct listing fresh;
	int status;

	listing_init(&fresh);
	strbuf_reset(&t->trouble);
	status = ctlclient_ask(t->path, t->command, &fresh, &t->trouble,
	    t->wake);
	if (status == 0)
		keep(t, &fresh);
	else
		listing_release(&fresh);
	return status != 1;
}

static void
watch(struct top *t)
{
	int64_t due = deadline_now_ms() + PERIOD_MS;

	draw(t);
	while (!t->over) {
		struct pollfd fds[2] = {
			{ .fd = t->signals, .events = POLLIN },
			{ .fd = t->keys ? STDIN_FILENO : -1, .events = POLLIN },
		};

		(void)poll(fds, 2, deadline_wait_ms(deadline_now_ms(), due));
		if (fds[0].revents != 0)
			take_signal(t);
		if (fds[1].revents != 0)
			take_keys(t);
		if (t->over || deadline_now_ms() < due)
			continue;
		if (!refresh(t))
			continue;
		draw(t);
		due = deadline_now_ms() + PERIOD_MS;
	}
}

static int
open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTSTP);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* For those who wait for an answer, so that 'q' is heard meanwhile. */
static void
open_wake(struct top *t)
{
	t->wake[0] = t->signals;
	t->wake[1] = t->keys ? STDIN_FILENO : -1;
}

int
top_run(const char *path, const struct command *c, struct strbuf *words)
{
	struct top t = { .path = path, .command = c, .wake = { -1, -1 } };

	listing_init(&t.listing[0]);
	listing_init(&t.listing[1]);
	strbuf_init(&t.trouble, WORDS_MAX);
	(void)refresh(&t);
	t.signals = t.count > 0 ? open_signals() : -1;
	if (t.count == 0) {
		strbuf_add(words, strbuf_str(&t.trouble));
		t.failed = true;
	} else if (t.signals < 0) {
		strbuf_addf(words, "signals: %s", strerror(errno));
		t.failed = true;
	} else {
		enter(&t);
		open_wake(&t);
		watch(&t);
		leave(&t);
		close(t.signals);
	}
	listing_release(&t.listing[0]);
	listing_release(&t.listing[1]);
	strbuf_release(&t.trouble);
	return t.failed ? 1 : 0;
}
