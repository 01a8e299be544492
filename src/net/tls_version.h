/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which OpenSSL this process runs with, for people. Any thread. */
#ifndef NET_TLS_VERSION_H
#define NET_TLS_VERSION_H

/* Like "OpenSSL 3.0.17 1 Jul 2025"; constant text of the library. */
const char *tls_version(void);

#endif
