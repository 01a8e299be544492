/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "conf/control_path.h"

#include "conf/lexer.h"
#include "conf/source.h"

#define ARENA_MAX ((size_t)256 << 20)

/* true: this is it. */
static bool
look_at(struct source *s, const struct lexer_line *line, struct strbuf *text)
{
	const char *path, *why;

	if (line->count < 1)
		return false;
	if (str_eq_nocase(line->name, STR("Include"))) {
		if (source_include(s, line->arg[0].text, &path, &why) < 0)
			strbuf_addf(text, " (%s: %s)", path, why);
		return false;
	}
	if (!str_eq_nocase(line->name, STR("Control")) ||
	    !line->arg[0].quoted || str_empty(line->arg[0].text))
		return false;
	strbuf_reset(text);
	strbuf_add(text, str_head(line->arg[0].text, CONTROL_PATH_MAX));
	return true;
}

int
control_path_find(const char *file, struct strbuf *text)
{
	struct lexer_line line;
	struct conf_place place;
	struct source source;
	struct arena arena;
	struct str s;
	const char *why;
	bool found = false, cut;

	arena_init_growing(&arena, ARENA_MAX);
	source_init(&source, &arena);
	strbuf_reset(text);
	if (source_push_file(&source, file, &why) != 0) {
		strbuf_addf(text, "%s: %s", file, why);
	} else {
		strbuf_addf(text, "there is no Control in %s", file);
		while (!found && source_next(&source, &place, &s, &cut)) {
			lexer_split(s, &line);
			found = look_at(&source, &line, text);
		}
	}
	source_release(&source);
	arena_release(&arena);
	return found ? 0 : -1;
}
