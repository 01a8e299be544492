/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sockets: made, bound, connected and given their options here and
 * nowhere else. All descriptors are non-blocking and close-on-exec.
 * Functions return a descriptor or 0, or -1 with errno.
 */
#ifndef NET_SOCK_H
#define NET_SOCK_H

#include <stdbool.h>

#include "base/attrs.h"
#include "net/addr.h"

#define SOCK_BACKLOG 512

/*
 * A listening stream socket: SO_REUSEADDR, backlog SOCK_BACKLOG. When the
 * machine does not own the address (EADDRNOTAVAIL), it is bound all the
 * same with IP_FREEBIND and *foreign is set (A.6 #11).
 */
MUST_USE int sock_listen(const struct addr *a, bool *foreign);

/*
 * One more beside sockets of ours that listen on the same port of another
 * address that overlaps (any of them is all of them): allowed for both while
 * sock_share() is on for those. The new one shares, too.
 */
MUST_USE int sock_listen_shared(const struct addr *a, bool *foreign);
void sock_share(int listen_fd, bool on);

/* Whether this is a stream socket that listens, on which address; it does
 * not block from now on. */
bool sock_listens(int fd, struct addr *addr);

/* Refuses connections from now on, in every process that has the socket;
 * what waits in its backlog is reset. The descriptor stays valid. */
void sock_stop_listening(int listen_fd);

/* Whether the machine has the address of a now (tries to bind another
 * port of it; when that fails for another reason: yes). */
bool sock_address_owned(const struct addr *a);

/* accept4; TCP_NODELAY and SO_KEEPALIVE are on, as sock_listen() left them. */
MUST_USE int sock_accept(int listen_fd, struct addr *peer);

/*
 * Starts a connection. 0 or more: the descriptor, *done tells whether it
 * stands already. -1: errno; EAGAIN from a UNIX socket means its backlog
 * is full: try again later.
 */
MUST_USE int sock_connect(const struct addr *a, bool *done);

/* After the descriptor became writable: 0 connected, else the errno. */
int sock_connect_result(int fd);

/* Whether errno of a failed connect is the peer's doing (refused,
 * unreachable, reset, timed out) or a shortage of our own. */
bool sock_error_is_peers(int error);

/* The local address of a connected socket. */
int sock_local(int fd, struct addr *local);

/* Ends our direction: shutdown(SHUT_WR). */
void sock_finish(int fd);

/* What stands in the error slot of the socket. */
int sock_error(int fd);

/* Raises the soft descriptor limit to the hard one; returns the limit. */
unsigned long sock_raise_limit(void);

/* The close of fd will be a reset, whatever was not sent yet is lost. */
void sock_reset_on_close(int fd);

#endif
