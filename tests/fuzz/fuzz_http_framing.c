/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where messages end: never both a length and chunks, and a length is one
 * that every reader reads alike. The rules are worked out here once more.
 */
#include <stdbool.h>
#include <string.h>

#include "fuzz/must.h"
#include "http/framing.h"
#include "http/head.h"

#define FIELDS_MAX 64

static const struct head_limits limits = { 8192, 8192, 65536, FIELDS_MAX,
	false };

static unsigned
count(const struct field *field, unsigned n, enum field_id id)
{
	unsigned i, found = 0;

	for (i = 0; i < n; i++)
		found += field[i].id == id;
	return found;
}

/* "0", or digits that do not begin with 0, and the number they are. */
static bool
plain_number(struct str s, uint64_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	return str_eq(s, str_from(text));
}

static void
judge_request(const struct request *req)
{
	const unsigned lengths = count(req->field, req->field_count,
	    FIELD_CONTENT_LENGTH);
	const unsigned codings = count(req->field, req->field_count,
	    FIELD_TRANSFER_ENCODING);
	const struct field *f;
	struct framing framing;

	if (framing_of_request(req, &framing) != OUTCOME_OK) {
		must(lengths + codings > 0);
		return;
	}
	must(lengths + codings <= 1);
	if (lengths == 1) {
		f = message_find(req->field, req->field_count,
		    FIELD_CONTENT_LENGTH);
		must(framing.kind == FRAMING_LENGTH && framing.has_length);
		must(framing.length <= INT64_MAX);
		must(plain_number(f->value, framing.length));
	} else if (codings == 1) {
		f = message_find(req->field, req->field_count,
		    FIELD_TRANSFER_ENCODING);
		must(framing.kind == FRAMING_CHUNKED && !framing.has_length);
		must(str_eq_nocase(f->value, STR("chunked")));
		must(req->minor == 1);
	} else {
		must(framing.kind == FRAMING_NONE && !framing.has_length);
	}
	must(!req->bare_lf || framing.kind == FRAMING_NONE);
}

static void
judge_answer(struct response *resp, enum method method)
{
	const unsigned lengths = count(resp->field, resp->field_count,
	    FIELD_CONTENT_LENGTH);
	const unsigned codings = count(resp->field, resp->field_count,
	    FIELD_TRANSFER_ENCODING);
	struct framing f;

	if (framing_of_response(resp, method, &f) != OUTCOME_OK) {
		must(lengths + codings > 0);
		return;
	}
	must(f.length <= INT64_MAX && (f.has_length || f.length == 0));
	must(!f.has_length || lengths > 0);
	must(f.kind != FRAMING_CHUNKED || (codings > 0 && !f.has_length));
	must(f.kind != FRAMING_LENGTH || (f.has_length && codings == 0));
	must(f.kind != FRAMING_CLOSE || (lengths == 0 && codings == 0));
	if (method == METHOD_HEAD || resp->status < 200 ||
	    resp->status == 204 || resp->status == 304)
		must(f.kind == FRAMING_NONE);
	else
		must(f.kind != FRAMING_NONE);
	if (resp->status < 200 || resp->status == 204)
		must(!f.has_length);
	if (lengths > 0 && codings > 0)
		must((resp->gentle & RESPONSE_LENGTH_AND_CHUNKED) != 0);
	if (lengths > 1)
		must((resp->gentle & RESPONSE_TWO_LENGTHS) != 0);
}

static void
try_answer(const uint8_t *data, size_t size)
{
	struct field field[FIELDS_MAX];
	struct response resp = { .field = field, .field_room = FIELDS_MAX };
	enum outcome why;
	struct head h;
	size_t used;
	char *in = malloc(size > 0 ? size : 1);

	if (size > 0)
		memcpy(in, data, size);
	head_init(&h);
	if (head_parse_response(&h, in, size, &limits, &resp, &why, &used) ==
	    HEAD_DONE) {
		judge_answer(&resp, METHOD_GET);
		judge_answer(&resp, METHOD_HEAD);
	}
	free(in);
}

/* The data is a head, or only the fields of one. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char line[] = "POST / HTTP/1.1\r\n";
	static const char answer[] = "HTTP/1.1 200 OK\r\n";
	struct field field[FIELDS_MAX];
	struct request req = { .field = field, .field_room = FIELDS_MAX };
	const size_t len = sizeof(line) - 1;
	enum outcome why;
	struct head h;
	size_t used;
	char *in;

	_Static_assert(sizeof(line) == sizeof(answer), "one buffer for both");
	in = malloc(len + size);
	memcpy(in, line, len);
	if (size > 0)
		memcpy(in + len, data, size);
	head_init(&h);
	if (head_parse_request(&h, str_make(in, len + size), &limits, &req,
		&why, &used) == HEAD_DONE)
		judge_request(&req);
	memcpy(in, answer, len);
	try_answer((const uint8_t *)in, len + size);
	head_init(&h);
	if (head_parse_request(&h, str_make((const char *)data, size), &limits,
		&req, &why, &used) == HEAD_DONE)
		judge_request(&req);
	try_answer(data, size);
	free(in);
	return 0;
}
