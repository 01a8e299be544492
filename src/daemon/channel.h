/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What supervisor, worker and resolver tell each other: messages of one
 * fixed size over a pair of local sockets, each with at most one
 * descriptor. Never blocks. The other end may be a process that lost its
 * mind: what it sends is checked for form, and text is for the log only.
 */
#ifndef DAEMON_CHANNEL_H
#define DAEMON_CHANNEL_H

#include <stdint.h>

#include "base/attrs.h"

#define CHANNEL_TEXT_MAX 256 /* with its NUL */
/* Words that come as a descriptor to read are no longer. */
#define CHANNEL_WORDS_MAX (1 << 20)

enum channel_kind {
	/* worker to supervisor */
	CHANNEL_READY = 1,  /* it serves */
	CHANNEL_FAILED,	    /* it cannot: text says why, and it ends */
	CHANNEL_LOG_WANTED, /* the syslog socket is dead: another, please */
	CHANNEL_RELOAD,	    /* number: somebody's request to read the files */
	/* supervisor to worker */
	CHANNEL_DRAIN,	  /* finish what is begun, within Grace */
	CHANNEL_GONE,	  /* listener number of the files is in them no more */
	CHANNEL_RETIRE,	  /* another worker serves now (drain.h) */
	CHANNEL_HURRY,	  /* and do not wait for these (enum drain_hurry) */
	CHANNEL_STATE,	  /* descriptor: write there what you know */
	CHANNEL_RELOADED, /* number: up to this request; descriptor: words */
	CHANNEL_REFUSED,  /* the same, when it could not be done */
	CHANNEL_LOG,	  /* descriptor: a syslog socket */
	CHANNEL_RESOLVER, /* descriptor: the way to a new resolver */
	/* supervisor to resolver */
	CHANNEL_ADOPT, /* descriptor: the way from a worker */
	/* supervisor to worker */
	CHANNEL_ACCEPT, /* another one has died: look who waits */
	CHANNEL_KINDS,
};

struct channel_message {
	uint32_t kind;	 /* enum channel_kind */
	uint32_t number; /* what it is, the kind says */
	char text[CHANNEL_TEXT_MAX];
};

enum channel_status {
	CHANNEL_OK,
	CHANNEL_AGAIN,	/* nothing there now */
	CHANNEL_CLOSED, /* the other process is gone */
	CHANNEL_BAD,	/* not a message: dropped */
};

/* Two connected ends, close-on-exec, non-blocking. 0, or -1 with errno. */
MUST_USE int channel_open(int ends[2]);

/* text NULL: none; it is cut to fit. pass -1: no descriptor; it stays
 * the caller's. 0, or -1 with errno (EAGAIN: the other one does not read). */
int channel_send(int fd, enum channel_kind kind, const char *text, int pass);

/* The same with a number instead of a text. */
int channel_send_number(int fd, enum channel_kind kind, uint32_t number,
    int pass);

/* *passed is a descriptor that is the caller's now, or -1. */
MUST_USE enum channel_status channel_receive(int fd, struct channel_message *m,
    int *passed);

#endif
