/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/deadline.h"
#include "base/mem.h"
#include "live/carry.h"
#include "live/carry_pack.h"

/* More services than anybody has. */
#define SERVICES_MAX 1000000

/* A service of the other worker, and what became of it. */
struct known_service {
	const struct conf_service *now; /* NULL: it is gone */
	struct session_table *sessions; /* NULL: they mean nothing now */
	struct backend **backend;	/* by number, NULL: gone */
	uint32_t backends;
};

struct carry_in {
	struct live *live;
	struct counter *block; /* where the old counts go */
	bool greeted, bad;
	bool sessions; /* nothing else comes any more */
	struct known_service *service;
	uint32_t services;
	struct carry_pack pack;
	size_t have; /* bytes of the next record */
	int64_t now_ms;
};

struct carry_in *
carry_in_new(struct live *live)
{
	struct carry_in *in = mem_alloc(sizeof(*in));

	in->live = live;
	in->block = counter_new(&live->counters);
	in->now_ms = deadline_now_ms();
	return in;
}

void
carry_in_free(struct carry_in *in)
{
	for (uint32_t i = 0; i < in->services; i++)
		mem_free(in->service[i].backend);
	mem_free(in->service);
	mem_free(in);
}

static bool
read_hello(struct carry_in *in)
{
	uint32_t version = 0;

	carry_u32(&in->pack, &version);
	in->greeted = version == CARRY_VERSION;
	return in->greeted;
}

static const struct conf_listener *
find_listener(const struct conf *conf, struct str address)
{
	for (size_t i = 0; i < conf->listener_count; i++)
		if (str_eq(conf->listeners[i]->name, address))
			return conf->listeners[i];
	return NULL;
}

static bool
read_listener(struct carry_in *in)
{
	struct carry_listener r = { .address = STR_NONE };
	const struct conf_listener *l;
	struct counter_listener *c;

	carry_pack_listener(&in->pack, &r);
	if (in->pack.bad)
		return false;
	l = find_listener(in->live->conf, r.address);
	if (l == NULL)
		return true;
	in->live->listener[l->id].disabled = r.disabled;
	in->live->listener[l->id].xssl_seen = r.xssl_seen;
	c = &in->block->listener[l->id];
	counter_add(&c->accepted, r.sum.accepted);
	counter_add(&c->closed, r.sum.accepted);
	counter_add(&c->refused, r.sum.refused);
	counter_add(&c->empty, r.sum.empty);
	counter_add(&c->handshakes, r.sum.handshakes);
	counter_add(&c->handshake_failures, r.sum.handshake_failures);
	return true;
}

/* What was going on then has ended as far as this worker knows. */
static void
add_traffic(struct counter_traffic *t, const struct counter_sum *s)
{
	counter_add(&t->begun, s->requests);
	counter_add(&t->ended, s->requests);
	counter_add(&t->tunnels_begun, s->tunnels);
	counter_add(&t->tunnels_ended, s->tunnels);
	for (unsigned i = 0; i < COUNTER_CLASSES; i++)
		counter_add(&t->answers[i], s->answers[i]);
	counter_add(&t->connect_failures, s->connect_failures);
	counter_add(&t->bytes_in, s->bytes_in);
	counter_add(&t->bytes_out, s->bytes_out);
	counter_add(&t->first_byte.count, s->first_byte.count);
	counter_add(&t->first_byte.sum_us, s->first_byte.sum_us);
}

static const struct conf_service *
find_service(const struct conf *conf, const struct carry_service *r)
{
	const struct conf_listener *l = find_listener(conf, r->listener);
	uint32_t nth = r->nth;
	struct carry_services in;

	if (l == NULL && !str_empty(r->listener))
		return NULL;
	in = carry_services_of(conf, l);
	for (size_t i = 0; i < in.count; i++)
		if (str_eq(in.list[i]->name, r->name) && nth-- == 0)
			return in.list[i];
	return NULL;
}

/* If its keys are found in the same place as before. */
static struct session_table *
sessions_for(const struct live *live, const struct conf_service *s,
    const struct carry_service *r)
{
	struct session_table *t = live->service[s->id].sessions;

	if (t == NULL || !r->has_sessions ||
	    s->session.type != (enum conf_session_type)r->session_type ||
	    !str_eq(s->session.id, r->session_id))
		return NULL;
	session_set_secret(t, &r->secret);
	return t;
}

/* What the file says counts when it says something else than before. */
static bool
carried(bool marked, bool by_old_file, bool by_file)
{
	return by_old_file == by_file ? marked : by_file;
}

static bool
read_service(struct carry_in *in)
{
	struct carry_service r = { .listener = STR_NONE };
	struct known_service k = { .now = NULL };

	carry_pack_service(&in->pack, &r);
	if (in->pack.bad || in->services == SERVICES_MAX)
		return false;
	k.now = find_service(in->live->conf, &r);
	if (k.now != NULL) {
		struct live_service *s = &in->live->service[k.now->id];

		s->disabled = carried(r.disabled, r.disabled_by_file,
		    k.now->disabled);
		k.sessions = sessions_for(in->live, k.now, &r);
		add_traffic(&in->block->service[k.now->id], &r.sum);
	}
	in->service = mem_resize(in->service, in->services + 1,
	    sizeof(*in->service));
	in->service[in->services++] = k;
	return true;
}

static struct backend *
find_backend(const struct live *live, const struct conf_service *s,
    const struct carry_backend *r)
{
	const struct conf_backend *b;
	uint32_t nth = r->nth;

	for (size_t i = 0; s != NULL && (b = carry_backend_at(s, i)) != NULL;
	     i++)
		if (carry_same_backend(b, r->name, r->emergency) && nth-- == 0)
			return &live->backend[b->id];
	return NULL;
}

static bool
read_backend(struct carry_in *in)
{
	struct carry_backend r = { .name = STR_NONE };
	struct known_service *k;
	struct backend *b;

	carry_pack_backend(&in->pack, &r);
	if (in->pack.bad || in->services == 0)
		return false;
	k = &in->service[in->services - 1];
	b = find_backend(in->live, k->now, &r);
	k->backend = mem_resize(k->backend, k->backends + 1,
	    sizeof(*k->backend));
	k->backend[k->backends++] = b;
	if (b == NULL)
		return true;
	b->disabled = carried(r.disabled, r.disabled_by_file,
	    b->conf->disabled);
	if (!r.alive && !b->conf->emergency && b->conf->kind == CONF_REAL)
		b->alive = false;
	add_traffic(&in->block->backend[b->conf->id], &r.sum);
	return true;
}

static bool
read_outcome(struct carry_in *in)
{
	struct str name = STR_NONE;
	uint64_t n = 0;

	carry_str(&in->pack, &name);
	carry_u64(&in->pack, &n);
	if (in->pack.bad)
		return false;
	for (enum outcome o = 0; o < OUTCOME_COUNT; o++)
		if (str_eq(str_from(outcome_name(o)), name))
			counter_add(&in->block->outcome[o], n);
	return true;
}

/* One for which there is no room is forgotten. */
static bool
read_session(struct carry_in *in)
{
	struct carry_session r = { .key = STR_NONE };
	struct session_view v = { .digest = false };
	const struct known_service *k;

	carry_pack_session(&in->pack, &r);
	if (in->pack.bad || r.service >= in->services ||
	    r.key.len > sizeof(v.key) || r.key.len == 0 ||
	    r.idle_ms > INT32_MAX)
		return false;
	k = &in->service[r.service];
	if (r.backend >= k->backends)
		return false;
	v.backend = k->backend[r.backend];
	if (v.backend == NULL || k->sessions == NULL ||
	    v.backend->conf->emergency)
		return true;
	v.idle_ms = (int64_t)r.idle_ms;
	v.digest = r.digest;
	v.hash = r.hash;
	v.len = (uint8_t)r.key.len;
	memcpy(v.key, r.key.p, r.key.len);
	(void)session_restore(k->sessions, &v, in->now_ms);
	return true;
}

static bool (*const readers[CARRY_KINDS])(struct carry_in *in) = {
	[CARRY_HELLO] = read_hello,
	[CARRY_LISTENER] = read_listener,
	[CARRY_SERVICE] = read_service,
	[CARRY_BACKEND] = read_backend,
	[CARRY_OUTCOME] = read_outcome,
	[CARRY_SESSION] = read_session,
};

/* A whole one is there. */
static bool
read_record(struct carry_in *in, size_t len)
{
	const unsigned char kind = in->pack.bytes[2];

	in->pack.at = CARRY_HEAD;
	in->pack.len = len;
	in->pack.reading = true;
	in->pack.bad = false;
	if (kind == 0 || kind >= CARRY_KINDS ||
	    (kind == CARRY_HELLO) == in->greeted ||
	    (in->sessions && kind != CARRY_SESSION))
		return false;
	in->sessions = kind == CARRY_SESSION;
	return readers[kind](in) && !in->pack.bad && in->pack.at == len;
}

/* So many bytes more are needed for the head, or for all of it. */
static size_t
missing(const struct carry_in *in)
{
	uint16_t len;

	if (in->have < CARRY_HEAD)
		return CARRY_HEAD - in->have;
	memcpy(&len, in->pack.bytes, sizeof(len));
	return len < CARRY_HEAD || len > CARRY_RECORD_MAX ? SIZE_MAX
							  : len - in->have;
}

bool
carry_read(struct carry_in *in, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	while (!in->bad && len > 0) {
		const size_t want = missing(in);
		const size_t n = want < len ? want : len;

		if (want == SIZE_MAX) {
			in->bad = true;
			break;
		}
		memcpy(in->pack.bytes + in->have, p, n);
		in->have += n;
		p += n;
		len -= n;
		if (in->have >= CARRY_HEAD && missing(in) == 0) {
			in->bad = !read_record(in, in->have);
			in->have = 0;
		}
	}
	return !in->bad;
}
