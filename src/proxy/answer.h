/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The head of a back-end's answer: read, judged, and composed for the
 * client; interim answers, upgrades, and the one retry (A.2 #24).
 */
#ifndef PROXY_ANSWER_H
#define PROXY_ANSWER_H

#include "proxy/transfer.h"

/* LEG_DONE: the final head is queued and x->to_client is framed. */
enum leg answer_read(struct thread *t, struct client *c,
    struct transfer_wait *w);

/* Something was put right: one NOTICE per back-end and minute, and the
 * connection is not used again. */
void answer_notice(struct thread *t, struct exchange *x, const char *what);
const char *answer_gentle_words(unsigned gentle);

#endif
