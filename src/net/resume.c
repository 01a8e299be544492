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
	for (size_t i = 0; i < RESUME_SLOTS; i++) {
		mem_free(r->slot[i].name);
		SSL_SESSION_free(r->slot[i].session);
	}
	lock_release(&r->lock);
}

static struct resume_slot *
slot_of(struct resume *r, const char *name)
{
	return &r->slot[hash_keyed(&r->key, str_from(name)) % RESUME_SLOTS];
}

void
resume_offer(struct resume *r, SSL *ssl, const char *name)
{
	struct resume_slot *slot = slot_of(r, name);
	SSL_SESSION *session = NULL;

	lock_take(&r->lock);
	if (slot->session != NULL && strcmp(slot->name, name) == 0 &&
	    SSL_SESSION_is_resumable(slot->session) &&
	    SSL_SESSION_up_ref(slot->session) == 1)
		session = slot->session;
	lock_drop(&r->lock);
	if (session != NULL)
		(void)SSL_set_session(ssl, session);
	SSL_SESSION_free(session);
}

void
resume_keep(struct resume *r, SSL_SESSION *session, const char *name)
{
	struct resume_slot *slot = slot_of(r, name), old = { 0 };
	char *copy = mem_copy_text(name);

	lock_take(&r->lock);
	old = *slot;
	*slot = (struct resume_slot){ copy, session };
	lock_drop(&r->lock);
	mem_free(old.name);
	SSL_SESSION_free(old.session);
}
