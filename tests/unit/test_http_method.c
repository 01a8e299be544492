/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Methods: names, and what xHTTP and repetition may do with them. */
#include <stdio.h>
#include <string.h>

#include "base/attrs.h"
#include "http/method.h"
#include "tap.h"

/* The table of B.4.1, with CONNECT never (A.2 #31). */
static const char *const by_level[] = {
	" GET POST HEAD ",
	" PUT PATCH DELETE ",
	" LOCK UNLOCK PROPFIND PROPPATCH SEARCH MKCOL MOVE COPY OPTIONS TRACE"
	" MKACTIVITY CHECKOUT MERGE REPORT ",
	" SUBSCRIBE UNSUBSCRIBE NOTIFY BPROPFIND BPROPPATCH POLL BMOVE BCOPY"
	" BDELETE ",
	" RPC_IN_DATA RPC_OUT_DATA ",
};

/* RFC 9110 9.2.2 and the RFCs of WebDAV, as IANA lists them. */
static const char idempotent[] =
    " GET HEAD PUT DELETE OPTIONS TRACE PROPFIND PROPPATCH SEARCH MKCOL MOVE"
    " COPY UNLOCK MKACTIVITY CHECKOUT MERGE REPORT ";

static bool
listed(const char *list, struct str name)
{
	char word[32];

	snprintf(word, sizeof(word), " %.*s ", STR_ARG(name));
	return strstr(list, word) != NULL;
}

static int
level_of(struct str name)
{
	int level;

	for (level = 0; level < (int)ARRAY_LEN(by_level); level++)
		if (listed(by_level[level], name))
			return level;
	return 99;
}

static void
test_method(enum method m)
{
	struct str name = method_name(m);
	char other[32];
	size_t i;

	is_int(method_from(name), m, "%.*s", STR_ARG(name));
	is_int(method_from_nocase(name), m, "the same without case");
	is_int(method_xhttp(m), level_of(name), "its level");
	is_int(method_idempotent(m), listed(idempotent, name),
	    "whether it may be repeated");
	for (i = 0; i < name.len; i++)
		other[i] = (char)str_lower((unsigned char)name.p[i]);
	is_int(method_from(str_make(other, name.len)), METHOD_UNKNOWN,
	    "in lower case it is unknown");
	is_int(method_from_nocase(str_make(other, name.len)), m,
	    "but for the hint");
	is_int(method_from(str_head(name, name.len - 1)), METHOD_UNKNOWN,
	    "a letter less");
	memcpy(other, name.p, name.len);
	other[name.len] = 'X';
	is_int(method_from(str_make(other, name.len + 1)), METHOD_UNKNOWN,
	    "a letter more");
}

int
main(void)
{
	unsigned m, words = 0;
	const char *p;
	size_t i;

	for (m = METHOD_UNKNOWN + 1; m < METHOD_COUNT; m++)
		test_method((enum method)m);
	for (i = 0; i < ARRAY_LEN(by_level); i++)
		for (p = by_level[i] + 1; *p != '\0'; p++)
			words += *p == ' ';
	is_int(METHOD_COUNT, words + 3, "none is missing");
	is_int(method_from(STR("FOO")), METHOD_UNKNOWN, "FOO");
	is_int(method_from(STR_NONE), METHOD_UNKNOWN, "nothing");
	is_int(method_from_nocase(STR_NONE), METHOD_UNKNOWN, "nothing at all");
	is_int(method_xhttp(METHOD_UNKNOWN), 99, "unknown: never");
	ok(!method_idempotent(METHOD_UNKNOWN), "unknown: not repeated");
	is_int(method_name(METHOD_UNKNOWN).len, 0, "unknown: no name");
	return tap_done();
}
