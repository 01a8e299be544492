/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SUPPORT_SCRIPT_H
#define SUPPORT_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attrs.h"
#include "support/wire.h"

/*
 * What clients and back-ends say to a pool thread and must hear from it, as
 * a table:
 *
 *	static const struct script_step simple[] = {
 *		SENDS(C0, GET), GETS(B0, GOT),
 *		SENDS(B0, OK("2") "hi"), GETS(C0, OK("2") "hi"),
 *	};
 *
 * After each step turns are run until nothing is left to do. A script is
 * played whole; with what is sent cut at each byte; byte by byte; and with
 * peers that take one byte at a time. At its end nobody may have been sent
 * more than the script says, and nothing may be left (turns_close()).
 */
enum script_kind {
	SCRIPT_SEND,	/* who sends text */
	SCRIPT_GET,	/* who has been sent text, and no more: * stands for
			 * the rest of a line */
	SCRIPT_END,	/* who has finished sending */
	SCRIPT_RESET,	/* who resets its connection */
	SCRIPT_ROOM,	/* who takes number more bytes and then no more */
	SCRIPT_OPEN,	/* the connection of who is open both ways */
	SCRIPT_SHUT,	/* we have finished sending to who */
	SCRIPT_GONE,	/* we have closed the connection of who */
	SCRIPT_NEW,	/* another client connects: C1, then C2 */
	SCRIPT_COUNT,	/* so many connections to back-ends were made */
	SCRIPT_LISTEN,	/* how the back-end at port who takes connections */
	SCRIPT_CONNECT, /* who (WIRE_WAITS) is connected, or errno number */
	SCRIPT_PASS,	/* number milliseconds pass */
	SCRIPT_DRAIN,
	SCRIPT_LOG,	/* text is in the log */
	SCRIPT_LOG_ALL, /* text is all that is in the log */
};

struct script_step {
	enum script_kind kind;
	unsigned who; /* a client, or SCRIPT_BACKEND + a connection */
	const char *text;
	int64_t number;
	enum wire_mode mode;
};

#define SCRIPT_BACKEND 100
#define C0 0
#define C1 1
#define C2 2
#define B0 SCRIPT_BACKEND
#define B1 (SCRIPT_BACKEND + 1)
#define B2 (SCRIPT_BACKEND + 2)

#define SCRIPT_STEP(kind, who, text, number) \
	{ \
		kind, who, text, number, WIRE_ACCEPTS \
	}
#define SENDS(who, text) SCRIPT_STEP(SCRIPT_SEND, who, text, 0)
#define GETS(who, text) SCRIPT_STEP(SCRIPT_GET, who, text, 0)
#define ENDS(who) SCRIPT_STEP(SCRIPT_END, who, "", 0)
#define RESETS(who) SCRIPT_STEP(SCRIPT_RESET, who, "", 0)
#define TAKES(who, bytes) SCRIPT_STEP(SCRIPT_ROOM, who, "", bytes)
#define IS_OPEN(who) SCRIPT_STEP(SCRIPT_OPEN, who, "", 0)
#define IS_SHUT(who) SCRIPT_STEP(SCRIPT_SHUT, who, "", 0)
#define IS_GONE(who) SCRIPT_STEP(SCRIPT_GONE, who, "", 0)
#define CONNECTS SCRIPT_STEP(SCRIPT_NEW, 0, "", 0)
#define BACKENDS(count) SCRIPT_STEP(SCRIPT_COUNT, 0, "", count)
#define LISTENS(port, mode, error) \
	{ \
		SCRIPT_LISTEN, port, "", error, mode \
	}
#define CONNECTED(who, error) SCRIPT_STEP(SCRIPT_CONNECT, who, "", error)
#define PASSES(ms) SCRIPT_STEP(SCRIPT_PASS, 0, "", ms)
#define DRAINS SCRIPT_STEP(SCRIPT_DRAIN, 0, "", 0)
#define LOGS(text) SCRIPT_STEP(SCRIPT_LOG, 0, text, 0)
#define LOGS_ONLY(text) SCRIPT_STEP(SCRIPT_LOG_ALL, 0, text, 0)

enum script_cuts {
	SCRIPT_CUT,   /* played in all ways */
	SCRIPT_WHOLE, /* only whole: what is answered depends on the cuts */
};

/* A test point. conf is the text of a configuration. */
void script_play(const char *name, const char *conf,
    const struct script_step *steps, size_t count, enum script_cuts cuts);

/* script_play() for an array, under its own name. */
#define PLAY(conf, steps) \
	script_play(#steps, conf, steps, ARRAY_LEN(steps), SCRIPT_CUT)
#define PLAY_WHOLE(conf, steps) \
	script_play(#steps, conf, steps, ARRAY_LEN(steps), SCRIPT_WHOLE)

#endif
