/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The index finds the service that trying all of them in order finds. */
#include "conf/service_index.h"

#include <stdio.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/pattern.h"
#include "base/strbuf.h"
#include "route/route.h"
#include "support/conf_from.h"
#include "support/logged.h"
#include "unit/tap.h"

#define CONFIGURATIONS 60
#define REQUESTS 100
#define SERVICES_MAX 90
#define FIELDS 3
#define TEXT_MAX ((size_t)1 << 20)
#define NAMES 12

static struct hash_random random_state = { { 5, 6, 7, 8 } };

static uint32_t
below(uint32_t n)
{
	return hash_random_below(&random_state, n);
}

#define PICK(list) ((list)[below(sizeof(list) / sizeof((list)[0]))])

/* Spellings that are met; @ is a number, of few so that they meet. */
static const char *const heads[] = {
	"HeadRequire \"Host: *site@\\.example\\.com\"\n",
	"HeadRequire \"Host:.*site@.example.com.*\"\n",
	"HeadRequire \"^Host: site@\\.example\\.com$\"\n",
	"HeadRequire \"^Host: ?(www\\.)?site@\\.example\\.com\"\n",
	"HeadRequire \"Host:[[:space:]]*SITE@\"\n",
	"HeadRequire \"Host: (site@|other)\\.example\\.com\"\n",
	"HeadRequire \"^Host: site@|^X-Site: yes\"\n",
	"HeadRequire \"site@\"\n",
	"HeadRequire \"(?i)host: site@\\.example\\.(com|org)\"\n",
	"HeadRequire \"^X-Forwarded-Host: site@\"\n",
	"HeadRequire \"^Host:\"\nHeadRequire \"X-Site: @\"\n",
	"HeadDeny \"Host: site@\"\n",
	"HeadRequire \"Host: site.*\\b@\\b\"\n",
	"HeadRequire \"^Host: s?ite@\"\n",
};

static const char *const urls[] = {
	"URL \"^/app@/\"\n",
	"URL \"^/app@\"\nURL \"x$\"\n",
	"URL \"/app@\"\n",
	"URL \"^/(app|APP)@\"\n",
	"URL \"^/app@|^/x\"\n",
	"URL \"^/app@?/\"\n",
	"IgnoreCase 1\nURL \"^/App@/\"\n",
	"URL \".*\\.gif@?\"\n",
};

/* The form with n for each @. */
static void
fill(char *to, size_t size, const char *form, unsigned n)
{
	size_t len = 0;

	for (; *form != '\0' && len + 1 < size; form++) {
		if (*form == '@')
			len += (size_t)snprintf(to + len, size - len, "%u", n);
		else
			to[len++] = *form;
	}
	to[len < size ? len : size - 1] = '\0';
}

static void
add_line(struct strbuf *b, const char *form)
{
	char line[200];

	fill(line, sizeof(line), form, below(NAMES));
	strbuf_add(b, str_from(line));
}

static void
add_services(struct strbuf *b, uint32_t count)
{
	while (count-- > 0) {
		strbuf_add(b, STR("Service\n"));
		if (below(4) > 0)
			add_line(b, PICK(heads));
		if (below(3) == 0)
			add_line(b, PICK(urls));
		strbuf_add(b, STR("Redirect \"http://h.test\"\nEnd\n"));
	}
}

static struct conf *
random_conf(void)
{
	struct strbuf b;
	struct conf *c;

	strbuf_init(&b, TEXT_MAX);
	strbuf_add(&b, STR("ListenHTTP\nAddress 127.0.0.1\nPort 80\n"));
	add_services(&b, below(SERVICES_MAX));
	strbuf_add(&b, STR("End\n"));
	add_services(&b, below(SERVICES_MAX));
	c = conf_from(strbuf_text(&b));
	strbuf_release(&b);
	return c;
}

static const char *const lines[] = {
	"Host: site@.example.com",
	"Host: www.site@.example.com:8080",
	"host: SITE@.EXAMPLE.ORG",
	"X-Forwarded-Host: site@.example.com",
	"X-Site: @",
	"X-Site: yes@",
	"X-Note: Host: site@.example.com",
	"Host: other.example.com@",
	"Cookie: a=@; site1; host:",
};

static const char *const targets[] = { "/app@/x", "/APP@/", "/app@", "/x@",
	"/a.gif@", "/y/app@" };

struct asked {
	char url[40], text[FIELDS][80];
	struct field field[FIELDS];
	unsigned count;
};

static void
random_request(struct asked *q)
{
	fill(q->url, sizeof(q->url), PICK(targets), below(NAMES));
	q->count = below(FIELDS + 1);
	for (unsigned i = 0; i < q->count; i++) {
		struct str s;
		size_t colon;

		fill(q->text[i], sizeof(q->text[i]), PICK(lines), below(NAMES));
		s = str_from(q->text[i]);
		colon = str_find(s, ':');
		q->field[i] = (struct field){ .line = s,
			.name = str_head(s, colon),
			.value = str_trim(str_skip(s, colon + 1)),
			.id = (uint16_t)field_id(str_head(s, colon)) };
	}
}

/* As the manual says it: one after the other. */
static const struct conf_service *
try_all(const struct live *live, struct match_input *in)
{
	const struct conf_listener *l = live->conf->listeners[0];

	for (size_t i = 0; i < l->service_count; i++)
		if (!live->service[l->services[i]->id].disabled &&
		    match_service(l->services[i], in) == MATCH_YES)
			return l->services[i];
	for (size_t i = 0; i < live->conf->service_count; i++)
		if (!live->service[live->conf->services[i]->id].disabled &&
		    match_service(live->conf->services[i], in) == MATCH_YES)
			return live->conf->services[i];
	return NULL;
}

static bool
agree(const struct live *live, const struct asked *q, unsigned *found)
{
	const struct conf_service *service = NULL;
	char memory[4096];
	struct arena arena;
	struct match_input in = { .url = str_from(q->url),
		.field = q->field,
		.field_count = q->count,
		.arena = &arena };

	/* At times there is no room for the set. */
	arena_init_fixed(&arena, memory, below(20) == 0 ? 400 : sizeof(memory));
	(void)route_service(live, live->conf->listeners[0], &in, &service);
	*found += service != NULL;
	return service == try_all(live, &in);
}

static void
test_random(void)
{
	unsigned good = 0, found = 0, indexed = 0;

	for (int i = 0; i < CONFIGURATIONS; i++) {
		struct conf *conf = random_conf();
		struct live *live = live_new(conf);

		logged_clear();
		indexed += conf->listeners[0]->service_index != NULL;
		for (size_t s = 0; s < conf->all_service_count; s++)
			live->service[s].disabled = below(10) == 0;
		for (int k = 0; k < REQUESTS; k++) {
			struct asked q;

			random_request(&q);
			good += agree(live, &q, &found);
		}
		live_free(live);
		conf_free(conf);
	}
	is_int(good, CONFIGURATIONS * REQUESTS, "the index changes nothing");
	ok(indexed > CONFIGURATIONS / 2, "%u configurations have one", indexed);
	ok(found > CONFIGURATIONS * REQUESTS / 4, "%u requests are wanted",
	    found);
}

static unsigned
candidates(const struct conf *conf, struct str url, struct str line)
{
	const struct service_index *ix = conf->listeners[0]->service_index;
	uint64_t set[64];
	unsigned n = 0;

	service_index_begin(ix, set, url);
	service_index_add_line(ix, set, line);
	service_index_end(ix, set);
	for (size_t i = 0; i < service_index_words(ix); i++)
		n += (unsigned)__builtin_popcountll(set[i]);
	return n;
}

/* Of a thousand hosts few remain, whatever the spelling. */
static void
test_few_remain(const char *spelling, unsigned most)
{
	struct strbuf b;
	struct conf *conf;
	char line[200];

	strbuf_init(&b, TEXT_MAX);
	strbuf_add(&b, STR("ListenHTTP\nAddress 127.0.0.1\nPort 80\n"));
	for (unsigned i = 0; i < 1000; i++) {
		fill(line, sizeof(line), spelling, i);
		strbuf_add(&b, STR("Service\n"));
		strbuf_add(&b, str_from(line));
		strbuf_add(&b, STR("\nRedirect \"http://h.test\"\nEnd\n"));
	}
	strbuf_add(&b, STR("End\n"));
	conf = conf_from(strbuf_text(&b));
	is_int(candidates(conf, STR("/app777/x"),
		   STR("Host: www.site777.example.com")),
	    most, "%s", spelling);
	is_int(candidates(conf, STR("/other"), STR("X: www.site777.com")), 0,
	    "%s, of another", spelling);
	conf_free(conf);
	strbuf_release(&b);
}

int
main(void)
{
	struct conf *conf = conf_from("ListenHTTP\nAddress 127.0.0.1\nPort 80\n"
				      "Service\nURL \"^/a\"\n"
				      "Redirect \"http://h.test\"\nEnd\nEnd\n");

	ok(conf->listeners[0]->service_index == NULL &&
		conf->service_index == NULL,
	    "a few are tried");
	conf_free(conf);
	test_few_remain("HeadRequire \"Host: *www\\.site@\\.example\\.com\"",
	    1);
	test_few_remain("HeadRequire \"Host:.*site@.example.com.*\"", 3);
	test_few_remain("HeadRequire \"^Host: (www\\.)?site@\\.example\"", 1);
	test_few_remain("HeadRequire \"^Host:[ \t]*www\\.site@\\.\"", 1);
	test_few_remain("URL \"^/app@/\"", 1);
	test_random();
	pattern_thread_release();
	return tap_done();
}
