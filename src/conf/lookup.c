/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "conf/lookup.h"

struct lookup_name {
	struct str name;
	struct addr addr;
	const char *why;
	struct lookup_name *next;
};

void
lookup_init(struct lookup *l, struct arena *a, bool offline)
{
	*l = (struct lookup){ .arena = a, .offline = offline };
}

static struct lookup_name **
bucket_of(struct lookup *l, struct str name)
{
	unsigned h = 5381;

	for (size_t i = 0; i < name.len; i++)
		h = h * 33 + (unsigned char)name.p[i];
	return &l->bucket[h % LOOKUP_BUCKETS];
}

static struct str
without_brackets(struct str s)
{
	if (s.len > 2 && s.p[0] == '[' && s.p[s.len - 1] == ']')
		return str_make(s.p + 1, s.len - 2);
	return s;
}

static struct lookup_name *
ask(struct lookup *l, struct str name)
{
	struct lookup_name *n = arena_alloc(l->arena, sizeof(*n));

	n->name = arena_copy(l->arena, name);
	if (addr_resolve(&n->addr, n->name.p, 0, AF_UNSPEC, &n->why) != 0)
		n->addr.len = 0;
	return n;
}

int
lookup_address(struct lookup *l, struct str name, uint16_t port,
    struct addr *addr, const char **why)
{
	struct lookup_name **bucket, *n;

	if (addr_from_ip(addr, without_brackets(name), port) == 0)
		return 0;
	*addr = (struct addr){ .len = 0 };
	*why = "names are not looked up";
	if (l->offline)
		return -1;
	bucket = bucket_of(l, name);
	for (n = *bucket; n != NULL && !str_eq(n->name, name);)
		n = n->next;
	if (n == NULL) {
		n = ask(l, name);
		n->next = *bucket;
		*bucket = n;
	}
	*addr = n->addr;
	*why = n->why;
	if (addr->len == 0)
		return -1;
	addr_set_port(addr, port);
	return 0;
}
