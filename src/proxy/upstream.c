/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "proxy/upstream.h"

#include <errno.h>

#include "base/check.h"
#include "base/mem.h"
#include "net/sock.h"

/* Beyond KeepConnections an idle one stays so long. */
#define CROWD_MS 250

static void
upstream_unlink(struct thread *t, struct upstream *up)
{
	struct thread_idle *l = &t->idle[up->backend->conf->id];

	if (up->prev != NULL)
		up->prev->next = up->next;
	else
		l->first = up->next;
	if (up->next != NULL)
		up->next->prev = up->prev;
	else
		l->last = up->prev;
	up->prev = up->next = NULL;
	l->count--;
	t->idle_count--;
}

static void
upstream_link(struct thread *t, struct upstream *up)
{
	struct thread_idle *l = &t->idle[up->backend->conf->id];

	up->prev = l->last;
	up->next = NULL;
	if (l->last != NULL)
		l->last->next = up;
	else
		l->first = up;
	l->last = up;
	l->count++;
	t->idle_count++;
}

struct upstream *
upstream_reuse(struct thread *t, struct backend *b, struct str name,
    int64_t max_idle_ms)
{
	struct upstream *up = t->idle[b->conf->id].last;

	/* Newest first: behind one that is too old, all are. */
	while (up != NULL && t->now_ms - up->idle_since_ms < max_idle_ms) {
		if (up->name == NULL || str_eq(str_from(up->name), name)) {
			upstream_unlink(t, up);
			return up;
		}
		up = up->prev;
	}
	return NULL;
}

/* A slot free again: tell the thread whose turn it is. */
static void
upstream_give_slot(struct thread *t, struct backend *b)
{
	const int turn = backend_drop_slot(b);

	if (turn >= 0)
		t->ops->post(t, (unsigned)turn, THREAD_SLOT_FREE, b->conf->id);
}

/* Takes the descriptor in; NULL when the table of upstreams is full. */
static struct upstream *
upstream_new(struct thread *t, struct backend *b, int fd, bool done)
{
	struct upstream *up = mem_alloc(sizeof(*up));

	up->slot = slots_add(&t->upstreams, up, &up->generation);
	if (up->slot == SLOTS_NONE) {
		mem_free(up);
		return NULL;
	}
	up->backend = b;
	up->connecting = !done;
	conn_init_plain(&up->conn, fd, done ? CONN_WRITE : 0);
	return up;
}

static enum upstream_result
upstream_open_failed(struct backend *b, int error)
{
	if (error == EAGAIN && addr_family(&b->addr) == AF_UNIX)
		return UPSTREAM_RETRY;
	return sock_error_is_peers(error) ? UPSTREAM_REFUSED
					  : UPSTREAM_SHORTAGE;
}

/* When descriptors have run out, idle connections make room. */
static int
upstream_connect(struct thread *t, const struct backend *b, bool *done)
{
	int fd = sock_connect(&b->addr, done);

	if (fd != -1 || t->idle_count == 0 ||
	    (errno != EMFILE && errno != ENFILE))
		return fd;
	upstream_expire(t, true);
	return sock_connect(&b->addr, done);
}

enum upstream_result
upstream_open(struct thread *t, struct backend *b, bool queued,
    struct upstream **up, int *error)
{
	enum upstream_result r;
	bool done;
	int fd;

	if (!backend_take_slot(b, queued))
		return UPSTREAM_FULL;
	fd = upstream_connect(t, b, &done);
	if (fd == -1) {
		*error = errno;
		r = upstream_open_failed(b, *error);
		upstream_give_slot(t, b);
		return r;
	}
	*up = upstream_new(t, b, fd, done);
	if (*up == NULL) {
		struct conn c;

		conn_init_plain(&c, fd, 0);
		conn_close(&c);
		upstream_give_slot(t, b);
		*error = EMFILE;
		return UPSTREAM_SHORTAGE;
	}
	if (t->ops->watch(t, fd,
		token_make(TOKEN_UPSTREAM, (*up)->slot, (*up)->generation)) ==
	    -1) {
		*error = errno;
		upstream_close(t, *up);
		*up = NULL;
		return UPSTREAM_SHORTAGE;
	}
	return done ? UPSTREAM_READY : UPSTREAM_PENDING;
}

enum upstream_result
upstream_connected(struct upstream *up, int *error)
{
	if (!up->connecting)
		return UPSTREAM_READY;
	if (!conn_awake(&up->conn, CONN_WRITE | CONN_HANGUP))
		return UPSTREAM_PENDING;
	*error = sock_connect_result(up->conn.fd);
	if (*error != 0)
		return sock_error_is_peers(*error) ? UPSTREAM_REFUSED
						   : UPSTREAM_SHORTAGE;
	up->connecting = false;
	return UPSTREAM_READY;
}

void
upstream_keep(struct thread *t, struct upstream *up)
{
	const struct conf_backend *conf = up->backend->conf;

	check(up->conn.buf == NULL);
	if (up->spoiled || up->conn.eof || up->conn.failed ||
	    (up->conn.ready & (CONN_READ | CONN_HANGUP)) != 0 ||
	    conf->keep_max == 0 || t->draining || !up->backend->alive ||
	    up->backend->waiting > 0) {
		upstream_close(t, up);
		return;
	}
	up->client = NULL;
	up->idle_since_ms = t->now_ms;
	upstream_link(t, up);
}

void
upstream_close(struct thread *t, struct upstream *up)
{
	struct backend *b = up->backend;

	conn_close(&up->conn);
	blocks_put(&t->blocks, up->conn.buf, up->conn.cap);
	mem_free(up->name);
	slots_remove(&t->upstreams, up->slot);
	mem_free(up);
	upstream_give_slot(t, b);
	t->ops->closed(t);
}

void
upstream_idle_event(struct thread *t, struct upstream *up)
{
	/* Writable again is no news; bytes or an end nobody asked for are. */
	if (conn_quiet(&up->conn))
		return;
	upstream_unlink(t, up);
	upstream_close(t, up);
}

/* Too old, or one of too many: those that a crowd has left behind have to
 * go, those that it just takes turns with have not. */
static bool
upstream_is_over(const struct thread *t, const struct upstream *up)
{
	const struct conf_backend *conf = up->backend->conf;
	const int64_t idle_ms = t->now_ms - up->idle_since_ms;

	return idle_ms >= conf->keep_ms ||
	    (t->idle[conf->id].count > conf->keep_max && idle_ms >= CROWD_MS);
}

void
upstream_expire(struct thread *t, bool everything)
{
	for (size_t i = 0; i < t->conf->all_backend_count; i++) {
		struct upstream *up;

		while ((up = t->idle[i].first) != NULL &&
		    (everything || upstream_is_over(t, up))) {
			upstream_unlink(t, up);
			upstream_close(t, up);
		}
	}
}

void
upstream_shed(struct thread *t, struct backend *b)
{
	struct upstream *up = t->idle[b->conf->id].first;

	if (up == NULL)
		return;
	upstream_unlink(t, up);
	upstream_close(t, up);
}
