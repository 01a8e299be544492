/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Request targets, hosts and locations: what is sent on has only bytes that
 * may stand there, and reads back as itself.
 */
#include <stdbool.h>
#include <string.h>

#include "fuzz/must.h"
#include "http/host.h"
#include "http/octet.h"
#include "http/target.h"

static struct arena arena;

/* No byte that must be encoded, no control, no blank, no %00. */
static void
check_forward(const struct target *t, bool keep_odd)
{
	const unsigned fine = OCTET_TARGET | (keep_odd ? OCTET_ASCII_ODD : 0u);
	struct str s = t->forward;

	must(s.len > 0 && octet_run(s, fine) == s.len);
	must(t->asterisk ? str_eq(s, STR("*")) : s.p[0] == '/');
	must(str_find(t->decoded, '\0') == t->decoded.len);
	must(t->decoded.len > 0);
	must(t->decoded.p[0] == s.p[0]);
	for (; s.len >= 3; s = str_skip(s, 1))
		must(!str_starts(s, STR("%00")));
	if (t->authority.len > 0)
		must(host_valid(t->authority));
}

static void
try_target(struct str raw, enum method method, bool keep_odd)
{
	struct target t, again;

	arena_rewind(&arena, 0);
	if (target_parse(raw, method, keep_odd, &arena, &t) != OUTCOME_OK)
		return;
	check_forward(&t, keep_odd);
	must(target_parse(t.forward, method, keep_odd, &arena, &again) ==
	    OUTCOME_OK);
	must(str_eq(again.forward, t.forward));
	must(str_empty(again.authority));
	if (str_find(raw, '%') == raw.len)
		must(str_eq(again.decoded, t.decoded));
}

static void
try_host(struct str raw)
{
	struct str name, port, without;

	host_split(raw, &name, &port);
	must(name.len + port.len <= raw.len);
	without = host_without_default_port(raw, false);
	if (!host_valid(raw))
		return;
	must(raw.len > 0 && name.len > 0 && port.len <= raw.len);
	must(octet_run(port, OCTET_DIGIT) == port.len);
	must(host_valid(without) && host_valid(name));
	must(name.len + port.len + 1 >= raw.len);
}

static void
try_location(struct str raw)
{
	struct str s;
	size_t i;

	arena_rewind(&arena, 0);
	s = target_encode_location(raw, &arena);
	must(s.len >= raw.len);
	for (i = 0; i < s.len; i++)
		must(s.p[i] > ' ' && s.p[i] < 0x7f &&
		    strchr("\"\\<>", s.p[i]) == NULL);
	must(str_eq(target_encode_location(s, &arena), s));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str raw = str_make((const char *)data, size);
	char *block = malloc(12 * size + 256);

	arena_init_fixed(&arena, block, 12 * size + 256);
	try_target(raw, METHOD_GET, false);
	try_target(raw, METHOD_OPTIONS, true);
	try_host(raw);
	try_location(raw);
	free(block);
	return 0;
}
