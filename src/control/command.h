/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What poundctl can ask for: one table for both ends. The handlers are run
 * by the worker's control thread.
 */
#ifndef CONTROL_COMMAND_H
#define CONTROL_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attrs.h"
#include "base/strbuf.h"
#include "control/wire.h"
#include "live/live.h"

/* A whole command on the wire is no longer. */
#define COMMAND_SIZE_MAX (WIRE_HEAD + 64 + WIRE_TEXT_MAX)
/* Words about what became of it; longer ones are cut. */
#define COMMAND_WORDS_MAX 1024

struct command {
	uint32_t number;  /* of its row */
	int32_t listener; /* -1: the global services */
	int32_t service;
	int32_t backend;
	bool with_sessions; /* a list shows each one */
	struct str key;
};

struct command_row {
	char letter; /* its flag, 0: it is a word */
	const char *word;
	const char *operands; /* a byte each: l s b numbers, k a key */
	int (*run)(struct live *live, const struct command *c, bool on,
	    struct strbuf *words); /* NULL: the listing, or with on a reload */
	bool on;
};

/* NULL: there is no such. */
const struct command_row *command_by_letter(char letter);
const struct command_row *command_by_word(struct str word);
const struct command_row *command_row(const struct command *c);
uint32_t command_number(const struct command_row *row);

bool command_lists(const struct command_row *row);
/* Not for command_run(): the supervisor does it, and it takes its time. */
bool command_reloads(const struct command_row *row);
/* 0, or -1 when it was not done; words may say more, or why. */
int command_run(const struct command_row *row, struct live *live,
    const struct command *c, struct strbuf *words);

/* On the wire: written, or read and then checked by command_row(). */
void command_wire(struct wire *w, struct command *c);

#endif
