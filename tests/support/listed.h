/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SUPPORT_LISTED_H
#define SUPPORT_LISTED_H

#include "control/ctlanswer.h"
#include "control/listing.h"

/*
 * From live state to what poundctl makes of it, without a socket:
 * ctlanswer, frames, listing, print.
 */

/* The words of the answer to c. listing may be NULL: it is none then.
 * room is what each piece of the answer may take. */
struct listed {
	bool done;
	char words[COMMAND_WORDS_MAX];
};
struct listed listed_answer(struct live *live, const struct command *c,
    struct listing *listing, size_t room);

/* The command of this letter, or with 0 the list. */
struct command listed_command(char letter, int listener, int service,
    int backend);

/* The listing with its sessions; the caller releases it. */
void listed_take(struct live *live, struct listing *listing);

/* What the printer prints: the caller frees it. */
enum listed_form { LISTED_TEXT, LISTED_XML, LISTED_JSON, LISTED_METRICS };
char *listed_print(const struct listing *listing, enum listed_form form,
    bool verbose);

#endif
