/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SUPPORT_CONF_FROM_H
#define SUPPORT_CONF_FROM_H

#include "conf/conf.h"

/*
 * The configuration that a text describes, read offline: no file is
 * opened, no name looked up. What the reader finds wrong is told, and an
 * error ends the test program. conf_free() when done.
 */
struct conf *conf_from(const char *text);

#endif
