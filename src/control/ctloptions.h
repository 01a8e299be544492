/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The command line of poundctl. Owns nothing: texts are those of argv.
 */
#ifndef CONTROL_CTLOPTIONS_H
#define CONTROL_CTLOPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/attrs.h"
#include "control/command.h"

/* Room for the words about a bad command line; longer ones are cut. */
#define CTLOPTIONS_WHY_MAX 256

enum ctloptions_form {
	CTLOPTIONS_TEXT,
	CTLOPTIONS_XML,
	CTLOPTIONS_JSON,
	CTLOPTIONS_METRICS,
	CTLOPTIONS_TOP,
};

struct ctloptions {
	const char *socket; /* -c, or NULL */
	const char *file;   /* -f, or NULL */
	bool names;	    /* -H */
	bool verbose;	    /* -v */
	enum ctloptions_form form;
	struct command command;
	char key[WIRE_TEXT_MAX]; /* of the command */
};

/* 0, or -1 and CTLOPTIONS_WHY_MAX bytes of words: the call is wrong. */
MUST_USE int ctloptions_parse(struct ctloptions *o, int argc, char **argv,
    char *why);

/* Makes it a plain list, as if that were asked for. */
void ctloptions_list(struct ctloptions *o);

void ctloptions_usage(FILE *out);

#endif
