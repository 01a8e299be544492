/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The log: one line an event, to syslog or to standard output and error.
 *
 * Until log_start() lines are written at once by the caller (start-up,
 * supervisor). After it, log_line() puts the line into the calling
 * thread's ring (256 KiB, bounded; a full ring drops the line and counts)
 * and the log thread writes it: nobody ever waits for a log reader. Drop
 * counts are themselves logged when there is room again.
 *
 * A line is cut at 16 KiB with "...". errno is kept. Text that came from
 * a peer, file or socket goes through log_escape() by the caller: 0x00-0x1f,
 * 0x7f-0xff, '"' and '\' (and '|' at access level 6) become \xNN.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/attrs.h"
#include "base/fixbuf.h"
#include "base/str.h"

/* Numbers of syslog(3). */
enum log_priority {
	LOG_PRIO_ERR = 3,
	LOG_PRIO_WARNING = 4,
	LOG_PRIO_NOTICE = 5,
	LOG_PRIO_INFO = 6,
	LOG_PRIO_DEBUG = 7,
};

enum log_sink {
	LOG_SINK_STDERR, /* before the configuration is read, and -e */
	LOG_SINK_PLAIN,	 /* LogFacility -: INFO, DEBUG to stdout, else stderr */
	LOG_SINK_PREFIX, /* LogFacility +: the same with <6> or <3> before */
	LOG_SINK_FLUSH,	 /* LogFacility *: as +, each line at once */
	LOG_SINK_SYSLOG, /* "pound: " before the text; facility number */
};

#define LOG_LINE_MAX 16384

/*
 * Where lines go from now on. facility (LOG_DAEMON ...) counts for
 * LOG_SINK_SYSLOG only. verbose (-v): syslog-bound lines are printed on
 * stdout as well until log_quiet(). 0, or -1 when syslog cannot be had
 * (lines are then kept for stderr).
 */
int log_open(enum log_sink sink, int facility, bool verbose);
void log_quiet(void);

/* The syslog socket (connected datagram, -1 if none): made by the
 * supervisor, passed to the worker, replaced when the daemon restarted. */
int log_syslog_fd(void);
/* Takes fd over (-1: none) and closes the one before. */
void log_set_syslog_fd(int fd);
/* Nobody listens any more at the socket's other end. Until log_start() the
 * log connects again by itself; after it, who is outside the jail does. */
bool log_syslog_gone(void);

/* Starts and ends the log thread of this process, one caller for both; end
 * writes what is in the rings within wait_ms and counts the rest as lost.
 * Lines are then written at once again, or, when the reader has stalled,
 * counted as lost (and there is no other start). After fork the child has
 * no rings and starts its own thread. */
void log_start(void);
void log_end(int wait_ms);

/* A thread that logs may give its ring back when it ends. */
void log_thread_release(void);

void log_line(enum log_priority prio, const char *fmt, ...) PRINTF_LIKE(2, 3);
void log_linev(enum log_priority prio, const char *fmt, va_list args)
    PRINTF_LIKE(2, 0);
/* A line that is composed already (access log): no format. With more than
 * LOG_LINE_MAX bytes of room the composer leaves the cutting to this. */
void log_str(enum log_priority prio, struct str line);

/* Appends s escaped. also is one more byte to escape, or 0. Of what does
 * not fit it writes the beginning (no part of an \xNN): see log_str(). */
void log_escape(struct fixbuf *b, struct str s, char also);

/* Lines lost so far in this process. */
unsigned long log_lost(void);

/*
 * At most 50 lines a second of one kind (A.5): true when this one may be
 * written. *suppressed is the number that was held back in the second
 * before, to be mentioned, else 0. One struct per kind and listener;
 * any thread.
 */
struct log_limit {
	_Atomic long second; /* of the monotonic clock */
	_Atomic unsigned count;
};
bool log_limit_pass(struct log_limit *l, unsigned *suppressed);

#endif
