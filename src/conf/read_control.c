/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Control "PATH" [MODE [USER[:GROUP]]] */
#include "conf/read.h"

#include <grp.h>
#include <pwd.h>

#include "conf/control_path.h"
#include "conf/notes.h"

#define MODE_MAX 0777

static void
read_path(struct builder *b, const struct lexer_arg *arg)
{
	if (arg->text.len > CONTROL_PATH_MAX)
		builder_warn(b, arg->whole,
		    "Control: the path is cut after %zu bytes",
		    CONTROL_PATH_MAX);
	b->conf->control = builder_copy(b,
	    str_head(arg->text, CONTROL_PATH_MAX));
	b->conf->control_place = b->at.place;
}

static void
read_mode(struct builder *b, struct str word)
{
	unsigned mode = 0;

	for (size_t i = 0; i < word.len; i++) {
		if (word.p[i] < '0' || word.p[i] > '7' || mode > MODE_MAX) {
			mode = MODE_MAX + 1;
			break;
		}
		mode = mode * 8 + (unsigned)(word.p[i] - '0');
	}
	if (mode > MODE_MAX)
		builder_error(b, word, "Control: %.*s is not a mode like 0660",
		    NOTES_WORD(word));
	else
		b->conf->control_mode = mode;
}

static void
read_owner(struct builder *b, struct str word)
{
	size_t colon = str_find(word, ':');
	struct str user = str_head(word, colon);
	struct str group = str_skip(word, colon + 1);

	b->conf->control_user = builder_copy(b, user);
	b->conf->control_group = builder_copy(b, group);
	if (b->offline)
		return;
	if (!str_empty(user) && getpwnam(b->conf->control_user.p) == NULL)
		builder_warn(b, word, "Control: there is no user %.*s",
		    NOTES_WORD(user));
	if (!str_empty(group) && getgrnam(b->conf->control_group.p) == NULL)
		builder_warn(b, word, "Control: there is no group %.*s",
		    NOTES_WORD(group));
}

void
read_control(struct builder *b, const struct directive_value *v)
{
	const struct lexer_line *line = v->line;

	if (line->count < 1 || line->count > 3) {
		builder_error(b, line->name,
		    "Control takes one to three "
		    "arguments");
		return;
	}
	if (!line->arg[0].quoted || str_empty(line->arg[0].text)) {
		builder_error(b, line->arg[0].whole,
		    "Control: the path must stand in quotes");
		return;
	}
	read_path(b, &line->arg[0]);
	if (line->count > 1)
		read_mode(b, line->arg[1].whole);
	if (line->count > 2)
		read_owner(b, line->arg[2].whole);
}
