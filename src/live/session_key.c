/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "live/session_internal.h"

/*
 * What does not fit into the cell of an entry stands in a chain of others.
 */

static const struct session_more *
more_at(const struct session_table *t, uint32_t i)
{
	return cells_at(&t->cells, i);
}

void
session_key_make(const struct session_table *t, struct str text,
    struct session_key *k)
{
	if (text.len > SESSION_KEY_EXACT) {
		const uint64_t halves[2] = { hash_keyed(&t->secret[1], text),
			hash_keyed(&t->secret[2], text) };

		session_key_of_digest(k, (const char *)halves);
		return;
	}
	k->digest = false;
	k->hash = (uint32_t)hash_keyed(&t->secret[0], text);
	k->text = text;
}

/* Nobody knows its bits who does not know the table's secret, so they do
 * for the bucket, too. */
void
session_key_of_digest(struct session_key *k, const char *digest)
{
	memcpy(k->halves, digest, sizeof(k->halves));
	k->digest = true;
	k->hash = (uint32_t)k->halves[0];
	k->text = str_make((const char *)k->halves, sizeof(k->halves));
}

bool
session_key_is(const struct session_table *t, const struct session_cell *e,
    const struct session_key *k)
{
	struct str rest = k->text;
	const struct session_more *m;

	if (e->hash != k->hash || e->len != rest.len || e->digest != k->digest)
		return false;
	if (memcmp(e->key, rest.p, str_head(rest, SESSION_CELL_KEY).len) != 0)
		return false;
	rest = str_skip(rest, SESSION_CELL_KEY);
	for (uint32_t i = e->more; i != 0; i = m->link) {
		m = more_at(t, i);
		if (memcmp(m->key, rest.p,
			str_head(rest, SESSION_MORE_KEY).len) != 0)
			return false;
		rest = str_skip(rest, SESSION_MORE_KEY);
	}
	return true;
}

void
session_key_show(const struct session_table *t, const struct session_cell *e,
    char *out)
{
	size_t left = e->len,
	       n = left < SESSION_CELL_KEY ? left : SESSION_CELL_KEY;
	const struct session_more *m;

	memcpy(out, e->key, n);
	for (uint32_t i = e->more; i != 0; i = m->link) {
		m = more_at(t, i);
		out += n;
		left -= n;
		n = left < SESSION_MORE_KEY ? left : SESSION_MORE_KEY;
		memcpy(out, m->key, n);
	}
}
