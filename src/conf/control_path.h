/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the control socket is, by a configuration that need not be right
 * otherwise, and whose certificates whoever asks need not be able to read:
 * only Control and Include are looked at. Blocking.
 */
#ifndef CONF_CONTROL_PATH_H
#define CONF_CONTROL_PATH_H

#include "base/attrs.h"
#include "base/strbuf.h"

/* A longer path is cut: the old program did so without a word, and so did
 * poundctl. */
#define CONTROL_PATH_MAX ((size_t)107)

/* 0 and the path, or -1 and why not in text. */
MUST_USE int control_path_find(const char *file, struct strbuf *text);

#endif
