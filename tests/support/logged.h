/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SUPPORT_LOGGED_H
#define SUPPORT_LOGGED_H

#include <stdbool.h>

/*
 * The log of a test program, in memory instead of a sink.
 *
 * A program that calls one of these is linked with its log_line(),
 * log_linev(), log_str() and log_limit_pass() instead of those of base/log
 * (which then stays out of the program altogether). One thread. What finds
 * no room is left out.
 */

/* All since the last clear: "5 words\n" for a NOTICE, and so on. */
const char *logged_text(void);
bool logged_has(const char *part);
void logged_clear(void);

/* Lines of a kind pass log_limit_pass() always; the next one is told that
 * so many were held back. */
void logged_hold_back(unsigned lines);

#endif
