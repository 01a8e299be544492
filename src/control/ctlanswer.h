/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The answer to a command, made piece by piece from the live state while
 * the client takes it: however many sessions there are, one buffer is
 * enough, and no lock is held between two pieces.
 */
#ifndef CONTROL_CTLANSWER_H
#define CONTROL_CTLANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attrs.h"
#include "control/command.h"
#include "live/live.h"

/* What the worker is, for the listing; constant. */
struct ctlanswer_about {
	uint32_t pid, worker_pid;
	uint32_t restarts, threads;
	int64_t started_ms, worker_started_ms; /* monotonic clock */
};

enum ctlanswer_stage {
	CTLANSWER_WORKER,
	CTLANSWER_OUTCOMES,
	CTLANSWER_LISTENERS,
	CTLANSWER_GLOBALS,
	CTLANSWER_SERVICES, /* of a listener, or the global ones */
	CTLANSWER_BACKENDS, /* of a service, and its emergencies */
	CTLANSWER_SESSIONS,
	CTLANSWER_END,
	CTLANSWER_OVER,
};

struct ctlanswer_services {
	struct conf_service *const *list;
	size_t count;
};

/* Where we are in the answer. */
struct ctlanswer {
	struct live *live;
	const struct ctlanswer_about *about;
	enum ctlanswer_stage stage;
	bool with_sessions;
	bool refused;
	bool globals;				    /* we are at them */
	size_t outcome, listener, service, backend; /* the next ones */
	uint32_t session; /* cursor of session_walk() */
	struct ctlanswer_services in;
	const struct conf_service *now;
	char words[COMMAND_WORDS_MAX];
};

/* Room that one more piece may take. */
#define CTLANSWER_ROOM (2 * WIRE_TEXT_MAX + 1024)

/* Does what a command says, and begins its answer. */
void ctlanswer_begin(struct ctlanswer *a, struct live *live,
    const struct ctlanswer_about *about, const struct command *c);
/* All of an answer that is only words, however many: writes up to
 * CTLANSWER_SPOKEN(words.len) bytes and returns how many. */
#define CTLANSWER_SPOKEN(len) \
	((len) + ((len) / WIRE_TEXT_MAX + 1) * (WIRE_HEAD + 8))
MUST_USE size_t ctlanswer_speak(unsigned char *out, bool done,
    struct str words);

/* Begins with a refusal; the words are copied. */
void ctlanswer_refuse(struct ctlanswer *a, const char *words);

/* The next pieces, at least CTLANSWER_ROOM bytes of room. Bytes written;
 * 0: the answer is over. */
MUST_USE size_t ctlanswer_next(struct ctlanswer *a, unsigned char *out,
    size_t room);

#endif
