/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * poundctl's end of the control socket: one command, one answer.
 */
#ifndef CONTROL_CTLCLIENT_H
#define CONTROL_CTLCLIENT_H

#include "base/attrs.h"
#include "base/strbuf.h"
#include "control/command.h"
#include "control/listing.h"

/* A worker may be between two lives for so long. */
#define CTLCLIENT_RESTART_MS 2000
/* Without progress: no answer. */
#define CTLCLIENT_PATIENCE_MS 5000
/* A reload looks names up. */
#define CTLCLIENT_RELOAD_MS 240000

/*
 * 0: done; a list is in listing (initialised by the caller), words may say
 * more. -1: words say why not. Blocks, for the times above. 1: one of the
 * descriptors stop (or NULL, or -1) became readable before the end.
 */
#define CTLCLIENT_STOPS 2
MUST_USE int ctlclient_ask(const char *path, const struct command *c,
    struct listing *listing, struct strbuf *words, const int *stop);

#endif
