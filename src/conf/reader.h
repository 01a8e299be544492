/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From text to tree: takes line after line, finds the directive in the
 * table, checks its form and hands it to its read_*() function. One
 * mistake does not end the reading, and one should not cause others.
 */
#ifndef CONF_READER_H
#define CONF_READER_H

#include <stdbool.h>

#include "base/attrs.h"
#include "base/str.h"
#include "conf/conf.h"

struct reader_input {
	const char *file; /* its name, for findings */
	bool from_text;	  /* text stands for what is in the file */
	struct str text;
	bool offline; /* no other file is touched, no name looked up */
};

/* The tree, or NULL when there was an error. */
MUST_USE struct conf *reader_run(const struct reader_input *in,
    struct conf_notes *notes);

#endif
