/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The command line of pound. Owns nothing: texts are those of argv or
 * constants. Before any thread exists.
 */
#ifndef DAEMON_OPTIONS_H
#define DAEMON_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/attrs.h"

/* Room for the words about a bad command line; longer ones are cut. */
#define OPTIONS_WHY_MAX 512

enum options_action {
	OPTIONS_START,
	OPTIONS_CHECK,	 /* -c: read the configuration and say what is wrong */
	OPTIONS_VERSION, /* -V */
	OPTIONS_BAD,	 /* the words say why */
};

struct options {
	char **argv;		 /* all of it */
	const char *config_file; /* -f, or the one compiled in */
	const char *pid_file;	 /* -p, or the one compiled in */
	bool pid_file_given;
	bool check;	    /* -c */
	bool verbose;	    /* -v */
	bool foreground;    /* -F, -e, or a service manager waits for us */
	bool log_to_stderr; /* -e */
};

/*
 * Options and other words may be mixed, the last -f and -p count, and -V
 * ends the reading. why holds OPTIONS_WHY_MAX bytes; it is written for
 * OPTIONS_BAD only.
 */
MUST_USE enum options_action options_parse(struct options *o, int argc,
    char **argv, char *why);

/* What -V says: version, switches of configure, libraries. */
void options_print_version(FILE *out);

#endif
