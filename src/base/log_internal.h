/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of the log share, and check.c with them. Nobody else
 * includes it.
 *
 *	log.c         the front: composes a line, cuts it, or holds it back
 *	log_ring.c    a ring a thread, and the log thread that empties them
 *	log_writer.c  composes for a descriptor or for syslog, and writes
 *	log_sink.c    where lines go, and how many were lost
 *	log_escape.c  bytes of others, made harmless
 */
#ifndef BASE_LOG_INTERNAL_H
#define BASE_LOG_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"

/* ------ log_ring.c ------ */

/* What becomes of a line. */
enum log_mode {
	LOG_MODE_DIRECT, /* its thread writes it: no log thread */
	LOG_MODE_RING,	 /* the log thread writes it */
	LOG_MODE_DEAF,	 /* it is lost: the log thread is stuck */
};

enum log_mode log_ring_mode(void);
/* This process has had a log thread: it may be in its jail. */
bool log_ring_started(void);
/* At most LOG_LINE_MAX bytes into the ring of this thread. */
void log_ring_put(enum log_priority prio, struct str text);
/* The log thread looks at something else than lines. */
void log_ring_wake(void);
void log_ring_release(void);
void log_ring_start(void);
void log_ring_end(int wait_ms);

/* ------ log_sink.c ------ */

/* Written by who opens the log, at start and when the syslog socket is
 * replaced; read by who writes lines: hence atomic, each for itself. */
struct log_sink_state {
	_Atomic int kind; /* enum log_sink */
	_Atomic int facility;
	_Atomic bool verbose;
	_Atomic int fd;	      /* of syslog, or -1; closed only by who sends */
	_Atomic int next;     /* in its place from the next line on */
	_Atomic bool gone;    /* nobody listens at fd */
	_Atomic bool stalled; /* a direct write has waited in vain */
	_Atomic unsigned long lost;
	_Atomic unsigned long told; /* of those, in a line of the log */
};

struct log_sink_state *log_sink_get(void);
int log_sink_open(enum log_sink kind, int facility, bool verbose);
/* A socket to the syslog daemon, or -1. */
int log_sink_connect(void);
int log_sink_next_fd(void);
void log_sink_replace(int fd);
/* Takes over what log_sink_replace() left, for whoever is the one to send:
 * whether there was something. */
bool log_sink_adopt(void);
void log_sink_count_lost(unsigned long lines);
/* Nothing lost, nothing told: a child begins. */
void log_sink_forget_lost(void);

/* ------ log_writer.c ------ */

/*
 * Who writes: the log thread, or a thread for one line. Lines for one
 * descriptor are collected and written together; one for the other comes
 * after them, so that their order is kept.
 */
struct log_writer {
	/* When a write gives up, in ms. While it is DEADLINE_NEVER a write
	 * may block. */
	_Atomic int64_t deadline_ms;
	bool may_connect;	     /* outside the jail: to syslog again */
	bool uncounted;		     /* what fails now is not counted as lost */
	bool failed;		     /* the last thing written was */
	bool hopeless;		     /* a syslog that is gone was waited for */
	int fd;			     /* of what is collected */
	size_t len, cap;	     /* of what is collected, and room for it */
	_Atomic unsigned long lines; /* in it */
	char *bytes;
	int64_t second; /* whose local time is in stamp */
	char stamp[16];
};

/* Bytes that a line may need beside its text. */
#define LOG_LINE_EXTRA 8

void log_writer_init(struct log_writer *w, char *bytes, size_t cap);
/* text is made one line in place; stamp_ns is when it came. */
void log_writer_add(struct log_writer *w, enum log_priority prio,
    int64_t stamp_ns, char *text, size_t len);
void log_writer_flush(struct log_writer *w);
/* The line with the number of lines lost since the last such line. */
void log_writer_tell_lost(struct log_writer *w);

/* One line, by the calling thread, now: bounded waiting. */
void log_writer_direct(enum log_priority prio, char *text, size_t len);
/* The last words of this process: at once, past the rings, to the sink and
 * to standard error; waits for nobody. */
void log_writer_urgent(const char *text);

/* ------ log.c ------ */

/* log_limit_pass() at a given second. */
bool log_limit_at(struct log_limit *l, long second, unsigned *suppressed);

#endif
