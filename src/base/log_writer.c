/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/deadline.h"
#include "base/log_internal.h"

#define DIRECT_WAIT_MS 1000
/* How long the log thread waits for a new socket when the syslog daemon is
 * gone; the rings hold what comes meanwhile. */
#define GONE_WAIT_MS 2000
#define RETRY_MS 50
/* After poll(2) a pipe takes this much without blocking. */
#define SURE_BYTES 4096

void
log_writer_init(struct log_writer *w, char *bytes, size_t cap)
{
	memset(w, 0, sizeof(*w));
	atomic_store(&w->deadline_ms, DEADLINE_NEVER);
	w->bytes = bytes;
	w->cap = cap;
	w->second = -1;
}

static void
lose(struct log_writer *w, unsigned long lines)
{
	w->failed = true;
	if (!w->uncounted)
		log_sink_count_lost(lines);
}

/* Before the writer's deadline; at most wait_ms if that is not -1. */
static bool
wait_for(const struct log_writer *w, int fd, int wait_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	int ready, left;

	do {
		left = deadline_wait_ms(deadline_now_ms(),
		    atomic_load(&w->deadline_ms));
		if (wait_ms >= 0 && (left < 0 || left > wait_ms))
			left = wait_ms;
		ready = poll(&p, 1, left);
	} while (ready < 0 && errno == EINTR);
	return ready > 0;
}

/* The number of bytes written, which is less when it failed. */
static size_t
write_bytes(const struct log_writer *w, const char *p, size_t len)
{
	size_t done = 0;

	while (done < len) {
		size_t chunk = len - done;
		ssize_t n;

		if (atomic_load(&w->deadline_ms) != DEADLINE_NEVER) {
			if (!wait_for(w, w->fd, -1))
				break;
			if (chunk > SURE_BYTES)
				chunk = SURE_BYTES;
		}
		n = write(w->fd, p + done, chunk);
		if (n >= 0)
			done += (size_t)n;
		else if (errno == EAGAIN && !wait_for(w, w->fd, -1))
			break;
		else if (errno != EINTR && errno != EAGAIN)
			break;
	}
	return done;
}

void
log_writer_flush(struct log_writer *w)
{
	size_t done;
	unsigned long lines = 0;

	if (w->len == 0)
		return;
	w->failed = false;
	done = write_bytes(w, w->bytes, w->len);
	for (size_t i = done; i < w->len; i++)
		lines += w->bytes[i] == '\n';
	if (lines > 0)
		lose(w, lines);
	w->len = 0;
	atomic_store(&w->lines, 0);
}

static void
collect(struct log_writer *w, int fd, const char *prefix, struct str text)
{
	struct fixbuf b;

	if (w->fd != fd || w->cap - w->len < text.len + LOG_LINE_EXTRA)
		log_writer_flush(w);
	check(w->cap - w->len >= text.len + LOG_LINE_EXTRA);
	w->fd = fd;
	fixbuf_init(&b, w->bytes + w->len, w->cap - w->len);
	fixbuf_add(&b, str_from(prefix));
	fixbuf_add(&b, text);
	fixbuf_add_char(&b, '\n');
	w->len += b.len;
	atomic_fetch_add(&w->lines, 1);
}

/* ------ syslog ------ */

/* "Mon DD HH:MM:SS", local time, whatever the locale. */
static const char *
stamp_of(struct log_writer *w, int64_t stamp_ns)
{
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct timespec now;
	struct tm tm;
	int64_t wall_ns;
	time_t second;

	check(clock_gettime(CLOCK_REALTIME, &now) == 0);
	wall_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec -
	    (deadline_now_ns() - stamp_ns);
	second = (time_t)(wall_ns / 1000000000);
	if (second == w->second)
		return w->stamp;
	if (localtime_r(&second, &tm) == NULL)
		memset(&tm, 0, sizeof(tm));
	memcpy(w->stamp, months[tm.tm_mon], 3);
	strftime(w->stamp + 3, sizeof(w->stamp) - 3, " %e %H:%M:%S", &tm);
	w->second = second;
	return w->stamp;
}

static bool
is_gone(int error)
{
	return error == ECONNREFUSED || error == ENOTCONN ||
	    error == ECONNRESET || error == EPIPE;
}

/*
 * Nobody listens. A process that is still outside the jail connects again.
 * The log thread waits a while until it is given a new socket, once for
 * each that was lost. True: try again.
 */
static bool
after_gone(struct log_writer *w, int64_t since_ms)
{
	int64_t now_ms = deadline_now_ms();
	int fd;

	atomic_store(&log_sink_get()->gone, true);
	if (w->hopeless)
		return false;
	if (w->may_connect) {
		w->hopeless = true;
		fd = log_sink_connect();
		if (fd >= 0)
			log_sink_replace(fd);
		return fd >= 0;
	}
	if (now_ms - since_ms >= GONE_WAIT_MS ||
	    now_ms >= atomic_load(&w->deadline_ms)) {
		w->hopeless = true;
		return false;
	}
	poll(NULL, 0, RETRY_MS);
	return true;
}

/* False: the line is lost, or there is no socket (any more). */
static bool
syslog_send(struct log_writer *w, const struct msghdr *message)
{
	int64_t since_ms = 0;

	for (;;) {
		if (sendmsg(atomic_load(&log_sink_get()->fd), message,
			MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
			w->hopeless = false;
			return true;
		}
		if (errno == EAGAIN) {
			if (deadline_now_ms() >= atomic_load(&w->deadline_ms))
				return false;
			wait_for(w, atomic_load(&log_sink_get()->fd), RETRY_MS);
		} else if (is_gone(errno)) {
			if (since_ms == 0)
				since_ms = deadline_now_ms();
			if (!after_gone(w, since_ms))
				return false;
		} else if (errno != EINTR) {
			return false;
		}
		log_sink_adopt();
		if (atomic_load(&log_sink_get()->fd) < 0)
			return false;
	}
}

static void
send_line(struct log_writer *w, int prio, int64_t stamp_ns, struct str text)
{
	char head[48];
	int len = snprintf(head, sizeof(head),
	    "<%d>%s pound: ", atomic_load(&log_sink_get()->facility) | prio,
	    stamp_of(w, stamp_ns));
	struct iovec parts[2] = {
		{ head, (size_t)len },
		{ (char *)text.p, text.len },
	};
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };

	w->failed = false;
	if (!syslog_send(w, &message))
		lose(w, 1);
}

/* ------ a line ------ */

/* The callers escape what others sent; this keeps a line one line whatever
 * they forgot. */
static struct str
one_line(char *text, size_t len)
{
	while (len > 0 && text[len - 1] == '\n')
		len--;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < 0x20 || c == 0x7f)
			text[i] = c == '\n' || c == '\t' ? ' ' : '?';
	}
	return str_make(text, len);
}

void
log_writer_add(struct log_writer *w, enum log_priority prio, int64_t stamp_ns,
    char *text, size_t len)
{
	struct str line = one_line(text, len);
	bool news = prio >= LOG_PRIO_INFO;
	int fd = news ? STDOUT_FILENO : STDERR_FILENO;

	switch ((enum log_sink)atomic_load(&log_sink_get()->kind)) {
	case LOG_SINK_STDERR:
		collect(w, STDERR_FILENO, NULL, line);
		log_writer_flush(w);
		break;
	case LOG_SINK_PLAIN:
		collect(w, fd, NULL, line);
		break;
	case LOG_SINK_PREFIX:
		collect(w, fd, news ? "<6>" : "<3>", line);
		break;
	case LOG_SINK_FLUSH:
		collect(w, fd, news ? "<6>" : "<3>", line);
		log_writer_flush(w);
		break;
	case LOG_SINK_SYSLOG:
		if (log_sink_adopt())
			w->hopeless = false;
		if (atomic_load(&log_sink_get()->verbose))
			collect(w, STDOUT_FILENO, NULL, line);
		if (atomic_load(&log_sink_get()->fd) >= 0)
			send_line(w, (int)prio, stamp_ns, line);
		else
			collect(w, STDERR_FILENO, NULL, line);
		break;
	}
}

void
log_writer_tell_lost(struct log_writer *w)
{
	char text[64];
	struct log_sink_state *sink = log_sink_get();
	unsigned long lost = atomic_load(&sink->lost);
	unsigned long told = atomic_load(&sink->told);
	int len;

	/* After a failure: when something has been written again. */
	if (lost == told || w->failed)
		return;
	len = snprintf(text, sizeof(text), "%lu log line%s lost", lost - told,
	    lost - told == 1 ? "" : "s");
	w->uncounted = true;
	log_writer_add(w, LOG_PRIO_WARNING, deadline_now_ns(), text,
	    (size_t)len);
	log_writer_flush(w);
	w->uncounted = false;
	if (!w->failed)
		atomic_store(&sink->told, lost);
}

/*
 * Readers that stall hold up the start of a process, or a supervisor, for
 * a second once and then no more until they read again.
 */
void
log_writer_direct(enum log_priority prio, char *text, size_t len)
{
	char room[LOG_LINE_MAX + LOG_LINE_EXTRA];
	struct log_writer w;
	bool stalled = atomic_load(&log_sink_get()->stalled);

	log_writer_init(&w, room, sizeof(room));
	w.may_connect = !log_ring_started();
	w.hopeless = !w.may_connect;
	atomic_store(&w.deadline_ms,
	    deadline_now_ms() + (stalled ? 0 : DIRECT_WAIT_MS));
	log_writer_add(&w, prio, deadline_now_ns(), text, len);
	log_writer_flush(&w);
	if (w.failed != stalled)
		atomic_store(&log_sink_get()->stalled, w.failed);
	log_writer_tell_lost(&w);
}

void
log_writer_urgent(const char *text)
{
	char line[512], room[sizeof(line) + LOG_LINE_EXTRA];
	struct log_writer w;
	int len = snprintf(line, sizeof(line), "%s", text);

	log_writer_init(&w, room, sizeof(room));
	atomic_store(&w.deadline_ms, 0);
	w.hopeless = true;
	if (len >= (int)sizeof(line))
		len = sizeof(line) - 1;
	if (atomic_load(&log_sink_get()->kind) == LOG_SINK_SYSLOG &&
	    atomic_load(&log_sink_get()->fd) >= 0) {
		send_line(&w, LOG_PRIO_ERR, deadline_now_ns(),
		    one_line(line, (size_t)len));
		collect(&w, STDERR_FILENO, NULL, str_make(line, (size_t)len));
	} else {
		log_writer_add(&w, LOG_PRIO_ERR, deadline_now_ns(), line,
		    (size_t)len);
	}
	log_writer_flush(&w);
}
