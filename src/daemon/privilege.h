/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who the processes are. The names of the configuration are looked up at
 * start, outside the jail; a worker and a resolver then become that user
 * for good. A single-threaded process calls these.
 */
#ifndef DAEMON_PRIVILEGE_H
#define DAEMON_PRIVILEGE_H

#include <stdbool.h>
#include <stddef.h>

#include <sys/types.h>

#include "base/attrs.h"
#include "base/strbuf.h"
#include "conf/conf.h"

#define PRIVILEGE_WHY_MAX 256

struct privilege {
	uid_t uid;	 /* to become; our own: stay */
	gid_t gid;	 /* the same */
	char *jail;	 /* RootJail, or NULL; owned */
	bool named_user; /* User was given */
};

enum privilege_place {
	PRIVILEGE_JAILED,  /* behind chroot, if there is a RootJail */
	PRIVILEGE_OUTSIDE, /* not */
};

/* Looks the names up. 0, or -1 and a line for each mistake in why. */
MUST_USE int privilege_find(struct privilege *p, const struct conf *conf,
    struct strbuf *why);
void privilege_release(struct privilege *p);

/* The worker will be root: by the operator's wish, or for want of User. */
bool privilege_stays_root(const struct privilege *p);

/*
 * Becomes that user: chroot, groups, user, no new privileges, no
 * capabilities, and a proof that there is no way back; cores are left if
 * the limit allows them. 0, or -1 and
 * PRIVILEGE_WHY_MAX bytes of words: the process must end then.
 */
MUST_USE int privilege_drop(const struct privilege *p,
    enum privilege_place place, char *why);

/* What the supervisor needs no more, when it is root. */
void privilege_trim(void);

#endif
