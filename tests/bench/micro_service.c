/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What it takes to find the last of so many services by Host. */
#include <string.h>

#include "base/strbuf.h"
#include "route/route.h"
#include "support/conf_from.h"

#include "bench/micro.h"

#define FIELDS 12
#define TEXT_MAX ((size_t)1 << 20)

/* A browser's. */
static const char *const lines[FIELDS] = {
	"Host: www.site1000.example.com",
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) "
	"Gecko/20100101 Firefox/128.0",
	"Accept: text/html,application/xhtml+xml,*/*;q=0.8",
	"Accept-Language: de,en-US;q=0.7,en;q=0.3",
	"Accept-Encoding: gzip, deflate, br, zstd",
	"Referer: https://www.example.org/articles/",
	"Connection: keep-alive",
	"Cookie: session=0123456789abcdef0123456789abcdef; theme=dark",
	"Upgrade-Insecure-Requests: 1",
	"Sec-Fetch-Dest: document",
	"Sec-Fetch-Mode: navigate",
	"Priority: u=0, i",
};

static struct field field[FIELDS];

static struct live *
services(unsigned count)
{
	struct strbuf b;
	struct live *live;
	char line[200];

	strbuf_init(&b, TEXT_MAX);
	strbuf_add(&b, STR("ListenHTTP\nAddress 127.0.0.1\nPort 80\n"));
	for (unsigned i = 1001 - count; i <= 1000; i++) {
		snprintf(line, sizeof(line),
		    "Service\nHeadRequire \"Host: *www\\.site%u\\.example\"\n"
		    "Redirect \"http://h.test\"\nEnd\n",
		    i);
		strbuf_add(&b, str_from(line));
	}
	strbuf_add(&b, STR("End\n"));
	live = live_new(conf_from(strbuf_text(&b)));
	strbuf_release(&b);
	return live;
}

static unsigned long
find(const struct live *live)
{
	const struct conf_service *service = NULL;
	char memory[2048];
	struct arena arena;
	struct match_input in = { .url = STR("/articles/parsing.html"),
		.field = field,
		.field_count = FIELDS,
		.arena = &arena };

	arena_init_fixed(&arena, memory, sizeof(memory));
	return route_service(live, live->conf->listeners[0], &in, &service) ==
	    MATCH_YES;
}

static struct live *one, *hundred, *thousand;

static unsigned long
find_one(void)
{
	return find(one);
}

static unsigned long
find_hundred(void)
{
	return find(hundred);
}

static unsigned long
find_thousand(void)
{
	return find(thousand);
}

static const struct micro list[] = {
	{ "the service, of 1", find_one },
	{ "the last service of 100", find_hundred },
	{ "the last service of 1,000", find_thousand },
};

int
main(int argc, char **argv)
{
	for (unsigned i = 0; i < FIELDS; i++) {
		const struct str s = str_from(lines[i]);
		const size_t colon = str_find(s, ':');

		field[i] = (struct field){ .line = s,
			.name = str_head(s, colon),
			.value = str_skip(s, colon + 2),
			.id = (uint16_t)field_id(str_head(s, colon)) };
	}
	one = services(1);
	hundred = services(100);
	thousand = services(1000);
	return micro_main(argc, argv, list, sizeof(list) / sizeof(list[0]));
}
