/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/resume.h"

#include <string.h>

#include "base/mem.h"

void
resume_init(struct resume *r)
{
	*r = (struct resume){ 0 };
	lock_init(&r->lock, LOCK_TLS);
	hash_key_random(&r->key);
}

void
resume_release(struct resume *r)
{
	for (size_t i = 0; i < RESUME_SETS; i++)
		for (size_t k = 0; k < RESUME_SET; k++) {
			mem_free(r->slot[i][k].name);
			SSL_SESSION_free(r->slot[i][k].session);
		}
	lock_release(&r->lock);
}

static struct resume_slot *
set_of(struct resume *r, const char *name)
{
	return r->slot[hash_keyed(&r->key, str_from(name)) % RESUME_SETS];
}

static bool
is_of(const struct resume_slot *slot, const char *name)
{
	return slot->name != NULL && strcmp(slot->name, name) == 0;
}

/* The slot of the name, or the one that it may take. The lock is held. */
static struct resume_slot *
slot_of(struct resume *r, struct resume_slot *set, const char *name)
{
	struct resume_slot *oldest = set;

	for (size_t k = 0; k < RESUME_SET; k++) {
		if (is_of(&set[k], name)) {
			set[k].used = ++r->uses;
			return &set[k];
		}
		if (set[k].used < oldest->used)
			oldest = &set[k];
	}
	return oldest;
}

void
resume_offer(struct resume *r, SSL *ssl, const char *name)
{
	struct resume_slot *set = set_of(r, name), *slot;
	SSL_SESSION *session = NULL, *copy;

	lock_take(&r->lock);
	slot = slot_of(r, set, name);
	if (is_of(slot, name) && slot->session != NULL &&
	    SSL_SESSION_is_resumable(slot->session) &&
	    SSL_SESSION_up_ref(slot->session) == 1)
		session = slot->session;
	lock_drop(&r->lock);
	if (session == NULL)
		return;
	copy = SSL_SESSION_dup(session);
	if (copy != NULL)
		(void)SSL_set_session(ssl, copy);
	SSL_SESSION_free(copy);
	SSL_SESSION_free(session);
}

/* session takes the place of what was there; NULL: nothing does. */
static void
put(struct resume *r, SSL_SESSION *session, const char *name)
{
	struct resume_slot *set = set_of(r, name), *slot, old;
	char *copy = mem_copy_text(name);

	lock_take(&r->lock);
	slot = slot_of(r, set, name);
	old = *slot;
	*slot = (struct resume_slot){ copy, session, ++r->uses };
	lock_drop(&r->lock);
	mem_free(old.name);
	SSL_SESSION_free(old.session);
}

void
resume_keep(struct resume *r, SSL_SESSION *session, const char *name)
{
	SSL_SESSION *own = SSL_SESSION_dup(session);

	if (own != NULL)
		put(r, own, name);
}

void
resume_forget(struct resume *r, const char *name)
{
	put(r, NULL, name);
}
