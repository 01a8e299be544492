/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "conf/verify.h"

#include "conf/notes.h"

static void
need_listener(const struct conf *c, struct conf_place last,
    struct conf_notes *notes)
{
	struct notes_finding f = { .severity = CONF_ERROR,
		.place = last,
		.expected = "a ListenHTTP or ListenHTTPS block" };

	if (c->listener_count == 0)
		notes_add(notes, &f, "no listeners");
}

/* The earlier listener with the same address and port, or NULL. */
static const struct conf_listener *
twin_of(const struct conf *c, const struct conf_listener *l)
{
	for (size_t i = 0; i < l->id; i++)
		if (c->listeners[i]->addr.len > 0 &&
		    addr_equal(&c->listeners[i]->addr, &l->addr))
			return c->listeners[i];
	return NULL;
}

static void
refuse_twins(const struct conf *c, struct conf_notes *notes)
{
	for (size_t i = 0; i < c->listener_count; i++) {
		const struct conf_listener *l = c->listeners[i];
		const struct conf_listener *twin = twin_of(c, l);
		struct notes_finding f = { .severity = CONF_ERROR,
			.place = l->place,
			.expected = "another Address or Port" };

		if (l->addr.len > 0 && twin != NULL)
			notes_add(notes, &f,
			    "the listener of line %u has %.*s already",
			    twin->place.line, STR_ARG(l->name));
	}
}

void
verify_tree(const struct conf *c, struct conf_place last,
    struct conf_notes *notes)
{
	need_listener(c, last, notes);
	refuse_twins(c, notes);
}
