/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "route/match.h"

#include "base/pattern.h"

struct str
match_line(const struct field *f, struct arena *arena)
{
	const size_t len = f->name.len + 2 + f->value.len;
	char *p;

	/* Most fields arrive in this form already. */
	if (f->line.len == len && f->line.p[f->name.len] == ':' &&
	    f->line.p[f->name.len + 1] == ' ')
		return f->line;
	p = arena_alloc(arena, len);
	if (p == NULL)
		return STR_NONE;
	memcpy(p, f->name.p, f->name.len);
	memcpy(p + f->name.len, ": ", 2);
	if (f->value.len > 0)
		memcpy(p + f->name.len + 2, f->value.p, f->value.len);
	return str_make(p, len);
}

const struct str *
match_lines(struct match_input *in)
{
	if (in->lines != NULL)
		return in->lines;
	in->lines = arena_alloc(in->arena,
	    (in->field_count + 1) * sizeof(*in->lines));
	if (in->lines == NULL)
		return NULL;
	for (unsigned i = 0; i < in->field_count; i++) {
		const struct field *f = &in->field[i];

		/* An empty Host is none (strict-http 3): p stays NULL. */
		if (f->id == FIELD_HOST && str_empty(f->value))
			continue;
		in->lines[i] = match_line(f, in->arena);
		if (in->lines[i].p == NULL)
			return in->lines = NULL;
	}
	return in->lines;
}

static enum match_result
match_error(struct match_input *in, const char *directive,
    const struct conf_place *place)
{
	in->directive = directive;
	in->place = place;
	return MATCH_ERROR;
}

static enum match_result
match_url(const struct conf_service *service, struct match_input *in)
{
	const struct conf_patterns *url = &service->url;

	for (size_t i = 0; i < url->count; i++) {
		switch (pattern_match(url->pattern[i], in->url, NULL)) {
		case PATTERN_MATCH:
			break;
		case PATTERN_NO_MATCH:
			return MATCH_NO;
		default:
			return match_error(in, "URL", &url->place[i]);
		}
	}
	return MATCH_YES;
}

/* Whether any field's line matches the pattern. */
static enum match_result
match_any_line(const struct pattern *p, struct match_input *in)
{
	const struct str *lines = match_lines(in);

	if (lines == NULL)
		return MATCH_ERROR;
	for (unsigned i = 0; i < in->field_count; i++) {
		if (lines[i].p == NULL)
			continue;
		switch (pattern_match(p, lines[i], NULL)) {
		case PATTERN_MATCH:
			return MATCH_YES;
		case PATTERN_NO_MATCH:
			break;
		default:
			return MATCH_ERROR;
		}
	}
	return MATCH_NO;
}

/* Every pattern of the list must answer `wanted`. */
static enum match_result
match_fields(const struct conf_patterns *list, enum match_result wanted,
    const char *directive, struct match_input *in)
{
	for (size_t i = 0; i < list->count; i++) {
		const enum match_result r = match_any_line(list->pattern[i],
		    in);

		if (r == MATCH_ERROR)
			return match_error(in, directive, &list->place[i]);
		if (r != wanted)
			return MATCH_NO;
	}
	return MATCH_YES;
}

enum match_result
match_service(const struct conf_service *service, struct match_input *in)
{
	enum match_result r;

	r = match_url(service, in);
	if (r == MATCH_YES)
		r = match_fields(&service->head_require, MATCH_YES,
		    "HeadRequire", in);
	if (r == MATCH_YES)
		r = match_fields(&service->head_deny, MATCH_NO, "HeadDeny", in);
	return r;
}
