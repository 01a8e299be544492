/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What stands behind a struct conn: the operations that a plain socket, a
 * TLS session or a test's script fills in. Only these include this file.
 */
#ifndef NET_CONN_LAYER_H
#define NET_CONN_LAYER_H

#include <stdbool.h>
#include <stddef.h>

#include <sys/types.h>
#include <sys/uio.h>

#include "net/conn.h"

/*
 * The operations return bytes moved (> 0), 0 for the end of the peer's
 * bytes (read only), or -1 with errno; EAGAIN after setting c->want. They
 * keep ready: which bits a call needs, and when one is used up, is known
 * to the layer alone. A write of less than all has set want as well.
 */
struct conn_ops {
	const char *name;
	ssize_t (*read)(struct conn *c, void *p, size_t n);
	ssize_t (*write)(struct conn *c, const struct iovec *iov, int count);
	/* 0 done, -1 with errno (EAGAIN: again) */
	int (*handshake)(struct conn *c);
	/* Tells the peer that nothing more comes. Never waits. */
	void (*finish)(struct conn *c);
	void (*close)(struct conn *c);
	/* Bytes that are in the layer already and wake no poller. */
	bool (*pending)(const struct conn *c);
	/* The rest may be NULL. What the poller found is in ready already;
	 * the layer adds what it makes possible. */
	void (*event)(struct conn *c, uint8_t events);
	/* What of the poller's news the socket itself has not used up; NULL:
	 * the same as ready. */
	uint8_t (*left)(const struct conn *c);
	/* Takes in what is no data; false: there are bytes, or the end. */
	bool (*quiet)(struct conn *c);
	const char *(*words)(const struct conn *c);
	/* Into an empty pipe, and out of one that holds n bytes. */
	ssize_t (*splice_in)(struct conn *c, int pipe, size_t n);
	ssize_t (*splice_out)(struct conn *c, int pipe, size_t n);
};

/* What became of an operation that read or wrote: the account, the end and
 * failures. sent is not 0. */
enum conn_status conn_after_read(struct conn *c, ssize_t got);
enum conn_status conn_after_write(struct conn *c, ssize_t sent);

/* The bytes of all pieces. */
static inline size_t
conn_iov_bytes(const struct iovec *iov, int count)
{
	size_t bytes = 0;

	for (int i = 0; i < count; i++)
		bytes += iov[i].iov_len;
	return bytes;
}

#endif
