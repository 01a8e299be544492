/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/attrs.h"
#include "conf/directive.h"
#include "conf/old.h"
#include "unit/tap.h"

static const char *
name_of(const struct directive *row)
{
	return row != NULL ? row->name : NULL;
}

static void
test_find(void)
{
	const struct directive *global = directive_find(STR("timeout"),
	    IN_GLOBAL);
	const struct directive *server = directive_find(STR("TIMEOUT"),
	    IN_BACKEND);

	is_str(name_of(global), "TimeOut", "a name in any case");
	ok(server != NULL && server != global, "a row for each context");
	ok(directive_find(STR("TimeOut"), IN_SERVICE) == NULL,
	    "not where it does not stand");
	ok(directive_find(STR("TimeOu"), IN_ALL) == NULL, "no prefix");
	ok(directive_find(STR("Anonymize"), IN_GLOBAL) != NULL,
	    "both spellings");
	ok(directive_opens(directive_find(STR("Emergency"), IN_ALL)),
	    "Emergency opens a block");
	ok(!directive_opens(directive_find(STR("End"), IN_ALL)),
	    "End does not");
}

/* A difference from 2.8 that stands at no directive is never said. */
static void
test_differences(void)
{
	static const struct {
		const char *name;
		unsigned context;
	} rows[] = {
#define GLOBAL IN_GLOBAL
#define LISTENER IN_LISTENER
#define HTTPS IN_HTTPS
#define SERVICE IN_SERVICE
#define SERVER IN_SERVER
#define BACKEND IN_BACKEND
#define SESSION IN_SESSION
#define DIFFERENCE(name, contexts, when, words) { name, contexts },
#include "conf/difference.def"
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		ok(directive_find(str_from(rows[i].name), rows[i].context) !=
			NULL,
		    "%s stands where its difference does", rows[i].name);
}

static const struct {
	const char *word;
	unsigned context;
	const char *meant;
} slips[] = {
	{ "Adress", IN_HTTP, "Address" },
	{ "Adress", IN_SERVICE, NULL },
	{ "Thread", IN_GLOBAL, "Threads" },
	{ "IgnorCase", IN_GLOBAL, "IgnoreCase" },
	{ "HeadRequired", IN_SERVICE, "HeadRequire" },
	{ "BackEndd", IN_SERVICE, "BackEnd" },
	{ "Prot", IN_HTTP, "Port" },
	{ "Xend", IN_SERVICE, "End" },
	{ "Wibble", IN_ALL, NULL },
	{ "", IN_ALL, NULL },
	{ "StrictTransportSecurty", IN_SERVICE, "StrictTransportSecurity" },
};

static void
test_meant(void)
{
	for (size_t i = 0; i < ARRAY_LEN(slips); i++)
		is_str(name_of(directive_meant(str_from(slips[i].word),
			   slips[i].context)),
		    slips[i].meant, "%s", slips[i].word);
}

static const struct {
	const char *name;
	unsigned context;
	const char *text;
} forms[] = {
	{ "End", IN_SERVICE, "End alone on its line" },
	{ "HTTPS", IN_BACKEND,
	    "HTTPS alone on its line; Cert \"FILE\": on lines of their own" },
	{ "User", IN_GLOBAL, "User \"NAME\", in quotes" },
	{ "Service", IN_GLOBAL, "Service alone, or \"NAME\" in quotes" },
	{ "Address", IN_HTTP, "Address ADDRESS" },
	{ "Daemon", IN_GLOBAL,
	    "Daemon 0 or 1 (also no and yes, off and on, false and true)" },
	{ "Port", IN_HTTP, "Port NUMBER, from 1 to 65535" },
	{ "Client", IN_HTTP, "Client SECONDS, at least 1 (also 30s, 5m, 1h)" },
	{ "MaxHead", IN_HTTP,
	    "MaxHead BYTES, from 1024 to 1048576 (also 64k, 10m)" },
};

static void
test_forms(void)
{
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		const struct directive *row;
		struct strbuf text;

		row = directive_find(str_from(forms[i].name), forms[i].context);
		strbuf_init(&text, 512);
		directive_add_form(&text, row);
		is_str(strbuf_text(&text), forms[i].text, "form of %s",
		    forms[i].name);
		strbuf_release(&text);
	}
}

static void
test_lists(void)
{
	struct strbuf text;

	strbuf_init(&text, 4096);
	directive_add_names(&text, IN_SESSION);
	is_str(strbuf_text(&text), "Type, TTL, ID, Include, End",
	    "names of a context");
	strbuf_reset(&text);
	directive_add_contexts(&text, STR("ciphers"));
	is_str(strbuf_text(&text), "ListenHTTPS or BackEnd or Emergency",
	    "contexts of a name");
	strbuf_release(&text);
}

/* What is unknown on purpose must not be known at the same time. */
static const char *const olds[] = {
#define OLD(name, end, words) name,
#include "conf/old.def"
#undef OLD
};

static void
test_olds(void)
{
	for (size_t i = 0; i < ARRAY_LEN(olds); i++)
		ok(directive_find(str_from(olds[i]), IN_ALL) == NULL,
		    "%s is no directive of ours", olds[i]);
	ok(old_find(STR("webdav")) != NULL, "old names in any case");
	is_str(old_find(STR("UrlGroup"))->end, "EndGroup", "old blocks");
	ok(old_find(STR("User")) == NULL, "our own are not old");
}

int
main(void)
{
	test_find();
	test_meant();
	test_differences();
	test_forms();
	test_lists();
	test_olds();
	return tap_done();
}
