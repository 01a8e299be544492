/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The program that this process runs, as a file: whether another one stands
 * in its place by now.
 */
#ifndef DAEMON_IMAGE_H
#define DAEMON_IMAGE_H

#include <sys/types.h>

struct image {
	char *path; /* NULL: not known */
	dev_t device;
	ino_t node;
	long long changed_ns; /* its time of last change */
};

/* It may have been replaced already. Without /proc nothing is known. */
void image_init(struct image *i);
void image_release(struct image *i);

/* Where the other one stands; NULL: it is still the same, or nothing is
 * there now that could be executed. */
const char *image_replaced(const struct image *i);

#endif
