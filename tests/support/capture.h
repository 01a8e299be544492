/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SUPPORT_CAPTURE_H
#define SUPPORT_CAPTURE_H

#include <stddef.h>

/*
 * Standard output and error of the test program, for a while elsewhere: in
 * two files without names, or in two pipes that are read when the test
 * likes. No points may be tested in between.
 */
enum capture_kind {
	CAPTURE_FILES,
	CAPTURE_PIPES,
};

enum capture_side {
	CAPTURE_OUT,
	CAPTURE_ERR,
};

struct capture {
	int saved[2];
	int fds[2];	/* to read from; by enum capture_side */
	char *texts[2]; /* what was read so far, with a NUL behind */
	size_t lens[2];
};

void capture_begin(struct capture *c, enum capture_kind kind);
/* Standard output and error are what they were; the texts can be read. */
void capture_end(struct capture *c);
void capture_release(struct capture *c);

/* All that is there now, or until timeout_ms have passed without a byte. */
const char *capture_read(struct capture *c, enum capture_side side,
    int timeout_ms);

/* Fill the pipe of that side, so that the next byte would block, with
 * lines of x; read it all again. */
void capture_stall(enum capture_side side);

#endif
