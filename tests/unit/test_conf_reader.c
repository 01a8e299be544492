/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blocks, unknown names, and that one mistake makes one finding. */
#include <stdio.h>
#include <stdlib.h>

#include "base/attrs.h"
#include "conf/source.h"
#include "unit/conf_text.h"
#include "unit/tap.h"

#define MORE 4

static const struct {
	const char *text;
	const char *findings[MORE]; /* all of them */
} cases[] = {
	{ "", { "line 0: no listeners" } },
	{ "\n# nothing\n", { "line 2: no listeners" } },
	{ LISTEN "End", { NULL } },
	{ "Servce\nEnd\n" LISTEN "End\n",
	    { "line 1: unknown directive Servce in the global part (column 1; "
	      "did you mean Service?)" } },
	{ "Servce x\n" LISTEN "End\n",
	    { "line 1: unknown directive Servce in the global part (column 1; "
	      "did you mean Service?)" } },
	{ "ListenHTTP\nPrt 80\nAddress ::1\nEnd\n",
	    { "line 2: unknown directive Prt in ListenHTTP (column 1; did you "
	      "mean Port?)" } },
	{ "ListenHTTP\nPort no\nAddress ::1\nEnd\n",
	    { "line 2: Port: no is not a number (column 6)" } },
	{ "ListenHTTP\nEnd\n",
	    { "line 1: ListenHTTP has no Address (column 1)",
		"line 1: ListenHTTP has no Port (column 1)" } },
	{ "ListenHTTPS\nEnd\n",
	    { "line 1: ListenHTTPS has no Address (column 1)",
		"line 1: ListenHTTPS has no Port (column 1)",
		"line 1: ListenHTTPS has no Cert (column 1)" } },
	{ "End\n" LISTEN "End\n",
	    { "line 1: End without a block that it could end (column 1)" } },
	{ LISTEN,
	    { "line 1: ListenHTTP has no End: the file ends inside of it "
	      "(column 1)" } },
	{ LISTEN "Service\n" BACKEND,
	    { "line 5: BackEnd has no End: the file ends inside of it "
	      "(column 1)" } },
	/* a forgotten End is found by what cannot stand there */
	{ LISTEN "Service\n" BACKEND BACKEND "End\nEnd\nEnd\n",
	    { "line 8: BackEnd inside of BackEnd: the block of line 5 has no "
	      "End (column 1)" } },
	{ LISTEN "Service\n" BACKEND "Service\n" BACKEND "End\nEnd\nEnd\n",
	    { "line 8: Service inside of BackEnd: the block of line 5 has no "
	      "End (column 1)" } },
	{ LISTEN "Service\n" BACKEND "ListenHTTP\nAddress ::1\nPort 1\nEnd\n",
	    { "line 8: ListenHTTP inside of BackEnd: the block of line 5 has "
	      "no End (column 1)" } },
	/* a block that belongs elsewhere is passed over */
	{ LISTEN "Session\nType IP\nTTL 1\nEnd\nEnd\n",
	    { "line 4: Session does not belong in ListenHTTP (column 1)" } },
	{ BACKEND "End\n" LISTEN "End\n",
	    { "line 1: BackEnd does not belong in the global part "
	      "(column 1)" } },
	{ LISTEN "End now\nService\nEnd\n",
	    { "line 4: End takes no argument (column 5)" } },
	{ "Service a\nURL \"b\"\nEnd\n" LISTEN "End\n",
	    { "line 1: the argument of Service must stand in quotes "
	      "(column 9)" } },
	/* other Pounds */
	{ "ListenHTTP 0.0.0.0,80\n" LISTEN "End\n",
	    { "line 1: ListenHTTP takes no argument (column 12)" } },
	{ LISTEN "Service\nSession IP 300\nEnd\nEnd\n",
	    { "line 5: Session takes no argument (column 9)" } },
	{ "UrlGroup \"x\"\nBackEnd a,1,1\nwhatever\nEndGroup\n" LISTEN "End\n",
	    { "line 1: UrlGroup is a directive of Pound 1, gone since 2.0: "
	      "write a Service block with URL \"PATTERN\" and BackEnd blocks "
	      "(column 1)" } },
	{ "Resolver\nMatch\nEnd\nSession\nEnd\nEnd\n" LISTEN "End\n",
	    { "line 1: Resolver is a block of Pound 4, which this Pound does "
	      "not know (column 1)" } },
	{ "Resolver\n" LISTEN,
	    { "line 1: Resolver is a block of Pound 4, which this Pound does "
	      "not know (column 1)" } },
	{ "DisableSSLv3\n" LISTEN "End\n",
	    { "line 1: DisableSSLv3 is a directive of Pound 2.7 betas, gone "
	      "since 2.7: write Disable SSLv3 (column 1)" } },
	/* everything in one run */
	{ "Threads x\nUser y\nListenHTTP\nAddress ::1\nPort 0\nEnd\nFoo\n",
	    { "line 1: Threads: x is not a number (column 9)",
		"line 2: the argument of User must stand in quotes "
		"(column 6)",
		"line 5: Port: 0 is too small (column 6)",
		"line 7: unknown directive Foo in the global part "
		"(column 1)" } },
};

static void
test_cases(void)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct text_conf t;
		size_t want = 0;

		tap_input(cases[i].text, strlen(cases[i].text));
		text_read(&t, cases[i].text);
		for (; want < MORE && cases[i].findings[want] != NULL; want++)
			is_str(text_finding(&t, want), cases[i].findings[want],
			    "case %zu: finding %zu", i, want);
		is_int(t.notes.count, want, "case %zu: no other finding", i);
		ok((t.conf == NULL) == (want > 0),
		    "case %zu: a tree if there is no error", i);
		text_release(&t);
	}
	tap_input(NULL, 0);
}

static void
test_full_note(void)
{
	struct text_conf t;

	text_read(&t, LISTEN "\txHTPP 1\nService\nTyp IP\nEnd\nEnd\n");
	is_int(t.notes.count, 2, "two mistakes");
	ok(strstr(t.notes.note[0].text,
	       "test.cfg line 4: unknown directive xHTPP in ListenHTTP "
	       "(column 2; did you mean xHTTP?)\n"
	       "    \txHTPP 1\n"
	       "    \t^~~~~\n"
	       "expected: Service, Address, Port, ") == t.notes.note[0].text,
	    "all lines of an unknown directive");
	text_release(&t);
}

/* The reading of what is no configuration at all ends some time. */
static void
test_too_many(void)
{
	struct text_conf t;
	char *text = calloc(1, 20001);

	for (int i = 0; i < 10000; i++)
		memcpy(text + 2 * i, "x\n", 2);
	text_read(&t, text);
	is_int(t.notes.count, 1001, "a thousand mistakes and no more");
	is_str(text_finding(&t, 1000),
	    "line 1000: too many mistakes: the rest is not read",
	    "and it is said");
	text_release(&t);
	free(text);
}

static void
test_long_lines(void)
{
	size_t max = SOURCE_LINE_MAX;
	char *text = calloc(1, max + 200);
	struct text_conf t;
	size_t at;

	strcpy(text, LISTEN "CheckURL \"");
	at = strlen(text);
	memset(text + at, '.', max - 11);
	strcpy(text + at + max - 11, "\"\nEnd\n");
	text_read(&t, text);
	/* PCRE2 may find such a pattern too large, but not the line */
	ok(strstr(text_finding(&t, 0), "a line of more") == NULL,
	    "a line of 1 MiB");
	text_release(&t);
	strcpy(text + at + max - 11, ".\"\nEnd\n");
	text_read(&t, text);
	is_str(text_finding(&t, 0),
	    "line 4: a line of more than 1048576 bytes (column 1)",
	    "a line of a byte more");
	is_int(t.notes.count, 1, "and no other finding");
	text_release(&t);
	memset(text, '#', max + 100);
	strcpy(text + max + 100, "\n" LISTEN "End\n");
	text_read(&t, text);
	ok(t.conf != NULL, "a comment may be longer");
	text_release(&t);
	free(text);
}

/* Each configuration cut at every byte: no crash, and what is cut inside
 * of a block is an error. */
static void
test_cut(void)
{
	static const char text[] = "User \"u\"\n" LISTEN
				   "CheckURL \"a\" # \"b\"\nService \"s\"\n"
				   "URL \"[\\w-.]\"\n" BACKEND
				   "HTTPS\nDisable TLSv1\nEnd\nSession\n"
				   "Type IP\nTTL 5\nEnd\nEnd\nEnd";
	size_t trees = 0;

	for (size_t len = 0; len < sizeof(text); len++) {
		char *cut = malloc(len + 1);
		struct text_conf t;

		memcpy(cut, text, len);
		cut[len] = '\0';
		text_read(&t, cut);
		trees += t.conf != NULL;
		text_release(&t);
		free(cut);
	}
	is_int(trees, 1, "only the whole text is a configuration");
}

int
main(void)
{
	test_cases();
	test_full_note();
	test_too_many();
	test_long_lines();
	test_cut();
	return tap_done();
}
