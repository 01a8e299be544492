/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which PCRE2 this process runs with, for people. Any thread. */
#ifndef BASE_PATTERN_VERSION_H
#define BASE_PATTERN_VERSION_H

#define PATTERN_VERSION_MAX 64

/* Writes at most PATTERN_VERSION_MAX bytes, like "10.42 2022-12-11". */
void pattern_version(char *text);

#endif
