/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Addresses of host names that come up in answers of back-ends. Names of
 * the configuration are known from the start; others are asked for by the
 * thread that talks to the resolver (daemon/asker) and remembered for five
 * minutes, failures too, in a table of fixed size. Any thread; nothing
 * here waits.
 */
#ifndef LIVE_NAMES_H
#define LIVE_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attrs.h"
#include "base/hash.h"
#include "base/lock.h"
#include "conf/conf.h"
#include "net/addr.h"

#define NAMES_MAX 1024	    /* that are remembered */
#define NAMES_ASKED_MAX 256 /* of them without an answer yet */
#define NAMES_FLYING_MAX 4  /* of these, questions that are out */
#define NAMES_TEXT_MAX 255
#define NAMES_KEEP_MS 300000
/* The first one who wants to know, and all others, wait so long. */
#define NAMES_PATIENCE_MS 1000

enum names_status {
	NAMES_KNOWN, /* the address is there */
	NAMES_NONE,  /* it has none, or none that can be told in time */
	NAMES_ASKED, /* an answer may come */
};

struct names_entry; /* names.c */

struct names_table {
	struct names_entry *entry;
	uint32_t *bucket; /* entry + 1; 0: none */
	uint32_t count, mask;
};

struct names {
	struct names_table configured; /* never changes */
	struct hash_key key;
	struct lock lock; /* of all that follows */
	bool open;	  /* somebody asks */
	struct names_table cache;
	uint32_t hand; /* the entry that is given up next */
	uint32_t last_id;
	unsigned asked, flying;
};

/* What a pool thread wants to know. family: AF_INET or AF_INET6. */
struct names_query {
	struct str name;
	int family;
	unsigned thread;
	int64_t now_ms;
};

struct names_answer {
	struct addr addr; /* NAMES_KNOWN; its port is 0 */
	uint32_t id;	  /* NAMES_ASKED: of the question, never 0 */
	int64_t until_ms; /* NAMES_ASKED: no longer than this */
	bool ring;	  /* NAMES_ASKED: the asker does not know yet */
};

/* conf outlives it. */
void names_init(struct names *n, const struct conf *conf);
void names_release(struct names *n);

/* Case is of no matter. With NAMES_ASKED the thread is among those that
 * names_answered() tells. */
MUST_USE enum names_status names_find(struct names *n,
    const struct names_query *q, struct names_answer *a);

/* ------ the asker ------ */

/* Before that, and after names_close(), unknown names are NAMES_NONE. */
void names_open(struct names *n);
void names_close(struct names *n);

struct names_question {
	uint32_t id;
	int family;
	char name[NAMES_TEXT_MAX + 1];
};

/* The next name to ask for; false: none now. Old ones are dropped. */
MUST_USE bool names_next(struct names *n, struct names_question *q,
    int64_t now_ms);

/* The answer, len 0: it has none. Returns a bit for each thread that
 * wants to know. An id that nobody asked for is nothing. */
uint64_t names_answered(struct names *n, uint32_t id, const struct addr *addr,
    int64_t now_ms);

/* Questions that are out. */
unsigned names_flying(struct names *n);

/* No question that is out will be answered. */
void names_lost(struct names *n, int64_t now_ms);

#endif
