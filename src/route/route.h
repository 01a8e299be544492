/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where does this request go: the listener's own services in file order,
 * then the global ones; the first whose conditions hold wins (B.5).
 */
#ifndef ROUTE_ROUTE_H
#define ROUTE_ROUTE_H

#include "live/live.h"
#include "route/match.h"

/* MATCH_YES with *service, MATCH_NO, or MATCH_ERROR (see match_input). */
enum match_result route_service(const struct live *live,
    const struct conf_listener *listener, struct match_input *in,
    const struct conf_service **service);

#endif
