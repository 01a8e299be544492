/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which certificates a server name gets. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attrs.h"
#include "net/sni.h"
#include "support/guard.h"
#include "support/tls_certs.h"
#include "unit/tap.h"

#define CERTS 9

static struct tls_made made[CERTS];
static struct cert cert[CERTS];

static void
make_all(void)
{
	static const struct tls_wish wishes[CERTS] = {
		{ .subject = "CN=first.test", .dns = "first.test" },
		{ .subject = "CN=Upper.Test" },
		{ .subject = "O=none", .dns = "*.wild.test" },
		{ .subject = "O=none", .dns = "one.wild.test San.Test" },
		{ .subject = "O=none", .dns = "two.late.test" },
		{ .subject = "O=none", .dns = "*.late.test" },
		{ .subject = "O=none",
		    .dns = "san.test first.test",
		    .rsa_bits = 2048 },
		{ .subject = "CN=under_score.test" },
		{ .subject = "CN=not a name", .dns = "last.test" },
	};

	for (size_t i = 0; i < CERTS; i++) {
		made[i] = tls_make(&wishes[i]);
		cert[i] = (struct cert){ .x509 = made[i].x509,
			.key = made[i].key };
	}
}

static const struct {
	const char *name;
	size_t first;
	long rsa; /* beside it, or -1 */
	bool known;
} cases[] = {
	{ "first.test", 0, 6, true },
	{ "FIRST.TEST", 0, 6, true },
	{ "first.test.", 0, 6, true },
	{ "", 0, 6, false },
	{ "unknown.test", 0, 6, false },
	{ "test", 0, 6, false },
	{ ".test", 0, 6, false },
	{ ".", 0, 6, false },
	{ "upper.test", 1, -1, true },
	{ "a.upper.test", 0, 6, false },
	/* the first in file order, though another is more exact */
	{ "one.wild.test", 2, -1, true },
	{ "x.wild.test", 2, -1, true },
	{ "X.Wild.TEST", 2, -1, true },
	{ "a.b.wild.test", 0, 6, false },
	{ "wild.test", 0, 6, false },
	{ ".wild.test", 0, 6, false },
	{ "*.wild.test", 2, -1, true },
	{ "two.late.test", 4, -1, true },
	{ "three.late.test", 5, -1, true },
	/* EC and RSA side by side */
	{ "san.test", 3, 6, true },
	{ "under_score.test", 7, -1, true },
	{ "last.test", 8, -1, true },
	{ "not a name", 0, 6, false },
};

static void
test_names(void)
{
	struct cert *order[CERTS];
	const struct certs list = { order, CERTS };
	struct sni s;

	for (size_t i = 0; i < CERTS; i++)
		order[i] = &cert[i];
	sni_init(&s, &list);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct sni_entry *e = sni_find(&s,
		    str_from(cases[i].name));
		const long rsa = e->cert[0] != NULL ? e->cert[0] - cert : -1;

		tap_input(cases[i].name, strlen(cases[i].name));
		is_int(e->first - cert, cases[i].first, "%s: the first",
		    cases[i].name);
		is_int(rsa, cases[i].rsa, "%s: beside it", cases[i].name);
		is_int(e->name.p != NULL, cases[i].known, "%s: known",
		    cases[i].name);
	}
	sni_release(&s);
}

/* No name is too long to be looked up. */
static void
test_long_names(void)
{
	struct cert *order[1] = { &cert[2] };
	const struct certs list = { order, 1 };
	char name[400];
	struct sni s;

	sni_init(&s, &list);
	memset(name, 'a', sizeof(name));
	for (size_t len = 240; len <= sizeof(name); len++)
		ok(sni_find(&s, str_make(name, len))->name.p == NULL,
		    "%zu bytes", len);
	memcpy(name + 243, ".wild.test", 10);
	ok(sni_find(&s, str_make(name, 253))->name.p != NULL, "a long label");
	sni_release(&s);
}

static const struct {
	const char *bytes;
	size_t len;
	const char *name;
} extensions[] = {
	{ "\0\x6\0\0\x3"
	  "a.b",
	    8, "a.b" },
	{ "\0\x4\0\0\x1x", 6, "x" },
	{ "\0\x3\0\0\0", 5, "" },	     /* no name */
	{ "\0\x5\0\0\x1x", 6, "" },	     /* a wrong length */
	{ "\0\x4\0\0\x2x", 6, "" },	     /* another */
	{ "\0\x4\x1\0\x1x", 6, "" },	     /* no host name */
	{ "\0\x5\0\0\x2x\0", 7, "" },	     /* NUL inside */
	{ "\0\x8\0\0\x1x\0\0\x1y", 10, "" }, /* two names */
	{ "", 0, "" },
};

static void
test_parse(void)
{
	for (size_t i = 0; i < ARRAY_LEN(extensions); i++)
		for (size_t n = 0; n <= extensions[i].len; n++) {
			const bool whole = n == extensions[i].len;
			struct str got;
			struct guard g;

			guard_copy(&g, extensions[i].bytes, n);
			got = sni_parse((const unsigned char *)g.bytes, n);
			ok(str_eq(got,
			       str_from(whole ? extensions[i].name : "")),
			    "extension %zu, %zu bytes", i, n);
			guard_release(&g);
		}
}

int
main(void)
{
	make_all();
	test_names();
	test_long_names();
	test_parse();
	for (size_t i = 0; i < CERTS; i++)
		tls_release(&made[i]);
	return tap_done();
}
