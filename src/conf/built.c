/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "conf/built.h"

#include "conf/notes.h"

#define ANY UINT64_MAX

static const struct unbuilt {
	const char *name;
	uint64_t value;
	const char *words;
} unbuilt[] = {
	{ NULL, 0, NULL }, /* nothing now */
};

void
built_note_use(struct conf *c, struct arena *a, const struct directive_value *v)
{
	struct conf_use *use;

	for (size_t i = 0; unbuilt[i].name != NULL; i++) {
		if (!str_eq_nocase(str_from(v->row->name),
			str_from(unbuilt[i].name)) ||
		    (unbuilt[i].value != ANY && unbuilt[i].value != v->number))
			continue;
		use = arena_alloc(a, sizeof(*use));
		*use = (struct conf_use){ unbuilt[i].words, v->line->place,
			NULL };
		if (c->last_unbuilt != NULL)
			c->last_unbuilt->next = use;
		else
			c->unbuilt = use;
		c->last_unbuilt = use;
	}
}

void
conf_check_built(const struct conf *c, enum conf_severity severity,
    struct conf_notes *notes)
{
	for (const struct conf_use *u = c->unbuilt; u != NULL; u = u->next) {
		struct notes_finding f = { .severity = severity,
			.place = u->place };

		notes_add(notes, &f,
		    "%s is not built yet: this version reads it, but cannot "
		    "run it",
		    u->words);
	}
}
