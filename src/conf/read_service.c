/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Service, with its Redirect lines. */
#include "conf/read.h"

#include "conf/argument.h"
#include "conf/notes.h"

#define MAX_SESSIONS 1000000

void
read_service_open(struct builder *b, const struct directive_value *v)
{
	struct conf_service *s = tree_add_service(b->tree, b->listener);

	s->place = b->at.place;
	s->name = builder_copy(b, v->text);
	s->session.max_sessions = MAX_SESSIONS;
	b->service = s;
	b->ignore_case = b->defaults.ignore_case;
	builder_open(b, IN_SERVICE);
}

void
read_service_url(struct builder *b, const struct directive_value *v)
{
	builder_add_pattern(b, &b->service->url, v,
	    b->ignore_case ? PATTERN_NOCASE : 0);
}

void
read_service_head_require(struct builder *b, const struct directive_value *v)
{
	builder_add_pattern(b, &b->service->head_require, v, PATTERN_NOCASE);
}

void
read_service_head_deny(struct builder *b, const struct directive_value *v)
{
	builder_add_pattern(b, &b->service->head_deny, v, PATTERN_NOCASE);
}

void
read_service_ignore_case(struct builder *b, const struct directive_value *v)
{
	b->ignore_case = v->number != 0;
}

void
read_service_disabled(struct builder *b, const struct directive_value *v)
{
	b->service->disabled = v->number != 0;
}

void
read_service_hsts(struct builder *b, const struct directive_value *v)
{
	b->service->has_hsts = true;
	b->service->hsts = v->number;
	if (b->listener != NULL && !b->listener->https)
		builder_warn(b, v->line->name,
		    "StrictTransportSecurity has no effect in a ListenHTTP");
}

void
read_service_max_sessions(struct builder *b, const struct directive_value *v)
{
	b->service->session.max_sessions = (size_t)v->number;
}

/* --- Redirect [CODE] "URL" --- */

static const char *const codes[] = { "301", "302", "303", "307", "308", NULL };
static const int statuses[] = { 301, 302, 303, 307, 308 };

/* Where the host begins: behind the first http:// or https:// that a byte
 * other than '/' follows; or url.len. */
static size_t
find_host(struct str url)
{
	for (size_t i = 0; i < url.len; i++) {
		struct str rest = str_skip(url, i);
		size_t skip = str_starts_nocase(rest, STR("http://")) ? 7
		    : str_starts_nocase(rest, STR("https://"))	      ? 8
								      : 0;

		if (skip > 0 && skip < rest.len && rest.p[skip] != '/')
			return i + skip;
	}
	return url.len;
}

/*
 * B.7.3: without a path the target of the request is appended; a path of
 * "/" is the way to say that nothing is, and goes itself.
 */
static void
set_redirect(struct builder *b, struct conf_backend *be, struct str url)
{
	size_t host = find_host(url);
	size_t path = host + str_find(str_skip(url, host), '/');

	be->redirect_text = builder_copy(b, url);
	be->redirect_appends = path == url.len;
	if (path + 1 == url.len)
		url.len--;
	be->redirect = builder_copy(b, url);
}

static void
add_redirect(struct builder *b, int status, struct str url)
{
	struct conf_backend *be = tree_add_backend(b->tree, b->service, false);

	be->place = b->at.place;
	be->kind = CONF_REDIRECT;
	be->priority = 1;
	be->name = STR("(UNKNOWN):0");
	be->redirect_status = status;
	set_redirect(b, be, url);
}

void
read_service_redirect(struct builder *b, const struct directive_value *v)
{
	const struct lexer_line *line = v->line;
	const struct lexer_arg *url = &line->arg[line->count == 2];
	int code = 1;

	if (line->count < 1 || line->count > 2) {
		builder_error(b, line->name,
		    "Redirect takes a code, if any, "
		    "and a URL");
		return;
	}
	if (line->count == 2)
		code = argument_choice(line->arg[0].whole, codes);
	if (code < 0)
		builder_error(b, line->arg[0].whole,
		    "Redirect: %.*s is not a code that it can send",
		    NOTES_WORD(line->arg[0].whole));
	else if (!url->quoted)
		builder_error(b, url->whole,
		    "Redirect: the URL must stand in quotes");
	else if (find_host(url->text) == url->text.len)
		builder_error(b, url->whole,
		    "Redirect: the URL has no http://HOST");
	else
		add_redirect(b, statuses[code], url->text);
}
