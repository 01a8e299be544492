/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The processes of a supervisor: the worker that serves, the one that is
 * to take its place (reload), those that did before, oldest first, and the
 * resolver. Owns the supervisor's ends of the channels.
 */
#ifndef DAEMON_CREW_H
#define DAEMON_CREW_H

#include <stdbool.h>
#include <stdint.h>

#include <sys/types.h>

#include "base/attrs.h"
#include "base/str.h"
#include "daemon/child.h"
#include "daemon/setup.h"

/* So many may retire at once; then the oldest is told to hurry (A.8). */
#define CREW_RETIRED_MAX 16
/* And there is room for those that do not hurry. */
#define CREW_RETIRED_ROOM 24

struct crew {
	struct child worker, next, resolver;
	struct crew_identity {
		bool known; /* false: another image started it */
		uid_t uid;
		gid_t gid;
		bool seccomp;
	} resolver_is;
	struct child retired[CREW_RETIRED_ROOM];
	unsigned retired_count;
	int64_t look_ms; /* when to see whether too many retire */
};

void crew_init(struct crew *w);

/* In a new process: the ends of channels are not its own. */
void crew_leave(struct crew *w);

/* Forks; the child never returns. What it cannot do is logged. */
void crew_start_worker(struct crew *w, struct setup *setup);
void crew_start_resolver(struct crew *w, const struct setup *setup);

/* A worker has ended: those that accept look who came for it. */
void crew_accept(const struct crew *w);

/* After a reload: another one, if that one is not what the setup says. */
void crew_renew_resolver(struct crew *w, const struct setup *setup);
/* The worker of the setup after this one. 0, or -1. */
MUST_USE int crew_start_next(struct crew *w, struct setup *setup,
    struct setup *next);

/* The next one is the worker now; the one before is among the retired.
 * It hears of that by crew_retire(). */
void crew_promote(struct crew *w, const struct listening *before,
    const struct listening *now);
void crew_retire(struct crew *w);

/*
 * Workers ask for a reload when somebody asks them. What they asked for
 * before crew_begin_reload() is answered by crew_end_reload(): done or not,
 * with words for who asked. crew_refuse(): one is told at once.
 */
void crew_begin_reload(struct crew *w);
void crew_end_reload(struct crew *w, bool done, struct str words);
void crew_refuse(struct child *c, struct str words);

/* NULL: it is none of ours. */
struct child *crew_find(struct crew *w, pid_t pid);

/* One that retired has ended. */
void crew_forget_retired(struct crew *w, struct child *c);

/* To all workers. */
void crew_drain(const struct crew *w);
void crew_signal(const struct crew *w, int number);
/* How many live; all of them are killed then. */
unsigned crew_workers(const struct crew *w);
void crew_kill_at(struct crew *w, int64_t ms);

/* Kills who is late, hurries who retires. Milliseconds of the clock when
 * to call again. */
int64_t crew_look(struct crew *w, int64_t now_ms);

#endif
