/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pool: threads that each own an epoll set, timers, and the
 * connections they accepted (design: proxy/thread.h). The worker's main
 * thread starts it, tells it to drain, and ends it.
 */
#ifndef DAEMON_POOL_H
#define DAEMON_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attrs.h"
#include "conf/conf.h"
#include "live/live.h"
#include "proxy/thread.h"

struct pool;

/*
 * Processors this process may use: sched_getaffinity, capped by the
 * cgroup's cpu.max (rounded up). Reads files: to be asked before the jail.
 */
unsigned pool_processors(void);

/*
 * Starts the threads: as many as processors, at least 2, at most Threads
 * and BACKEND_THREADS_MAX. listen_fd[i] belongs to conf->listeners[i];
 * the pool does not close them. Listening begins before it returns. NULL:
 * a thread could not be made.
 */
MUST_USE struct pool *pool_start(const struct conf *conf, struct live *live,
    const int *listen_fd, unsigned processors);

/*
 * Stop accepting; idle connections close after a last read that finds
 * nothing, exchanges are finished with Connection: close. Returns at once.
 */
void pool_drain(struct pool *p);

/*
 * The same, but as at a reload: another worker accepts now. Who is idle
 * may ask once more, until his time is over or pool_drain() is called.
 */
void pool_retire(struct pool *p);

/* Somebody who accepted on the same sockets has died: of a connection that
 * the kernel told him of it tells nobody else. Returns at once. */
void pool_accept(struct pool *p);

/* Every thread has stopped accepting and needs its listeners no more. */
bool pool_left(const struct pool *p);

/* Ends all tunnels. Returns at once. */
void pool_cut_tunnels(struct pool *p);

/* Connections that are left. */
unsigned long pool_connections(const struct pool *p);

/* Cuts what is left, ends and joins the threads, frees all. */
void pool_stop(struct pool *p);

unsigned pool_threads(const struct pool *p);

/* A message for a thread. Any thread. */
void pool_tell(struct pool *p, unsigned thread, enum thread_message m,
    uint32_t arg);

/* Readable when live->names has a new question; read from it to wait for
 * the next one. It is the pool's. */
int pool_asking_fd(const struct pool *p);

#endif
