/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "proxy/location.h"

#include "base/check.h"
#include "http/host.h"
#include "net/sock.h"

/* ------ pure ------ */

/*
 * Rule (b) of level 1: the host is ours, but port or scheme is not that of
 * the listener.
 */
static bool
location_differs(const struct url *u, const struct location_side *s)
{
	return u->port != addr_port(&s->local) || u->https != s->https;
}

static bool
location_names_host(const struct url *u, const struct location_side *s)
{
	struct str name, port;

	host_split(s->host, &name, &port);
	if (!str_empty(name) && name.p[0] == '[')
		name = str_make(name.p + 1, name.len - 2);
	return str_eq_nocase(u->name, name);
}

enum location_verdict
location_judge(const struct url *u, const struct location_side *s)
{
	struct addr numeric;

	if (s->level == 1 && location_names_host(u, s))
		return location_differs(u, s) ? LOCATION_OURS : LOCATION_KEEP;
	if (addr_from_ip(&numeric, u->name, 0) == 0)
		return location_judge_addr(u, s, &numeric);
	return LOCATION_ASK;
}

enum location_verdict
location_judge_addr(const struct url *u, const struct location_side *s,
    const struct addr *host)
{
	struct addr at = *host;

	addr_unmap(&at);
	if (addr_same_host(&at, &s->backend) &&
	    u->port == addr_port(&s->backend))
		return LOCATION_OURS;
	if (s->level == 1 && addr_same_host(&at, &s->local) &&
	    location_differs(u, s))
		return LOCATION_OURS;
	return LOCATION_KEEP;
}

/* ------ of an exchange ------ */

static bool
location_is_one(const struct field *f)
{
	return !f->skip &&
	    (f->id == FIELD_LOCATION || f->id == FIELD_CONTENT_LOCATION);
}

bool
location_drop_controls(struct response *resp)
{
	bool some = false;

	for (unsigned i = 0; i < resp->field_count; i++) {
		struct field *f = &resp->field[i];

		if (!location_is_one(f))
			continue;
		for (size_t k = 0; k < f->value.len; k++)
			f->skip |= (unsigned char)f->value.p[k] < ' ' ||
			    f->value.p[k] == 0x7f;
		some |= f->skip;
	}
	return some;
}

/* Relative ones, the most of all, end here. */
static bool
location_has_url(const struct response *resp)
{
	struct url u;

	for (unsigned i = 0; i < resp->field_count; i++)
		if (location_is_one(&resp->field[i]) &&
		    url_split(resp->field[i].value, &u))
			return true;
	return false;
}

/* false: there is nothing to rewrite for this exchange. */
static bool
location_side(const struct client *c, struct location_side *s)
{
	const struct exchange *x = c->x;

	s->level = c->listener->rewrite_location;
	s->https = c->listener->https;
	s->host = x->host;
	s->backend = x->backend->addr;
	if (s->level == 0 || str_empty(s->host) ||
	    addr_family(&s->backend) == AF_UNIX ||
	    sock_local(c->conn.fd, &s->local) == -1)
		return false;
	addr_unmap(&s->local);
	addr_unmap(&s->backend);
	return true;
}

/* One more question that the exchange waits for. */
static void
location_await(struct exchange *x, const struct names_answer *a)
{
	struct location_wait *w = &x->naming;

	if (w->count == LOCATION_ASKS_MAX)
		return;
	if (w->count == 0 || a->until_ms > w->until_ms)
		w->until_ms = a->until_ms;
	w->id[w->count++] = a->id;
}

/* The verdict by the address that the host has in one family. */
static enum location_verdict
location_by_family(struct thread *t, struct client *c, const struct url *u,
    const struct location_side *s, int family)
{
	const struct names_query q = { .name = u->name,
		.family = family,
		.thread = t->index,
		.now_ms = t->now_ms };
	struct names_answer a;

	switch (names_find(&t->live->names, &q, &a)) {
	case NAMES_KNOWN:
		return location_judge_addr(u, s, &a.addr);
	case NAMES_ASKED:
		if (a.ring)
			t->ops->ask(t);
		location_await(c->x, &a);
		return LOCATION_ASK;
	default:
		return LOCATION_KEEP;
	}
}

/* A name that the back-end itself is configured by needs no table: it may
 * have been resolved late. */
static enum location_verdict
location_by_name(struct thread *t, struct client *c, const struct url *u,
    const struct location_side *s)
{
	const int first = addr_family(&s->backend);
	const int second = addr_family(&s->local);
	enum location_verdict one, other = LOCATION_KEEP;

	if (str_eq_nocase(u->name, c->x->backend->conf->address) &&
	    u->port == addr_port(&s->backend))
		return LOCATION_OURS;
	one = location_by_family(t, c, u, s, first);
	if (one == LOCATION_OURS || s->level != 1 || first == second ||
	    (second != AF_INET && second != AF_INET6))
		return one;
	other = location_by_family(t, c, u, s, second);
	return other == LOCATION_KEEP ? one : other;
}

/* The old names of the fields, which scripts may look for (B.7.4). */
static void
location_set(const struct client *c, struct field *f, struct str rest)
{
	struct exchange *x = c->x;
	const size_t room = x->host.len + rest.len + 16;
	char *p = arena_alloc(&x->arena, room);
	struct fixbuf b;

	if (p == NULL)
		return;
	fixbuf_init(&b, p, room);
	url_compose(&b, c->listener->https, x->host, rest);
	f->value = fixbuf_str(&b);
	f->name = f->id == FIELD_LOCATION ? STR("Location")
					  : STR("Content-location");
}

/* All are judged before one is changed: what has been rewritten would be
 * judged again after a wait. */
static void
location_fields(struct thread *t, struct client *c,
    const struct location_side *s, bool change)
{
	struct response *resp = &c->x->resp;

	c->x->naming.count = 0;
	for (unsigned i = 0; i < resp->field_count; i++) {
		struct field *f = &resp->field[i];
		enum location_verdict v;
		struct url u;

		if (!location_is_one(f) || !url_split(f->value, &u))
			continue;
		v = location_judge(&u, s);
		if (v == LOCATION_ASK)
			v = location_by_name(t, c, &u, s);
		if (v == LOCATION_OURS && change)
			location_set(c, f, u.rest);
	}
}

static void
location_enter(struct thread *t, struct client *c)
{
	if (c->x->naming.listed)
		return;
	c->x->naming.listed = true;
	c->queue_prev = NULL;
	c->queue_next = t->naming;
	if (t->naming != NULL)
		t->naming->queue_prev = c;
	t->naming = c;
}

void
location_leave(struct thread *t, struct client *c)
{
	if (c->x == NULL || !c->x->naming.listed)
		return;
	c->x->naming.listed = false;
	if (c->queue_prev != NULL)
		c->queue_prev->queue_next = c->queue_next;
	else
		t->naming = c->queue_next;
	if (c->queue_next != NULL)
		c->queue_next->queue_prev = c->queue_prev;
	c->queue_prev = c->queue_next = NULL;
}

bool
location_rewrite(struct thread *t, struct client *c)
{
	const struct location_wait *w = &c->x->naming;
	struct location_side s;

	if (!location_has_url(&c->x->resp) || !location_side(c, &s))
		return true;
	location_fields(t, c, &s, false);
	if (w->count > 0 && t->now_ms < w->until_ms) {
		location_enter(t, c);
		return false;
	}
	location_leave(t, c);
	location_fields(t, c, &s, true);
	return true;
}

void
location_told(struct thread *t, uint32_t id)
{
	for (struct client *c = t->naming; c != NULL; c = c->queue_next)
		for (unsigned i = 0; i < c->x->naming.count; i++)
			if (id == 0 || c->x->naming.id[i] == id)
				thread_ready(t, c);
}
