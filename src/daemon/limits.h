/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How many clients the descriptors allow (design: run time, rule 7): each
 * needs one for itself and one in reserve for its back-end, and some are
 * kept for everything else. Pure.
 */
#ifndef DAEMON_LIMITS_H
#define DAEMON_LIMITS_H

#include <stddef.h>

#define LIMITS_RESERVE 64 /* descriptors that are not for clients */
#define LIMITS_CLIENTS_MIN 8

/* descriptors: the limit of the process. max: MaxConnections, 0: none. */
unsigned long limits_clients(unsigned long descriptors, size_t listeners,
    unsigned max);

#endif
