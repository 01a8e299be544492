/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * poundctl top: what goes on, once a second, on a terminal. Only plain
 * ANSI sequences; 'q' or a signal ends it, and the terminal is then what
 * it was.
 */
#ifndef CONTROL_TOP_H
#define CONTROL_TOP_H

#include <stdbool.h>

#include "base/attrs.h"
#include "base/strbuf.h"
#include "control/command.h"
#include "control/listing.h"

/* Two listings and what is to be seen of them. */
struct top_view {
	const struct listing *now;    /* NULL: none could be had yet */
	const struct listing *before; /* NULL: rates are not known */
	double seconds;		      /* between the two */
	const char *trouble;	      /* in the last line, or NULL */
	unsigned width, height;
};

/* The screen as text: height lines at most, each of them width columns at
 * most and ended by \n; the heads of tables in reverse. Pure. */
void top_compose(const struct top_view *v, struct strbuf *out);

/* Whether standard output is a terminal that this can be shown on. */
bool top_possible(void);

/* Until it is ended. An exit status; what went wrong in words. */
int top_run(const char *path, const struct command *c, struct strbuf *words);

#endif
