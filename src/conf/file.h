/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whole files into memory: configuration, error pages, PEM. Blocking, at
 * start only. A pipe (/dev/fd/63, /dev/stdin) is waited for, FILE_WAIT_MS
 * between two pieces; /dev/null is an empty file.
 */
#ifndef CONF_FILE_H
#define CONF_FILE_H

#include <glob.h>
#include <stdbool.h>
#include <stddef.h>

#include <sys/types.h>

#include "base/arena.h"
#include "base/attrs.h"
#include "base/str.h"

#define FILE_WAIT_MS 10000

struct file {
	char *bytes; /* the caller frees it by file_release() */
	size_t len;
	dev_t device; /* device and node tell whether two are the same */
	ino_t node;
};

/* 0, or -1 and *why (static text) when it cannot be read or has more than
 * max bytes. */
MUST_USE int file_read(struct file *f, const char *path, size_t max,
    const char **why);
void file_release(struct file *f);

/*
 * The path to open for a name in a configuration file: the name itself
 * when it is absolute or is there from the working directory; else beside
 * the file that names it, if it is there; else the name itself. In arena.
 */
const char *file_find(struct arena *a, struct str name, const char *from);

/* "DIRECTORY OF from/name", or name when that is absolute. In arena. */
const char *file_beside(struct arena *a, struct str name, const char *from);

bool file_has_magic(const char *path);
/*
 * The files that a glob names, sorted: from the working directory, or else
 * beside the file that names them. Returns the pattern as glob(3) takes it
 * (in arena); the caller calls globfree(). gl_pathc is 0 for none.
 */
const char *file_glob(struct arena *a, struct str name, const char *from,
    glob_t *found);

/* There is something by that name, readable or not. */
bool file_exists(const char *path);
bool file_is_directory(const char *path);

#endif
