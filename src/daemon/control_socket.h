/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The socket of Control: made by the starting process, while it is root and
 * outside any jail; inherited by every worker, so that a restarted one
 * serves the same; removed by the process that made it.
 */
#ifndef DAEMON_CONTROL_SOCKET_H
#define DAEMON_CONTROL_SOCKET_H

#include <stdbool.h>

#include <sys/types.h>

#include "base/attrs.h"
#include "base/strbuf.h"
#include "conf/conf.h"

struct control_socket {
	int fd;	    /* -1: there is none */
	char *path; /* absolute; owned */
	dev_t device;
	ino_t node; /* of the socket file: nobody else's is removed */
	uid_t uid;
	gid_t gid; /* whose it is to be; -1 each: as it comes */
	bool lent; /* it is that of before, which removes it */
};

/*
 * Without Control: none. The socket of before (which may be NULL) is
 * lent, if it is the same path. Else: replaces a socket on which nobody
 * answers; any other file, and a socket that is in use, is an error. 0, or
 * -1 and a line in why. Blocks for a moment at most.
 */
MUST_USE int control_socket_open(struct control_socket *s,
    const struct conf *conf, const struct control_socket *before,
    struct strbuf *why);

/* One that another image of this process made. */
void control_socket_adopt(struct control_socket *s, int fd);

/* What was lent belongs to s from now on, with mode and owner of conf;
 * before is to be released. */
void control_socket_keep(struct control_socket *s, const struct conf *conf,
    struct control_socket *before);

/* This process does not answer there: closes it, and no more. */
void control_socket_forget(struct control_socket *s);

/* The end: closes it and removes the file, if it is still ours. */
void control_socket_release(struct control_socket *s);

#endif
