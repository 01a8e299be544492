/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/state.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/log.h"
#include "base/mem.h"
#include "live/carry.h"

/* Bytes that are written or read at once. */
#define PIECE 65536
/* The other one is a little slower than the clock says. */
#define SLACK_MS 1000

/* ------ writing ------ */

struct writer {
	int fd;
	int64_t by_ms;
	size_t sent; /* in all */
	bool over;   /* nothing goes there any more */
	size_t len;
	unsigned char piece[PIECE];
};

static void
flush(struct writer *w)
{
	size_t at = 0;

	while (at < w->len && !w->over) {
		const ssize_t n = write(w->fd, w->piece + at, w->len - at);
		struct pollfd out = { .fd = w->fd, .events = POLLOUT };
		const int64_t now = deadline_now_ms();

		if (n > 0)
			at += (size_t)n;
		else if (n < 0 && errno != EAGAIN && errno != EINTR)
			w->over = true;
		else if (now >= w->by_ms)
			w->over = true;
		else
			(void)poll(&out, 1, deadline_wait_ms(now, w->by_ms));
	}
	w->len = 0;
}

/* What is in the piece when the time is over is lost, too: so it is small
 * compared with what goes through in that time. */
static bool
put(void *arg, const void *bytes, size_t len)
{
	struct writer *w = arg;

	if (w->over || w->sent + len > STATE_BYTES_MAX)
		return false;
	if (w->len + len > sizeof(w->piece))
		flush(w);
	if (w->over || deadline_now_ms() >= w->by_ms)
		return false;
	memcpy(w->piece + w->len, bytes, len);
	w->len += len;
	w->sent += len;
	return true;
}

void
state_write(struct live *live, int fd)
{
	struct writer *w = mem_alloc(sizeof(*w));
	const struct carry_out out = { put, w };
	unsigned long left_out;

	w->fd = fd;
	w->by_ms = deadline_now_ms() + STATE_MS;
	left_out = carry_write(live, &out);
	flush(w);
	if (left_out > 0 || w->over)
		log_line(LOG_PRIO_WARNING,
		    "the state for the next worker is more than %zu MiB or "
		    "took more than %d ms: %lu sessions, those that were used "
		    "the longest time ago, are forgotten there",
		    STATE_BYTES_MAX >> 20, STATE_MS, left_out);
	close(fd);
	mem_free(w);
}

/* ------ reading ------ */

/* false: the end, or nothing came in time. */
static bool
more(int fd, int64_t by_ms)
{
	struct pollfd in = { .fd = fd, .events = POLLIN };

	return poll(&in, 1, deadline_wait_ms(deadline_now_ms(), by_ms)) == 1;
}

static void
read_all(struct carry_in *in, int fd, unsigned char *piece)
{
	const int64_t by_ms = deadline_now_ms() + STATE_MS + SLACK_MS;
	ssize_t n = 1;

	while (n > 0) {
		if (!more(fd, by_ms)) {
			log_line(LOG_PRIO_WARNING,
			    "the worker before does not tell its state in "
			    "time: the rest is forgotten");
			return;
		}
		n = read(fd, piece, PIECE);
		if (n > 0 && !carry_read(in, piece, (size_t)n)) {
			log_line(LOG_PRIO_WARNING,
			    "the state of the worker before makes no sense "
			    "here: the rest is forgotten");
			return;
		}
	}
}

void
state_read(struct live *live, int fd)
{
	struct carry_in *in = carry_in_new(live);
	unsigned char *piece = mem_alloc(PIECE);

	read_all(in, fd, piece);
	mem_free(piece);
	carry_in_free(in);
	close(fd);
}
