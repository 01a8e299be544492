/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What was found in the files, for people: on a terminal and in the log.
 * Errors in full; a warning or a difference is its first line.
 */
#ifndef DAEMON_REPORT_H
#define DAEMON_REPORT_H

#include <stdio.h>

#include "conf/conf.h"

/* What is different is no mistake: it goes where the good news go, to
 * standard output, the others to standard error. */
void report_print(const struct conf_notes *notes);
void report_errors(FILE *out, const struct conf_notes *notes);
void report_log_warnings(const struct conf_notes *notes);

/* Line by line, as errors. */
void report_log_lines(const char *lines);

#endif
