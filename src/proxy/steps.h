/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The steps of an exchange that stand in files of their own, for client.c
 * alone: each does what can be done now, sets c->step and says STEP_GO,
 * or sets the wait and says STEP_WAIT.
 */
#ifndef PROXY_STEPS_H
#define PROXY_STEPS_H

#include "proxy/exchange.h"

/* connect.c: from a service to a connected back-end. */
enum step_status connect_choose(struct thread *t, struct client *c);
enum step_status connect_queue(struct thread *t, struct client *c);
enum step_status connect_open(struct thread *t, struct client *c);
/* The request goes out once more (A.2 #24): c->step is set. */
void connect_again(struct thread *t, struct client *c);
/* Out of MaxConn's queue, if it is in one. */
void connect_leave_queue(struct thread *t, struct client *c);

/* transfer.c: both directions until the answer is complete. */
void transfer_begin(struct thread *t, struct client *c);
enum step_status transfer_run(struct thread *t, struct client *c);

/*
 * client.c: the exchange ends like this. A reply is composed when the
 * client can still be told, then STEP_REPLY; else STEP_SETTLE. The
 * back-end connection is closed.
 */
enum step_status client_fail(struct thread *t, struct client *c,
    enum outcome o);

#endif
