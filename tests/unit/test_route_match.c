/* SPDX-License-Identifier: GPL-3.0-or-later */
/* B.5 and A.1 #16, #17: what the patterns of a service see. */
#include "route/match.h"

#include <stdio.h>

#include "support/conf_from.h"
#include "unit/tap.h"

#define FIELDS 4

struct case_ {
	const char *name;
	const char *service; /* its directives */
	const char *url;     /* decoded */
	/* lines as received; NULL ends them */
	const char *line[FIELDS];
	enum match_result want;
};

static const struct case_ cases[] = {
	{ "no condition", "", "/", { NULL }, MATCH_YES },
	{ "URL", "URL \"^/a\"\n", "/a?b", { NULL }, MATCH_YES },
	{ "another URL", "URL \"^/a\"\n", "/b", { NULL }, MATCH_NO },
	{ "URL sees the query", "URL \"q=1$\"\n", "/?q=1", { NULL },
	    MATCH_YES },
	{ "every URL must match", "URL \"^/a\"\nURL \"b$\"\n", "/ab", { NULL },
	    MATCH_YES },
	{ "one URL does not", "URL \"^/a\"\nURL \"b$\"\n", "/ac", { NULL },
	    MATCH_NO },
	{ "^ and $ are the ends of the text", "URL \"^/public/\"\n",
	    "/secret\n/public/", { NULL }, MATCH_NO },
	{ "HeadRequire", "HeadRequire \"^Host: h\\.test$\"\n", "/",
	    { "A: b", "Host: h.test" }, MATCH_YES },
	{ "HeadRequire without a field", "HeadRequire \"^Host: h\"\n", "/",
	    { NULL }, MATCH_NO },
	{ "each HeadRequire on a line of its own",
	    "HeadRequire \"^A: 1\"\nHeadRequire \"^B: 2\"\n", "/",
	    { "B: 2", "A: 1" }, MATCH_YES },
	{ "one HeadRequire of two", "HeadRequire \"^A\"\nHeadRequire \"^B\"\n",
	    "/", { "A: 1" }, MATCH_NO },
	{ "lines are looked at one by one", "HeadRequire \"A: 1.*B: 2\"\n", "/",
	    { "A: 1", "B: 2" }, MATCH_NO },
	{ "one blank, whatever came", "HeadRequire \"^X: 1 2$\"\n", "/",
	    { "X:\t 1 2  " }, MATCH_YES },
	{ "no blank came", "HeadRequire \"^X: 1$\"\n", "/", { "X:1" },
	    MATCH_YES },
	{ "an empty value", "HeadRequire \"^X: $\"\n", "/", { "X:" },
	    MATCH_YES },
	{ "an empty Host is none", "HeadRequire \"^Host:\"\n", "/", { "Host:" },
	    MATCH_NO },
	{ "an empty Host denies nothing", "HeadDeny \"^Host:\"\n", "/",
	    { "Host:  " }, MATCH_YES },
	{ "HeadDeny", "HeadDeny \"^User-Agent: .*Bot\"\n", "/",
	    { "User-Agent: aBot" }, MATCH_NO },
	{ "HeadDeny that does not match", "HeadDeny \"^User-Agent: .*Bot\"\n",
	    "/", { "X-User-Agent: aBot" }, MATCH_YES },
	{ "any HeadDeny is enough", "HeadDeny \"^A\"\nHeadDeny \"^B\"\n", "/",
	    { "B: 1" }, MATCH_NO },
	{ "deny beats require", "HeadRequire \"^A\"\nHeadDeny \"^A\"\n", "/",
	    { "A: 1" }, MATCH_NO },
	{ "a URL that cannot be decided", "URL \"(a+)+$\"\n",
	    "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", { NULL }, MATCH_ERROR },
	{ "a field that cannot be decided", "HeadDeny \"(a+)+$\"\n", "/",
	    { "X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!" }, MATCH_ERROR },
};

static struct field
field_from(const char *line)
{
	const struct str s = str_from(line);
	const size_t colon = str_find(s, ':');
	const struct str name = str_head(s, colon);

	return (struct field){ .line = s,
		.name = name,
		.value = str_trim(str_skip(s, colon + 1)),
		.id = (uint16_t)field_id(name) };
}

static struct conf *
service_from(const char *directives)
{
	char text[1024];

	snprintf(text, sizeof(text),
	    "ListenHTTP\nAddress 127.0.0.1\nPort 80\nService\n%s"
	    "Redirect \"http://h.test\"\nEnd\nEnd\n",
	    directives);
	return conf_from(text);
}

static void
test_case(const struct case_ *c, bool skipped)
{
	struct conf *conf = service_from(c->service);
	struct field field[FIELDS];
	char memory[1024];
	struct arena arena;
	struct match_input in = { .url = str_from(c->url),
		.field = field,
		.arena = &arena };

	arena_init_fixed(&arena, memory, sizeof(memory));
	for (; in.field_count < FIELDS && c->line[in.field_count] != NULL;
	     in.field_count++) {
		field[in.field_count] = field_from(c->line[in.field_count]);
		field[in.field_count].skip = skipped;
	}
	is_int(match_service(conf->listeners[0]->services[0], &in), c->want,
	    "%s%s", c->name, skipped ? ", not forwarded" : "");
	conf_free(conf);
}

/* The directive and its line are told. */
static void
test_place(void)
{
	struct conf *conf = service_from("URL \"^/\"\n"
					 "HeadRequire \"(a+)+$\"\n");
	struct field field = field_from(
	    "X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!");
	char memory[256];
	struct arena arena;
	struct match_input in = { .url = STR("/"),
		.field = &field,
		.field_count = 1,
		.arena = &arena };

	arena_init_fixed(&arena, memory, sizeof(memory));
	is_int(match_service(conf->listeners[0]->services[0], &in), MATCH_ERROR,
	    "an error");
	is_str(in.directive, "HeadRequire", "of that directive");
	is_int(in.place->line, 6, "in that line");
	conf_free(conf);
}

/* A line as it has to be is not copied; a full arena is no match. */
static void
test_memory(void)
{
	struct field field[] = { field_from("A: 1"), field_from("B:2") };
	char memory[256];
	struct arena arena;
	struct match_input in = { .field = field,
		.field_count = 2,
		.arena = &arena };
	const struct str *lines;

	arena_init_fixed(&arena, memory, sizeof(memory));
	lines = match_lines(&in);
	ok(lines != NULL, "there is room");
	ok(lines[0].p == field[0].line.p, "a good line is taken as it is");
	is_mem(lines[1].p, lines[1].len, "B: 2", 4, "the other is made");
	ok(match_lines(&in) == lines, "once a request");
	arena_init_fixed(&arena, memory, 48);
	in.lines = NULL;
	ok(match_lines(&in) == NULL, "no room for the lines");
	arena_init_fixed(&arena, memory, 0);
	ok(match_lines(&in) == NULL, "no room at all");
}

/* What was given another value is seen with that one. */
static void
test_changed(void)
{
	struct field field = field_from("Host: h.test");
	char memory[256];
	struct arena arena;
	struct str line;

	arena_init_fixed(&arena, memory, sizeof(memory));
	field.value = STR("other.test");
	field.line = STR_NONE;
	line = match_line(&field, &arena);
	is_mem(line.p, line.len, "Host: other.test", 16, "the new value");
}

int
main(void)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		test_case(&cases[i], false);
		test_case(&cases[i], true);
	}
	test_place();
	test_memory();
	test_changed();
	return tap_done();
}
