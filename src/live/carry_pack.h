/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Records of the stream between two workers of one machine (carry.h): a
 * head, length and kind, and fields without names. Numbers are the
 * machine's own. What does not fit, or is not there, sets bad.
 */
#ifndef LIVE_CARRY_PACK_H
#define LIVE_CARRY_PACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "live/carry.h"

#define CARRY_VERSION 1

enum carry_kind {
	CARRY_HELLO = 1, /* version */
	CARRY_LISTENER,
	CARRY_SERVICE, /* its back-ends follow */
	CARRY_BACKEND,
	CARRY_OUTCOME,
	CARRY_SESSION,
	CARRY_KINDS,
};

/* The same functions write and read. */
struct carry_pack {
	unsigned char bytes[CARRY_RECORD_MAX];
	size_t at, len; /* len: of what is read */
	bool reading, bad;
};

void carry_begin(struct carry_pack *p, enum carry_kind kind);
/* Gives it a length; false: it was too long. */
bool carry_end(struct carry_pack *p);

void carry_u64(struct carry_pack *p, uint64_t *value);
void carry_u32(struct carry_pack *p, uint32_t *value);
void carry_bool(struct carry_pack *p, bool *value);
/* What was read lies in the record. */
void carry_str(struct carry_pack *p, struct str *value);

/* ------ who is who ------ */

struct carry_services {
	struct conf_service *const *list;
	size_t count;
};

/* Of a listener; NULL: the global ones. */
struct carry_services carry_services_of(const struct conf *conf,
    const struct conf_listener *l);

/* The ordinary ones, then the emergencies; NULL: no more. */
const struct conf_backend *carry_backend_at(const struct conf_service *s,
    size_t i);
/* By which a back-end is known. */
struct str carry_backend_name(const struct conf_backend *b);
bool carry_same_backend(const struct conf_backend *b, struct str name,
    bool emergency);

/* ------ records ------ */

struct carry_listener {
	struct str address;
	bool disabled, xssl_seen;
	struct counter_connections sum;
};

struct carry_service {
	struct str listener; /* empty: a global one */
	struct str name;
	uint32_t nth; /* of those with this name there */
	bool disabled, disabled_by_file;
	bool has_sessions;
	uint32_t session_type;
	struct str session_id;
	struct session_secret secret;
	struct counter_sum sum;
};

struct carry_backend {
	struct str name;
	uint32_t nth; /* of those with this name in its service */
	bool emergency, alive, disabled, disabled_by_file;
	struct counter_sum sum;
};

struct carry_session {
	uint32_t service, backend; /* their numbers in the stream */
	uint64_t idle_ms;
	bool digest;
	uint32_t hash;
	struct str key;
};

void carry_pack_listener(struct carry_pack *p, struct carry_listener *r);
void carry_pack_service(struct carry_pack *p, struct carry_service *r);
void carry_pack_backend(struct carry_pack *p, struct carry_backend *r);
void carry_pack_session(struct carry_pack *p, struct carry_session *r);

#endif
