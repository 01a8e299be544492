/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/deadline.h"
#include "base/log_internal.h"

#define CUT "..."
#define CUT_LEN (sizeof(CUT) - 1)
#define LIMIT_A_SECOND 50

int
log_open(enum log_sink sink, int facility, bool verbose)
{
	return log_sink_open(sink, facility, verbose);
}

void
log_quiet(void)
{
	atomic_store(&log_sink_get()->verbose, false);
}

int
log_syslog_fd(void)
{
	return log_sink_next_fd();
}

void
log_set_syslog_fd(int fd)
{
	log_sink_replace(fd);
}

bool
log_syslog_gone(void)
{
	return atomic_load(&log_sink_get()->gone);
}

unsigned long
log_lost(void)
{
	return atomic_load(&log_sink_get()->lost);
}

void
log_start(void)
{
	log_ring_start();
}

void
log_end(int wait_ms)
{
	log_ring_end(wait_ms);
}

void
log_thread_release(void)
{
	log_ring_release();
}

/* text holds at most LOG_LINE_MAX bytes and may be changed. */
static void
put_line(enum log_priority prio, char *text, size_t len)
{
	switch (log_ring_mode()) {
	case LOG_MODE_DIRECT:
		log_writer_direct(prio, text, len);
		break;
	case LOG_MODE_RING:
		log_ring_put(prio, str_make(text, len));
		break;
	case LOG_MODE_DEAF:
		log_sink_count_lost(1);
		break;
	}
}

static void
put_cut(enum log_priority prio, char *text)
{
	memcpy(text + LOG_LINE_MAX - CUT_LEN, CUT, CUT_LEN);
	put_line(prio, text, LOG_LINE_MAX);
}

void
log_line(enum log_priority prio, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_linev(prio, fmt, args);
	va_end(args);
}

void
log_linev(enum log_priority prio, const char *fmt, va_list args)
{
	int error = errno;
	char text[LOG_LINE_MAX + 1];
	int len = vsnprintf(text, sizeof(text), fmt, args);

	if (len > LOG_LINE_MAX)
		put_cut(prio, text);
	else if (len >= 0)
		put_line(prio, text, (size_t)len);
	errno = error;
}

void
log_str(enum log_priority prio, struct str line)
{
	int error = errno;

	if (line.len <= LOG_LINE_MAX && log_ring_mode() == LOG_MODE_RING) {
		log_ring_put(prio, line);
	} else {
		char text[LOG_LINE_MAX];
		struct str head = str_head(line, LOG_LINE_MAX);

		if (head.len > 0)
			memcpy(text, head.p, head.len);
		if (line.len > LOG_LINE_MAX)
			put_cut(prio, text);
		else
			put_line(prio, text, head.len);
	}
	errno = error;
}

/*
 * Who moves the struct to a new second takes the count of the one before
 * with it. Others that come at that moment are in one count or the other,
 * so each line has passed or is in a number that is mentioned.
 */
bool
log_limit_at(struct log_limit *l, long second, unsigned *suppressed)
{
	long before = atomic_load(&l->second);
	unsigned count;

	*suppressed = 0;
	if (second <= before ||
	    !atomic_compare_exchange_strong(&l->second, &before, second))
		return atomic_fetch_add(&l->count, 1) < LIMIT_A_SECOND;
	count = atomic_exchange(&l->count, 1);
	if (count > LIMIT_A_SECOND)
		*suppressed = count - LIMIT_A_SECOND;
	return true;
}

bool
log_limit_pass(struct log_limit *l, unsigned *suppressed)
{
	/* Never 0, which is what a fresh struct has. */
	return log_limit_at(l, (long)(deadline_now_ms() / 1000) + 1,
	    suppressed);
}
