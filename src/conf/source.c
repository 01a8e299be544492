/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "conf/source.h"

#include "base/mem.h"

void
source_init(struct source *s, struct arena *a)
{
	*s = (struct source){ .arena = a };
}

void
source_release(struct source *s)
{
	while (s->texts != NULL) {
		struct source_text *text = s->texts;

		s->texts = text->next;
		file_release(&text->file);
		mem_free(text);
	}
	*s = (struct source){ .arena = s->arena };
}

static struct str
without_mark(struct str text)
{
	struct str mark = STR("\xef\xbb\xbf");

	return str_starts(text, mark) ? str_skip(text, mark.len) : text;
}

static struct source_level *
level_new(struct source *s, const char *name, struct str text)
{
	struct source_level *level = arena_alloc(s->arena, sizeof(*level));

	level->name = arena_copy(s->arena, str_from(name)).p;
	level->rest = without_mark(text);
	level->depth = 1;
	return level;
}

void
source_push_text(struct source *s, const char *name, struct str text)
{
	s->top = level_new(s, name, text);
	s->last = (struct conf_place){ s->top->name, 0 };
}

/* Whether the file is being read already: it or one that it is in. */
static bool
is_cycle(const struct source_level *in, const struct file *f)
{
	for (; in != NULL; in = in->includer)
		if (in->device == f->device && in->node == f->node)
			return true;
	return false;
}

static struct source_level *
level_open(struct source *s, const char *path, struct source_level *includer,
    const char **why)
{
	struct source_text *text;
	struct source_level *level;
	struct file f;

	*why = "too many files";
	if (++s->files > SOURCE_FILES_MAX)
		return NULL;
	if (file_read(&f, path, SOURCE_TOTAL_MAX - s->total, why) != 0)
		return NULL;
	if (is_cycle(includer, &f)) {
		*why = "the file includes itself";
		file_release(&f);
		return NULL;
	}
	text = mem_alloc(sizeof(*text));
	*text = (struct source_text){ f, s->texts };
	s->texts = text;
	s->total += f.len;
	level = level_new(s, path, str_make(f.bytes, f.len));
	level->device = f.device;
	level->node = f.node;
	level->includer = includer;
	level->depth = includer != NULL ? includer->depth + 1 : 1;
	return level;
}

int
source_push_file(struct source *s, const char *path, const char **why)
{
	struct source_level *level = level_open(s, path, NULL, why);

	if (level == NULL)
		return -1;
	s->top = level;
	s->last = (struct conf_place){ level->name, 0 };
	return 0;
}

static int
open_all(struct source *s, const char *const *paths, size_t count,
    const char **path, const char **why)
{
	struct source_level *after = s->top, *includer = s->top;

	for (size_t i = count; i-- > 0;) {
		struct source_level *level;

		level = level_open(s, paths[i], includer, why);
		if (level == NULL) {
			*path = arena_copy(s->arena, str_from(paths[i])).p;
			return -1;
		}
		level->after = after;
		after = level;
	}
	s->top = after;
	return 0;
}

int
source_include(struct source *s, struct str name, const char **path,
    const char **why)
{
	const char *one = file_find(s->arena, name, s->top->name);
	glob_t found;
	int rc = 1;

	*path = one;
	*why = "files include each other too deep";
	if (s->top->depth >= SOURCE_DEPTH_MAX)
		return -1;
	if (!file_has_magic(one) || file_exists(one))
		return open_all(s, &one, 1, path, why);
	file_glob(s->arena, name, s->top->name, &found);
	if (found.gl_pathc > 0)
		rc = open_all(s, (const char *const *)found.gl_pathv,
		    found.gl_pathc, path, why);
	globfree(&found);
	return rc;
}

/* Cuts the first line off the rest: without LF. */
static struct str
take_line(struct source_level *level)
{
	size_t len = str_find(level->rest, '\n');
	struct str line = str_head(level->rest, len);

	level->rest = str_skip(level->rest, len + 1);
	level->line++;
	return line;
}

bool
source_next(struct source *s, struct conf_place *place, struct str *line,
    bool *cut)
{
	while (s->top != NULL && s->top->rest.len == 0)
		s->top = s->top->after;
	if (s->top == NULL)
		return false;
	*line = take_line(s->top);
	*line = str_head(*line, str_find(*line, '\r'));
	*line = str_head(*line, str_find(*line, '\0'));
	*cut = line->len > SOURCE_LINE_MAX;
	*line = str_head(*line, SOURCE_LINE_MAX);
	*place = s->last = (struct conf_place){ s->top->name, s->top->line };
	return true;
}
