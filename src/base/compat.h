/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one place for #if about the system: what is not everywhere gets a
 * name here and a fallback.
 */
#ifndef BASE_COMPAT_H
#define BASE_COMPAT_H

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <sys/socket.h>

#include <netinet/in.h>
#include <stdlib.h>

#ifdef IP_FREEBIND
#define COMPAT_IP_FREEBIND IP_FREEBIND
#else
#define COMPAT_IP_FREEBIND (-1)
#endif

#ifdef __GLIBC__
#include <malloc.h>
#define COMPAT_MALLOC_TRIM() ((void)malloc_trim(0))
#else
#define COMPAT_MALLOC_TRIM() ((void)0)
#endif

/* gcc says by a macro that a sanitizer watches, clang by a feature. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COMPAT_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define COMPAT_SANITIZED 1
#endif
#endif
#ifndef COMPAT_SANITIZED
#define COMPAT_SANITIZED 0
#endif

/* configure --with-maxbuf=N; a build without configure has the default. */
#ifndef POUND_MAXBUF
#define POUND_MAXBUF 8192
#endif

#endif
