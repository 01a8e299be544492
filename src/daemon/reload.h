/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading the files again while the worker serves:
 *
 *	NONE --begin--> TRIAL --good--> the files are read, what is new is
 *	 ^ ^              | bad         bound; a worker is forked (or the other
 *	 | |              |             image is executed, and does that)
 *	 | '-- refused ---+                  |
 *	 |                '---- dies ---- START
 *	 '-- done: the other one retires -- ready
 *
 * Until it is done nothing changes for anybody. One at a time: what is
 * wanted meanwhile makes one more.
 */
#ifndef DAEMON_RELOAD_H
#define DAEMON_RELOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attrs.h"
#include "base/strbuf.h"
#include "daemon/crew.h"
#include "daemon/image.h"
#include "daemon/setup.h"
#include "daemon/trial.h"

enum reload_stage { RELOAD_NONE, RELOAD_TRIAL, RELOAD_START };

enum reload_result {
	RELOAD_GOES_ON,
	RELOAD_UPGRADE, /* r->program is to be executed in our place */
	RELOAD_DONE,
	RELOAD_REFUSED, /* words say why; they are in the log, too */
};

struct reload {
	struct setup *setup; /* in force */
	struct crew *crew;
	enum reload_stage stage;
	struct trial trial;
	struct setup next;
	struct strbuf words;
	struct image image;
	const char *program; /* another image, that is on trial; or NULL */
	/* After an upgrade, until a worker of this image serves: the sockets
	 * of the one that does. */
	struct setup *before;
};

void reload_init(struct reload *r, struct setup *setup, struct crew *crew);
void reload_release(struct reload *r);

/*
 * After an upgrade: the setup is read already, and a worker for it is to
 * take the place of the one that was found, whose sockets are in before.
 */
MUST_USE enum reload_result reload_resume(struct reload *r,
    struct setup *before);
/* That one is no more, or will not be asked any more. */
void reload_settle(struct reload *r);

/* From NONE. In the processes that it forks it does not return. */
MUST_USE enum reload_result reload_begin(struct reload *r);

/* The trial has ended, with this status; that image could not be executed
 * (errno); the next worker is ready; it died. */
MUST_USE enum reload_result reload_tried(struct reload *r, int status);
MUST_USE enum reload_result reload_not_upgraded(struct reload *r);
MUST_USE enum reload_result reload_ready(struct reload *r);
MUST_USE enum reload_result reload_died(struct reload *r);

/* There will be none: everything ends. */
void reload_abandon(struct reload *r);

#endif
