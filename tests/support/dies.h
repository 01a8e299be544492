/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SUPPORT_DIES_H
#define SUPPORT_DIES_H

#include <stdbool.h>

/*
 * Whether a function ends its process by abort(), having written words on
 * standard error. It runs in a child, so it must be called before the test
 * starts threads; what it writes elsewhere goes where the test's goes.
 */
bool dies(void (*function)(void), const char *words);

#endif
