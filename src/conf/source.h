/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The lines of a configuration file and of all that it includes, one after
 * another. Texts are read whole and stay in memory until source_release(),
 * so that slices of any line can be kept while the tree is made. File
 * names live in the arena, which may outlive the source.
 *
 * A line ends at LF, CR or NUL; what stands between CR or NUL and the LF
 * is passed over, as it always was.
 */
#ifndef CONF_SOURCE_H
#define CONF_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attrs.h"
#include "conf/conf.h"
#include "conf/file.h"

#define SOURCE_DEPTH_MAX 16		    /* files within files */
#define SOURCE_LINE_MAX ((size_t)1 << 20)   /* bytes */
#define SOURCE_TOTAL_MAX ((size_t)64 << 20) /* bytes of all files */
#define SOURCE_FILES_MAX 100000

struct source_text {
	struct file file;
	struct source_text *next;
};

struct source_level {
	const char *name;
	struct str rest; /* not read yet */
	unsigned line;
	dev_t device;
	ino_t node;
	unsigned depth;		       /* 1: the main file */
	struct source_level *includer; /* who names it */
	struct source_level *after;    /* where reading goes on */
};

struct source {
	struct arena *arena;
	struct source_level *top;
	struct source_text *texts;
	size_t total;
	size_t files;
	struct conf_place last; /* of the line read last */
};

void source_init(struct source *s, struct arena *a);
void source_release(struct source *s);

/* The main text: from memory (not copied) or a file. 0, or -1 and *why. */
void source_push_text(struct source *s, const char *name, struct str text);
MUST_USE int source_push_file(struct source *s, const char *path,
    const char **why);

/*
 * Include: a file, or a glob whose files come in sorted order; a relative
 * name is tried from the working directory, then beside the file that
 * names it. Nothing is pushed unless all can be. 0; 1 when a glob matches
 * no file; -1 with *why and *path, the file it is about (in the arena).
 */
MUST_USE int source_include(struct source *s, struct str name,
    const char **path, const char **why);

/* The next line: false at the end. A line over SOURCE_LINE_MAX is cut and
 * *cut is set. */
bool source_next(struct source *s, struct conf_place *place, struct str *line,
    bool *cut);

#endif
