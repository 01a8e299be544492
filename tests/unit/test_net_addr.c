/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/attrs.h"
#include "net/addr.h"
#include "support/guard.h"
#include "unit/tap.h"

typedef void writer(struct fixbuf *b, const struct addr *a);

static const char *
text_of(writer *add, const struct addr *a)
{
	static char memory[ADDR_TEXT_MAX + 1];
	struct fixbuf b;

	fixbuf_init(&b, memory, ADDR_TEXT_MAX);
	add(&b, a);
	memory[b.len] = '\0';
	return b.overflow ? "(overflow)" : memory;
}

static const struct {
	const char *text;
	int family; /* AF_UNSPEC: refused */
	const char *host, *with_port, *bracketed;
} ips[] = {
	{ "192.0.2.1", AF_INET, "192.0.2.1", "192.0.2.1:8080",
	    "192.0.2.1:8080" },
	{ "0.0.0.0", AF_INET, "0.0.0.0", "0.0.0.0:8080", "0.0.0.0:8080" },
	{ "255.255.255.255", AF_INET, "255.255.255.255", "255.255.255.255:8080",
	    "255.255.255.255:8080" },
	{ "2001:db8::1", AF_INET6, "2001:db8::1", "2001:db8::1:8080",
	    "[2001:db8::1]:8080" },
	{ "2001:DB8:0:0:0:0:0:1", AF_INET6, "2001:db8::1", "2001:db8::1:8080",
	    "[2001:db8::1]:8080" },
	{ "::", AF_INET6, "::", ":::8080", "[::]:8080" },
	{ "::1", AF_INET6, "::1", "::1:8080", "[::1]:8080" },
	{ "::ffff:1.2.3.4", AF_INET6, "::ffff:1.2.3.4", "::ffff:1.2.3.4:8080",
	    "[::ffff:1.2.3.4]:8080" },
	{ "1111:2222:3333:4444:5555:6666:123.123.123.123", AF_INET6,
	    "1111:2222:3333:4444:5555:6666:7b7b:7b7b",
	    "1111:2222:3333:4444:5555:6666:7b7b:7b7b:8080",
	    "[1111:2222:3333:4444:5555:6666:7b7b:7b7b]:8080" },
	{ "", AF_UNSPEC, "", "", "" },
	{ "1.2.3", AF_UNSPEC, "", "", "" },
	{ "1.2.3.4.5", AF_UNSPEC, "", "", "" },
	{ "1.2.3.256", AF_UNSPEC, "", "", "" },
	{ "1.2.3.4 ", AF_UNSPEC, "", "", "" },
	{ "[::1]", AF_UNSPEC, "", "", "" },
	{ "::1::", AF_UNSPEC, "", "", "" },
	{ "localhost", AF_UNSPEC, "", "", "" },
	{ "1111:2222:3333:4444:5555:6666:123.123.123.1234", AF_UNSPEC, "", "",
	    "" },
};

static void
test_ip_text(void)
{
	for (size_t i = 0; i < ARRAY_LEN(ips); i++) {
		const char *text = ips[i].text;
		bool good = ips[i].family != AF_UNSPEC;
		struct guard guard;
		struct addr a;

		tap_input(text, strlen(text));
		guard_copy(&guard, text, strlen(text));
		is_int(addr_from_ip(&a, str_make(guard.bytes, guard.len), 8080),
		    good ? 0 : -1, "reading '%s'", text);
		is_int(addr_family(&a), ips[i].family, "family");
		is_int(addr_port(&a), good ? 8080 : 0, "port");
		is_str(text_of(addr_add_host, &a), ips[i].host, "host");
		is_str(text_of(addr_add_text, &a), ips[i].with_port, "text");
		is_str(text_of(addr_add_bracketed, &a), ips[i].bracketed,
		    "in brackets");
		guard_release(&guard);
	}
	tap_input(NULL, 0);
}

static void
test_nul_in_text(void)
{
	struct addr a;

	is_int(addr_from_ip(&a, str_make("1.2.3.4\0", 8), 1), -1,
	    "NUL behind an address");
	is_int(addr_from_path(&a, str_make("/a\0b", 4)), -1, "NUL in a path");
}

static void
test_path(void)
{
	char longest[109] = "/";
	struct addr a, b;

	memset(longest + 1, 'x', 107);
	is_int(addr_from_path(&a, STR("/run/app.sock")), 0, "a path");
	is_int(addr_family(&a), AF_UNIX, "its family");
	is_int(addr_port(&a), 0, "it has no port");
	is_str(text_of(addr_add_host, &a), "/run/app.sock", "host");
	is_str(text_of(addr_add_text, &a), "/run/app.sock", "text");
	is_str(text_of(addr_add_bracketed, &a), "/run/app.sock", "brackets");
	addr_set_port(&a, 80);
	is_int(addr_port(&a), 0, "nor can it be given one");
	is_int(addr_from_path(&a, str_make(longest, 107)), 0, "107 bytes");
	is_mem(text_of(addr_add_text, &a), 107, longest, 107, "all kept");
	is_int(addr_from_path(&b, str_make(longest, 108)), -1, "108 bytes");
	is_int(addr_family(&b), AF_UNSPEC, "leaves no address");
	is_int(addr_from_path(&b, STR_NONE), -1, "empty path");
	ok(!addr_equal(&a, &b), "a path is not no address");
}

static void
test_unnamed_peer(void)
{
	struct addr a = { .len = sizeof(sa_family_t) };

	a.sa.sa_family = AF_UNIX;
	is_str(text_of(addr_add_text, &a), "", "an unnamed UNIX peer");
	ok(addr_equal(&a, &a), "equals itself");
}

static void
test_unix_length(void)
{
	struct addr counted, uncounted;

	is_int(addr_from_path(&counted, STR("/a")), 0, "a short path");
	uncounted = counted;
	uncounted.len--;
	ok(addr_equal(&counted, &uncounted), "NUL counted or not");
	is_str(text_of(addr_add_text, &uncounted), "/a", "the same text");
}

static const struct {
	const char *a;
	uint16_t a_port;
	const char *b;
	uint16_t b_port;
	bool same_host, equal;
} pairs[] = {
	{ "192.0.2.1", 80, "192.0.2.1", 80, true, true },
	{ "192.0.2.1", 80, "192.0.2.1", 81, true, false },
	{ "192.0.2.1", 80, "192.0.2.2", 80, false, false },
	{ "::1", 80, "0:0::1", 80, true, true },
	{ "::1", 80, "::1", 443, true, false },
	{ "::1", 80, "::2", 80, false, false },
	{ "::ffff:192.0.2.1", 80, "192.0.2.1", 80, false, false },
};

static void
test_comparing(void)
{
	struct addr a, b, none = { .len = 0 };

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		addr_from_ip(&a, str_from(pairs[i].a), pairs[i].a_port);
		addr_from_ip(&b, str_from(pairs[i].b), pairs[i].b_port);
		is_int(addr_same_host(&a, &b), pairs[i].same_host,
		    "hosts of %s and %s", pairs[i].a, pairs[i].b);
		is_int(addr_equal(&a, &b), pairs[i].equal, "and ports %d, %d",
		    pairs[i].a_port, pairs[i].b_port);
		is_int(addr_equal(&b, &a), pairs[i].equal, "both ways");
	}
	ok(!addr_equal(&a, &none), "an address is not none");
	addr_from_path(&a, STR("/a"));
	addr_from_path(&b, STR("/ab"));
	ok(!addr_equal(&a, &b), "a path is not its beginning");
}

static void
test_no_room(void)
{
	char memory[16];
	struct fixbuf b;
	struct addr a;

	addr_from_ip(&a, STR("192.0.2.1"), 8080);
	fixbuf_init(&b, memory, 13);
	addr_add_text(&b, &a);
	ok(b.overflow, "13 bytes are too few for 14");
	is_int(b.len, 0, "and nothing is written");
	fixbuf_init(&b, memory, 14);
	addr_add_text(&b, &a);
	is_mem(b.p, b.len, "192.0.2.1:8080", 14, "14 are enough");
}

static void
test_resolve(void)
{
	const char *why = NULL;
	struct addr a;

	is_int(addr_resolve(&a, "127.0.0.1", 81, AF_UNSPEC, &why), 0,
	    "a number resolves");
	is_str(text_of(addr_add_text, &a), "127.0.0.1:81", "to itself");
	is_int(addr_resolve(&a, "::1", 82, AF_INET6, &why), 0, "IPv6 too");
	is_str(text_of(addr_add_text, &a), "::1:82", "to itself");
	ok(why == NULL, "no reason is given");
	is_int(addr_resolve(&a, "::1", 82, AF_INET, &why), -1,
	    "an IPv6 number is no IPv4 address");
	ok(why != NULL && why[0] != '\0', "the reason is told");
	is_int(addr_family(&a), AF_UNSPEC, "no address is left behind");
}

int
main(void)
{
	test_ip_text();
	test_nul_in_text();
	test_path();
	test_unnamed_peer();
	test_unix_length();
	test_comparing();
	test_no_room();
	test_resolve();
	return tap_done();
}
