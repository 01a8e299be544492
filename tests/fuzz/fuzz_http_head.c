/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Heads of requests and of answers: the verdict does not depend on the
 * pieces in which they come, and what is accepted is clean.
 */
#include <stdbool.h>
#include <string.h>

#include "fuzz/must.h"
#include "http/head.h"
#include "http/octet.h"

#define FIELDS_MAX 40
#define BYTEWISE_MAX 600 /* longer ones are cut in a few places only */

static const struct head_limits limits = { 200, 400, 4000, FIELDS_MAX, false };
static const struct head_limits lenient = { 200, 400, 4000, FIELDS_MAX, true };

struct result {
	struct field field[FIELDS_MAX];
	struct request req;
	struct response resp;
	enum head_status status;
	enum outcome why;
	size_t used;
};

/* The size of the next piece: all, or by bytes, or by the data. */
static size_t
grow(size_t size, size_t len, unsigned step)
{
	return len - size < step ? len : size + step;
}

static void
parse_request(struct result *r, struct str in, const struct head_limits *by,
    unsigned step)
{
	struct head h;
	size_t size = 0;

	memset(r, 0, sizeof(*r));
	r->req.field = r->field;
	r->req.field_room = FIELDS_MAX;
	head_init(&h);
	do {
		size = grow(size, in.len, step);
		r->status = head_parse_request(&h, str_make(in.p, size), by,
		    &r->req, &r->why, &r->used);
	} while (r->status == HEAD_MORE && size < in.len);
}

static void
parse_answer(struct result *r, char *in, size_t len, unsigned step)
{
	struct head h;
	size_t size = 0;

	memset(r, 0, sizeof(*r));
	r->resp.field = r->field;
	r->resp.field_room = FIELDS_MAX;
	head_init(&h);
	do {
		size = grow(size, len, step);
		r->status = head_parse_response(&h, in, size, &limits, &r->resp,
		    &r->why, &r->used);
	} while (r->status == HEAD_MORE && size < len);
}

static bool
within(struct str s, struct str in)
{
	return s.len == 0 || (s.p >= in.p && s.p + s.len <= in.p + in.len);
}

static void
check_fields(const struct field *field, unsigned count, struct str in)
{
	const struct field *f;

	must(count <= FIELDS_MAX);
	for (f = field; f < field + count; f++) {
		must(within(f->line, in) && within(f->name, in) &&
		    within(f->value, in));
		must(f->name.len > 0 &&
		    octet_run(f->name, OCTET_TOKEN) == f->name.len);
		must(octet_run(f->value, OCTET_VALUE) == f->value.len);
		must(str_eq(str_trim(f->value), f->value));
		must(f->id == field_id(f->name));
		must(f->line.p == f->name.p &&
		    f->line.p + f->line.len == f->value.p + f->value.len);
	}
}

/* No CR but before LF, and LF alone always or never. */
static void
check_line_ends(struct str head, bool bare_lf)
{
	size_t i;

	for (i = 0; i < head.len; i++) {
		if (head.p[i] == '\r')
			must(!bare_lf && head.p[i + 1] == '\n');
		if (head.p[i] == '\n' && !bare_lf)
			must(i > 0 && head.p[i - 1] == '\r');
	}
}

static void
check_request(const struct result *r, struct str in)
{
	struct str head = str_head(in, r->used);

	if (r->status != HEAD_DONE)
		return;
	must(r->used <= in.len && r->used <= limits.max_head);
	must(head.p[head.len - 1] == '\n');
	must(r->req.minor == 0 || r->req.minor == 1);
	must(within(r->req.line, head) && within(r->req.target, head));
	must(r->req.target.len > 0 && r->req.target.len <= limits.max_uri);
	check_fields(r->req.field, r->req.field_count, head);
	check_line_ends(head, r->req.bare_lf);
}

static bool
same(const struct result *a, const struct result *b)
{
	return a->status == b->status && a->why == b->why &&
	    (a->status != HEAD_DONE ||
		(a->used == b->used &&
		    a->req.field_count == b->req.field_count &&
		    a->req.dropped == b->req.dropped &&
		    a->resp.field_count == b->resp.field_count &&
		    a->resp.gentle == b->resp.gentle));
}

static void
try_request(struct str in, const struct head_limits *by)
{
	struct result whole, pieces;

	parse_request(&whole, in, by, (unsigned)in.len + 1);
	check_request(&whole, in);
	if (in.len <= BYTEWISE_MAX) {
		parse_request(&pieces, in, by, 1);
		must(same(&whole, &pieces));
	}
	parse_request(&pieces, in, by, (unsigned)in.len / 3 + 1);
	must(same(&whole, &pieces));
}

/* What is strict is not read in another way when Strict is 0. */
static void
compare_lenient(struct str in)
{
	struct result strict, loose;

	parse_request(&strict, in, &limits, (unsigned)in.len + 1);
	parse_request(&loose, in, &lenient, (unsigned)in.len + 1);
	if (strict.status == HEAD_DONE)
		must(same(&strict, &loose) && loose.req.dropped == 0);
	if (loose.status == HEAD_DONE && loose.req.dropped == 0)
		must(strict.status == HEAD_DONE);
}

static void
try_answer(const uint8_t *data, size_t size, unsigned step, struct result *r)
{
	char *in = malloc(size > 0 ? size : 1);

	if (size > 0)
		memcpy(in, data, size);
	parse_answer(r, in, size, step);
	if (r->status == HEAD_DONE) {
		must(r->used <= size && r->used <= limits.max_head);
		must(r->resp.status >= 100 && r->resp.status <= 599);
		must(r->resp.minor == 0 || r->resp.minor == 1);
		check_fields(r->resp.field, r->resp.field_count,
		    str_make(in, r->used));
	}
	free(in);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = str_make((const char *)data, size);
	struct result whole, pieces;

	try_request(in, &limits);
	try_request(in, &lenient);
	compare_lenient(in);
	try_answer(data, size, (unsigned)size + 1, &whole);
	try_answer(data, size, size <= BYTEWISE_MAX ? 1 : 37, &pieces);
	must(same(&whole, &pieces));
	return 0;
}
