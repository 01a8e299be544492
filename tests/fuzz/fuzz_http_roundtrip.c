/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What we send on after we have understood a message reads back as that
 * message, strictly, with the same end: nothing can hide in it that the
 * next reader would take for something else.
 */
#include <string.h>

#include "fuzz/must.h"
#include "fuzz/mutate.h"
#include "http/compose.h"
#include "http/framing.h"
#include "http/head.h"
#include "http/host.h"
#include "http/octet.h"
#include "http/target.h"

#define FIELDS_MAX 64
#define HEAD_MAX 8192

const unsigned fuzz_mutations = 300; /* 100,000 of all files */

/* Strict 0 for what comes in; what goes out is held to the strict rules,
 * with room for what percent-encoding adds. */
static const struct head_limits lenient = { HEAD_MAX, HEAD_MAX, HEAD_MAX,
	FIELDS_MAX, true };
static const struct head_limits strict = { 4 * HEAD_MAX, 4 * HEAD_MAX,
	4 * HEAD_MAX, FIELDS_MAX, false };

static void
same_fields(const struct field *a, unsigned count, const struct field *b,
    unsigned b_count)
{
	unsigned i;

	must(count == b_count);
	for (i = 0; i < count; i++)
		must(str_eq(a[i].name, b[i].name) &&
		    str_eq(a[i].value, b[i].value) && a[i].id == b[i].id);
}

static void
same_framing(const struct framing *a, const struct framing *b)
{
	must(a->kind == b->kind && a->length == b->length &&
	    a->has_length == b->has_length);
}

struct meaning {
	struct target target;
	struct str host;
	struct framing framing;
};

static enum outcome
understand(const struct request *req, struct arena *arena, struct meaning *m)
{
	enum outcome why = target_parse(req->target, req->method, false, arena,
	    &m->target);

	if (why == OUTCOME_OK)
		why = host_of_request(req, false, &m->host);
	if (why == OUTCOME_OK)
		why = framing_of_request(req, &m->framing);
	return why;
}

static void
send_request(const struct request *req, const struct meaning *m)
{
	static char memory[4 * HEAD_MAX], block[16 * HEAD_MAX];
	struct field field[FIELDS_MAX];
	struct request back = { .field = field, .field_room = FIELDS_MAX };
	struct meaning again;
	struct arena arena;
	struct fixbuf out;
	enum outcome why;
	struct head h;
	size_t used;

	fixbuf_init(&out, memory, sizeof(memory));
	compose_request_line(&out, req->method_text, m->target.forward);
	compose_fields(&out, req->field, req->field_count);
	compose_end(&out);
	must(!out.overflow);
	head_init(&h);
	must(head_parse_request(&h, fixbuf_str(&out), &strict, &back, &why,
		 &used) == HEAD_DONE);
	must(used == out.len && !back.bare_lf && back.minor == 1);
	must(str_eq(back.method_text, req->method_text));
	must(str_eq(back.target, m->target.forward));
	same_fields(req->field, req->field_count, field, back.field_count);
	arena_init_fixed(&arena, block, sizeof(block));
	why = understand(&back, &arena, &again);
	if (req->minor == 0 && why == OUTCOME_HOST_MISSING)
		return; /* we would have added one */
	must(why == OUTCOME_OK);
	must(str_eq(again.target.forward, m->target.forward));
	must(str_eq(again.host, m->host));
	same_framing(&m->framing, &again.framing);
}

static void
try_request(struct str in)
{
	static char block[16 * HEAD_MAX];
	struct field field[FIELDS_MAX];
	struct request req = { .field = field, .field_room = FIELDS_MAX };
	struct arena arena;
	struct meaning m;
	enum outcome why;
	struct head h;
	size_t used;

	head_init(&h);
	if (head_parse_request(&h, in, &lenient, &req, &why, &used) !=
	    HEAD_DONE)
		return;
	arena_init_fixed(&arena, block, sizeof(block));
	if (understand(&req, &arena, &m) == OUTCOME_OK)
		send_request(&req, &m);
}

/* What would frame the message is composed from the verdict, as the proxy
 * does. */
static void
send_answer(struct response *resp, const struct framing *f)
{
	static char memory[4 * HEAD_MAX];
	struct field field[FIELDS_MAX];
	struct response back = { .field = field, .field_room = FIELDS_MAX };
	struct framing again;
	struct fixbuf out;
	enum outcome why;
	struct head h;
	size_t used;
	unsigned i;

	fixbuf_init(&out, memory, sizeof(memory));
	compose_status_line(&out, resp->status, resp->reason);
	for (i = 0; i < resp->field_count; i++)
		resp->field[i].skip = resp->field[i].id ==
			FIELD_CONTENT_LENGTH ||
		    resp->field[i].id == FIELD_TRANSFER_ENCODING;
	compose_fields(&out, resp->field, resp->field_count);
	if (f->has_length) {
		fixbuf_add(&out, STR("Content-Length: "));
		fixbuf_add_u64(&out, f->length);
		compose_end(&out);
	}
	if (f->kind == FRAMING_CHUNKED)
		compose_field(&out, STR("Transfer-Encoding"), STR("chunked"));
	compose_end(&out);
	must(!out.overflow);
	head_init(&h);
	must(head_parse_response(&h, out.p, out.len, &strict, &back, &why,
		 &used) == HEAD_DONE);
	must(used == out.len && back.status == resp->status);
	must(str_eq(back.reason, resp->reason));
	must(framing_of_response(&back, METHOD_GET, &again) == OUTCOME_OK);
	must(back.gentle == 0);
	same_framing(f, &again);
}

static void
try_answer(const uint8_t *data, size_t size)
{
	struct field field[FIELDS_MAX];
	struct response resp = { .field = field, .field_room = FIELDS_MAX - 1 };
	struct framing f;
	enum outcome why;
	struct head h;
	size_t used;
	char *in = malloc(size > 0 ? size : 1);

	if (size > 0)
		memcpy(in, data, size);
	head_init(&h);
	if (head_parse_response(&h, in, size, &lenient, &resp, &why, &used) ==
		HEAD_DONE &&
	    framing_of_response(&resp, METHOD_GET, &f) == OUTCOME_OK)
		send_answer(&resp, &f);
	free(in);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_request(str_make((const char *)data, size));
	try_answer(data, size);
	return 0;
}
