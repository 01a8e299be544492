/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "live/carry_pack.h"

#include <string.h>

void
carry_begin(struct carry_pack *p, enum carry_kind kind)
{
	p->at = CARRY_HEAD;
	p->bytes[2] = (unsigned char)kind;
	p->bytes[3] = 0;
	p->reading = p->bad = false;
}

bool
carry_end(struct carry_pack *p)
{
	const uint16_t len = (uint16_t)p->at;

	memcpy(p->bytes, &len, sizeof(len));
	return !p->bad;
}

static void
move(struct carry_pack *p, void *value, size_t len)
{
	const size_t end = p->reading ? p->len : sizeof(p->bytes);

	if (p->bad || len > end - p->at) {
		p->bad = true;
		return;
	}
	if (p->reading)
		memcpy(value, p->bytes + p->at, len);
	else
		memcpy(p->bytes + p->at, value, len);
	p->at += len;
}

void
carry_u64(struct carry_pack *p, uint64_t *value)
{
	move(p, value, sizeof(*value));
}

void
carry_u32(struct carry_pack *p, uint32_t *value)
{
	move(p, value, sizeof(*value));
}

void
carry_bool(struct carry_pack *p, bool *value)
{
	unsigned char byte = *value;

	move(p, &byte, 1);
	if (byte > 1)
		p->bad = true;
	*value = byte == 1;
}

void
carry_str(struct carry_pack *p, struct str *value)
{
	uint32_t len = (uint32_t)value->len;

	carry_u32(p, &len);
	if (p->reading) {
		if (p->bad || len > p->len - p->at) {
			p->bad = true;
			*value = STR_NONE;
			return;
		}
		*value = str_make((char *)p->bytes + p->at, len);
		p->at += len;
	} else if (len > 0) {
		move(p, (void *)(uintptr_t)value->p, len);
	}
}

/* ------ who is who ------ */

struct carry_services
carry_services_of(const struct conf *conf, const struct conf_listener *l)
{
	return l != NULL
	    ? (struct carry_services){ l->services, l->service_count }
	    : (struct carry_services){ conf->services, conf->service_count };
}

const struct conf_backend *
carry_backend_at(const struct conf_service *s, size_t i)
{
	if (i < s->backend_count)
		return s->backends[i];
	i -= s->backend_count;
	return i < s->emergency_count ? s->emergencies[i] : NULL;
}

struct str
carry_backend_name(const struct conf_backend *b)
{
	return b->kind == CONF_REDIRECT ? b->redirect_text : b->name;
}

bool
carry_same_backend(const struct conf_backend *b, struct str name,
    bool emergency)
{
	return b->emergency == emergency && str_eq(carry_backend_name(b), name);
}

/* ------ records, written and read alike ------ */

void
carry_pack_listener(struct carry_pack *p, struct carry_listener *r)
{
	carry_str(p, &r->address);
	carry_bool(p, &r->disabled);
	carry_bool(p, &r->xssl_seen);
	carry_u64(p, &r->sum.accepted);
	carry_u64(p, &r->sum.refused);
	carry_u64(p, &r->sum.empty);
	carry_u64(p, &r->sum.handshakes);
	carry_u64(p, &r->sum.handshake_failures);
}

static void
carry_pack_traffic(struct carry_pack *p, struct counter_sum *s)
{
	carry_u64(p, &s->requests);
	carry_u64(p, &s->tunnels);
	for (unsigned i = 0; i < COUNTER_CLASSES; i++)
		carry_u64(p, &s->answers[i]);
	carry_u64(p, &s->connect_failures);
	carry_u64(p, &s->bytes_in);
	carry_u64(p, &s->bytes_out);
	carry_u64(p, &s->first_byte.count);
	carry_u64(p, &s->first_byte.sum_us);
}

void
carry_pack_service(struct carry_pack *p, struct carry_service *r)
{
	carry_str(p, &r->listener);
	carry_str(p, &r->name);
	carry_u32(p, &r->nth);
	carry_bool(p, &r->disabled);
	carry_bool(p, &r->disabled_by_file);
	carry_bool(p, &r->has_sessions);
	carry_u32(p, &r->session_type);
	carry_str(p, &r->session_id);
	for (unsigned i = 0; i < ARRAY_LEN(r->secret.key); i++) {
		carry_u64(p, &r->secret.key[i].k0);
		carry_u64(p, &r->secret.key[i].k1);
	}
	carry_pack_traffic(p, &r->sum);
}

void
carry_pack_backend(struct carry_pack *p, struct carry_backend *r)
{
	carry_str(p, &r->name);
	carry_u32(p, &r->nth);
	carry_bool(p, &r->emergency);
	carry_bool(p, &r->alive);
	carry_bool(p, &r->disabled);
	carry_bool(p, &r->disabled_by_file);
	carry_pack_traffic(p, &r->sum);
}

void
carry_pack_session(struct carry_pack *p, struct carry_session *r)
{
	carry_u32(p, &r->service);
	carry_u32(p, &r->backend);
	carry_u64(p, &r->idle_ms);
	carry_bool(p, &r->digest);
	carry_u32(p, &r->hash);
	carry_str(p, &r->key);
}
