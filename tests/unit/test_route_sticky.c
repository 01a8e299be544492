/* SPDX-License-Identifier: GPL-3.0-or-later */
/* B.6.5 and A.3 #1: which key a message has. */
#include "route/sticky.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "support/conf_from.h"
#include "support/guard.h"
#include "unit/tap.h"

#define FIELDS 4
#define PEER "192.0.2.7"

/* want: the key, NULL: none, or this. */
#define FAILS "(error)"

struct case_ {
	const char *type; /* with its ID, if it has one */
	const char *url;  /* decoded */
	/* lines as they are sent on; NULL ends them */
	const char *line[FIELDS];
	const char *want;
};

#define IP "IP\n"
#define BASIC "BASIC\n"
#define PARM "PARM\n"
#define URL "URL\nID \"sid\"\n"
#define COOKIE "COOKIE\nID \"sid\"\n"
#define HEADER "HEADER\nID \"X-Sess\"\n"

static const struct case_ requests[] = {
	{ IP, "/", { NULL }, PEER },
	/* --- BASIC --- */
	{ BASIC, "/", { "Authorization: Basic eDp5" }, "eDp5" },
	{ BASIC, "/", { "authorization: basic   eDp5  x" }, "eDp5" },
	{ BASIC, "/", { "Authorization: BASIC\teDp5" }, "eDp5" },
	{ BASIC, "/", { "Authorization: Basic" }, NULL },
	{ BASIC, "/", { "Authorization: Basic " }, NULL },
	{ BASIC, "/", { "Authorization: Basically x" }, NULL },
	{ BASIC, "/", { "Authorization: Bearer eDp5" }, NULL },
	{ BASIC, "/", { "Authorization: x Basic eDp5" }, NULL },
	{ BASIC, "/", { "Proxy-Authorization: Basic eDp5" }, NULL },
	{ BASIC, "/", { "A: Authorization: Basic eDp5" }, NULL },
	{ BASIC, "/", { "Authorization: Basic a", "Authorization: Basic b" },
	    "b" },
	{ BASIC, "/?Authorization: Basic eDp5", { NULL }, NULL },
	/* --- URL --- */
	{ URL, "/?sid=a", { NULL }, "a" },
	{ URL, "/?SID=a", { NULL }, "a" },
	{ URL, "/?x=1&sid=a&y=2", { NULL }, "a" },
	{ URL, "/?sid=a;b", { NULL }, "a" },
	{ URL, "/?sid=a#b", { NULL }, "a" },
	{ URL, "/?sid=a?b=c", { NULL }, "a?b=c" },
	{ URL, "/?sid=a=b", { NULL }, "a=b" },
	{ URL, "/?sid=a b\xc3", { NULL }, "a b\xc3" },
	{ URL, "/?x=1?sid=a", { NULL }, "a" },
	{ URL, "/&sid=a", { NULL }, "a" },
	{ URL, "/p?&&sid=a", { NULL }, "a" },
	{ URL, "/?sid=a&sid=b", { NULL }, "a" },
	{ URL, "/?sid=&sid=b", { NULL }, NULL },
	{ URL, "/?sid=", { NULL }, NULL },
	{ URL, "/?sid", { NULL }, NULL },
	{ URL, "/?sid&sid=b", { NULL }, "b" },
	{ URL, "/?xsid=a", { NULL }, NULL },
	{ URL, "/?sidx=a", { NULL }, NULL },
	{ URL, "/?si=d=a", { NULL }, NULL },
	{ URL, "/?x=1;sid=a", { NULL }, NULL },
	{ URL, "/sid=a", { NULL }, NULL },
	{ URL, "/;sid=a", { NULL }, NULL },
	{ URL, "/", { "Cookie: sid=a" }, NULL },
	{ URL, "", { NULL }, NULL },
	{ "URL\nID \"s[0-9]+\"\n", "/?s=a&S12=b&s3=c", { NULL }, "b" },
	{ "URL\nID \"s[0-9]+\"\n", "/?xs1=a&s1x=b", { NULL }, NULL },
	{ "URL\nID \"a.b\"\n", "/?a-b=c", { NULL }, "c" },
	{ "URL\nID \"(a+)+\"\n", "/?aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!=c",
	    { NULL }, FAILS },
	/* --- PARM --- */
	{ PARM, "/p;a;b?x", { NULL }, "a;b" },
	{ PARM, "/p?q=a;inq", { NULL }, "inq" },
	{ PARM, "/p;jsessionid=1", { NULL }, "jsessionid=1" },
	{ PARM, "/p;a/q;b", { NULL }, "a/q;b" },
	{ PARM, "/p;a?b?c", { NULL }, "a" },
	{ PARM, "/p;", { NULL }, NULL },
	{ PARM, "/p;?a", { NULL }, NULL },
	{ PARM, "/p?q", { NULL }, NULL },
	{ PARM, "", { NULL }, NULL },
	/* --- COOKIE --- */
	{ COOKIE, "/", { "Cookie: sid=a" }, "a" },
	{ COOKIE, "/", { "cookie:SID=a" }, "a" },
	{ COOKIE, "/", { "Cookie: x=1; sid=a; y=2" }, "a" },
	{ COOKIE, "/", { "Cookie: a=b;sid=x" }, "x" },
	{ COOKIE, "/", { "Cookie: sid=a; sid=b" }, "b" },
	{ COOKIE, "/", { "Cookie: sid=a", "Cookie: sid=b", "Cookie: x=c" },
	    "b" },
	{ COOKIE, "/", { "Cookie: sid=a; sid=" }, NULL },
	{ COOKIE, "/", { "Cookie: sid=" }, NULL },
	{ COOKIE, "/", { "Cookie: sid" }, NULL },
	{ COOKIE, "/", { "Cookie: xsid=a" }, NULL },
	{ COOKIE, "/", { "Cookie: sid2=a" }, NULL },
	{ COOKIE, "/", { "Cookie: x=sid=a" }, NULL },
	{ COOKIE, "/", { "Cookie: sid=\"a b\"; x=1" }, "\"a b\"" },
	{ COOKIE, "/", { "Cookie: sid=a=b, c" }, "a=b, c" },
	{ COOKIE, "/", { "X-Cookie: sid=a" }, NULL },
	{ COOKIE, "/", { "Set-Cookie: sid=a" }, NULL },
	{ COOKIE, "/?sid=a", { NULL }, NULL },
	{ "COOKIE\nID \"ASPSESSIONID[A-Z]+\"\n", "/",
	    { "Cookie: x=1; ASPSESSIONIDQABC=abc; ASPSESSIONID=d" }, "abc" },
	{ "COOKIE\nID \"(a+)+\"\n", "/",
	    { "Cookie: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!=c" }, FAILS },
	/* --- HEADER --- */
	{ HEADER, "/", { "X-Sess: a" }, "a" },
	{ HEADER, "/", { "x-sess:\ta b" }, "a" },
	{ HEADER, "/", { "X-Sess: a;b=c,d" }, "a;b=c,d" },
	{ HEADER, "/", { "X-Sess: a", "X-Sess: b", "X-Other: c" }, "b" },
	{ HEADER, "/", { "X-Sess: a", "X-Sess:" }, NULL },
	{ HEADER, "/", { "X-Sess:" }, NULL },
	{ HEADER, "/", { "Foo-X-Sess: a" }, NULL },
	{ HEADER, "/", { "X-Session: a" }, NULL },
	{ HEADER, "/", { "A: X-Sess: a" }, NULL },
	{ "HEADER\nID \"X-(Sess|Id)\"\n", "/", { "X-ID: a", "X-Ida: b" }, "a" },
	{ "HEADER\nID \"Connection\"\n", "/", { "Connection: close" },
	    "close" },
	{ "HEADER\nID \"(a+)+\"\n", "/",
	    { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!: c" }, FAILS },
};

static const struct case_ answers[] = {
	{ COOKIE, "", { "Set-Cookie: sid=a; Path=/" }, "a" },
	{ COOKIE, "", { "set-cookie: SID=a" }, "a" },
	{ COOKIE, "", { "Set-Cookie: x=1; sid=a" }, NULL },
	{ COOKIE, "", { "Set-Cookie: sid=; Max-Age=0" }, NULL },
	{ COOKIE, "",
	    { "Set-Cookie: x=1", "Set-Cookie: sid=a", "Set-Cookie: y=2" },
	    "a" },
	{ COOKIE, "", { "Set-Cookie: sid=a", "Set-Cookie: sid=b" }, "b" },
	{ COOKIE, "", { "Cookie: sid=a" }, NULL },
	{ COOKIE, "", { "Set-Cookie2: sid=a" }, NULL },
	{ "COOKIE\nID \"ASPSESSIONID[A-Z]+\"\n", "",
	    { "Set-Cookie: ASPSESSIONIDQABC=abc; path=/" }, "abc" },
	{ "COOKIE\nID \"(a+)+\"\n", "",
	    { "Set-Cookie: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!=c" }, FAILS },
	{ HEADER, "", { "X-Sess: a b" }, "a" },
	{ HEADER, "", { "X-Sess:" }, NULL },
	{ IP, "", { "X-Sess: a" }, NULL },
	{ BASIC, "", { "Authorization: Basic eDp5" }, NULL },
	{ URL, "/?sid=a", { NULL }, NULL },
	{ PARM, "/;a", { NULL }, NULL },
};

static struct field
field_from(const char *line)
{
	const struct str s = str_from(line);
	struct field f = { .line = s };

	f.name = str_head(s, str_find(s, ':'));
	f.value = str_trim(str_skip(s, f.name.len + 1));
	f.id = field_id(f.name);
	f.skip = true; /* removed ones count all the same */
	return f;
}

static const char *
words(enum sticky_result r, struct str key)
{
	static char text[256];

	if (r == STICKY_NONE)
		return NULL;
	if (r == STICKY_ERROR)
		return FAILS;
	snprintf(text, sizeof(text), "%.*s", STR_ARG(key));
	return text;
}

static struct conf *
conf_of(const char *type)
{
	char text[512];

	snprintf(text, sizeof(text),
	    "ListenHTTP\nAddress 127.0.0.1\nPort 80\nService\nBackEnd\n"
	    "Address 127.0.0.1\nPort 81\nEnd\n"
	    "Session\nType %sTTL 60\nEnd\nEnd\nEnd\n",
	    type);
	return conf_from(text);
}

static void
run(const struct case_ *c, bool answer)
{
	struct conf *conf = conf_of(c->type);
	const struct conf_session *session =
	    &conf->listeners[0]->services[0]->session;
	struct guard url;
	struct field field[FIELDS];
	struct sticky_message m = { .peer = STR(PEER), .field = field };
	struct str key = STR_NONE;
	enum sticky_result r;

	guard_copy(&url, c->url, strlen(c->url));
	m.url = str_make(url.bytes, url.len);
	while (m.field_count < FIELDS && c->line[m.field_count] != NULL) {
		field[m.field_count] = field_from(c->line[m.field_count]);
		m.field_count++;
	}
	if (answer)
		r = sticky_of_answer(session, field, m.field_count, &key);
	else
		r = sticky_of_request(session, &m, &key);
	is_str(words(r, key), c->want, "%s %.*s %s %s",
	    answer ? "answer" : "request", (int)strcspn(c->type, "\n"), c->type,
	    c->url, c->line[0] != NULL ? c->line[0] : "");
	guard_release(&url);
	conf_free(conf);
}

/* Exact up to 4 KiB, and then no session at all. */
static void
test_long(void)
{
	struct conf *conf = conf_of(PARM);
	const struct conf_session *session =
	    &conf->listeners[0]->services[0]->session;
	char *text = mem_alloc(STICKY_MAX + 3);
	struct sticky_message m = { .url = { text, STICKY_MAX + 2 } };
	struct str key;

	memset(text, 'x', STICKY_MAX + 2);
	text[0] = '/';
	text[1] = ';';
	is_int(sticky_of_request(session, &m, &key), STICKY_KEY, "4 KiB");
	is_int(key.len, STICKY_MAX, "all of it");
	text[STICKY_MAX + 2] = 'x';
	m.url.len++;
	is_int(sticky_of_request(session, &m, &key), STICKY_NONE,
	    "a byte more is no session");
	mem_free(text);
	conf_free(conf);
}

int
main(void)
{
	for (size_t i = 0; i < ARRAY_LEN(requests); i++)
		run(&requests[i], false);
	for (size_t i = 0; i < ARRAY_LEN(answers); i++)
		run(&answers[i], true);
	test_long();
	return tap_done();
}
