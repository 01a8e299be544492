/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The socket of Control: made by the starting process, while it is root and
 * outside any jail; inherited by every worker, so that a restarted one
 * serves the same; removed by the process that made it.
 */
#ifndef DAEMON_CONTROL_SOCKET_H
#define DAEMON_CONTROL_SOCKET_H

#include <sys/types.h>

#include "base/attrs.h"
#include "base/strbuf.h"
#include "conf/conf.h"

struct control_socket {
	int fd;	    /* -1: there is none */
	char *path; /* absolute; owned */
	dev_t device;
	ino_t node; /* of the socket file: nobody else's is removed */
};

/*
 * Without Control: none. Replaces a socket on which nobody answers; any
 * other file, and a socket that is in use, is an error. 0, or -1 and a
 * line in why. Blocks for a moment at most.
 */
MUST_USE int control_socket_open(struct control_socket *s,
    const struct conf *conf, struct strbuf *why);

/* This process does not answer there: closes it, and no more. */
void control_socket_forget(struct control_socket *s);

/* The end: closes it and removes the file, if it is still ours. */
void control_socket_release(struct control_socket *s);

#endif
