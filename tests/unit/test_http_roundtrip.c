/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What we compose reads back as the same message, and only as that: random
 * messages from the grammar, whole and cut at random.
 */
#include <stdio.h>
#include <string.h>

#include "http/chunked.h"
#include "http/compose.h"
#include "http/head.h"
#include "support/guard.h"
#include "tap.h"

#define MESSAGES 20000
#define FIELDS_MAX 12
#define TEXT_MAX 8192

static const struct head_limits limits = { 8192, 8192, 65536, FIELDS_MAX,
	false };

/* xorshift64*: the same messages in every run. */
static uint64_t seed = 0x9e3779b97f4a7c15u;

static unsigned
below(unsigned n)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (unsigned)((seed * 0x2545f4914f6cdd1du) >> 33) % n;
}

/* Up to max bytes of the set (at least min) at the end of *at. */
static struct str
some(char **at, const char *set, size_t set_len, unsigned min, unsigned max)
{
	char *begin = *at;
	unsigned n = min + below(max - min + 1);

	while (n-- > 0)
		*(*at)++ = set[below((unsigned)set_len)];
	return str_make(begin, (size_t)(*at - begin));
}

static char tchars[256], vchars[256], uchars[256];
static size_t tchars_len, vchars_len, uchars_len;

static void
make_sets(void)
{
	int b;

	for (b = 1; b < 256; b++) {
		if (b > 0x20 && b < 0x7f &&
		    strchr("\"(),/:;<=>?@[\\]{}", b) == NULL)
			tchars[tchars_len++] = (char)b;
		if (b == '\t' || (b >= 0x20 && b != 0x7f))
			vchars[vchars_len++] = (char)b;
		if (b > 0x20 && b < 0x7f)
			uchars[uchars_len++] = (char)b;
	}
}

/* Values come without outer blanks, as the parser would leave them. */
static unsigned
some_fields(char **at, struct field *field)
{
	unsigned i, n = below(FIELDS_MAX + 1);

	for (i = 0; i < n; i++) {
		field[i].name = some(at, tchars, tchars_len, 1, 20);
		field[i].value = str_trim(some(at, vchars, vchars_len, 0, 60));
		field[i].skip = below(8) == 0;
	}
	return n;
}

static unsigned
fields_differ(const struct field *sent, unsigned count, const struct field *got,
    unsigned got_count)
{
	unsigned i, n = 0, wrong = 0;

	for (i = 0; i < count; i++) {
		if (sent[i].skip)
			continue;
		if (n >= got_count)
			return 1;
		wrong += !str_eq(sent[i].name, got[n].name) ||
		    !str_eq(sent[i].value, got[n].value) ||
		    got[n].id != field_id(got[n].name);
		n++;
	}
	return wrong + (n != got_count);
}

static unsigned
request_differs(void)
{
	char text[TEXT_MAX], *at = text, memory[TEXT_MAX];
	struct field sent[FIELDS_MAX], got[FIELDS_MAX];
	struct request req = { .field = got, .field_room = FIELDS_MAX };
	struct str method = some(&at, tchars, tchars_len, 1, 20);
	struct str target = some(&at, uchars, uchars_len, 1, 80);
	unsigned count = some_fields(&at, sent), wrong;
	struct fixbuf out;
	struct guard g;
	struct head h;
	enum outcome why;
	size_t used;

	fixbuf_init(&out, memory, sizeof(memory));
	compose_request_line(&out, method, target);
	compose_fields(&out, sent, count);
	compose_end(&out);
	guard_copy(&g, out.p, out.len);
	tap_input(out.p, out.len);
	head_init(&h);
	head_parse_request(&h, str_make(g.bytes, below((unsigned)g.len)),
	    &limits, &req, &why, &used);
	wrong = head_parse_request(&h, str_make(g.bytes, g.len), &limits, &req,
		    &why, &used) != HEAD_DONE ||
	    used != g.len || req.minor != 1 || req.bare_lf ||
	    !str_eq(req.method_text, method) || !str_eq(req.target, target);
	wrong += fields_differ(sent, count, got, req.field_count);
	if (wrong > 0)
		ok(false, "a request reads back as it was written");
	guard_release(&g);
	return wrong;
}

static unsigned
answer_differs(void)
{
	char text[TEXT_MAX], *at = text, memory[TEXT_MAX];
	struct field sent[FIELDS_MAX], got[FIELDS_MAX];
	struct response resp = { .field = got, .field_room = FIELDS_MAX };
	struct str reason = some(&at, vchars, vchars_len, 0, 30);
	unsigned count = some_fields(&at, sent), wrong;
	int status = 100 + (int)below(500);
	struct fixbuf out;
	struct guard g;
	struct head h;
	enum outcome why;
	size_t used;

	fixbuf_init(&out, memory, sizeof(memory));
	compose_status_line(&out, status, reason);
	compose_fields(&out, sent, count);
	compose_end(&out);
	guard_copy(&g, out.p, out.len);
	tap_input(out.p, out.len);
	head_init(&h);
	head_parse_response(&h, g.bytes, below((unsigned)g.len), &limits, &resp,
	    &why, &used);
	wrong = head_parse_response(&h, g.bytes, g.len, &limits, &resp, &why,
		    &used) != HEAD_DONE ||
	    used != g.len || resp.minor != 1 || resp.gentle != 0 ||
	    resp.status != status || !str_eq(resp.reason, reason);
	wrong += fields_differ(sent, count, got, resp.field_count);
	if (wrong > 0)
		ok(false, "an answer reads back as it was written");
	guard_release(&g);
	return wrong;
}

/* Chunks as we write them, read back: sizes and bytes. */
static unsigned
chunks_differ(void)
{
	char text[TEXT_MAX], *at = text, memory[TEXT_MAX];
	char back[TEXT_MAX];
	unsigned n = below(8), sizes = 0;
	struct fixbuf out, got;
	struct str part, data;
	struct chunked c;
	enum chunked_event e;
	size_t used, done = 0;

	fixbuf_init(&out, memory, sizeof(memory));
	fixbuf_init(&got, back, sizeof(back));
	for (unsigned i = 0; i < n; i++) {
		part = some(&at, vchars, vchars_len, 1, 300);
		compose_chunk_size(&out, part.len);
		fixbuf_add(&out, part);
		compose_end(&out);
	}
	compose_chunk_size(&out, 0);
	compose_end(&out);
	chunked_init(&c, false);
	do {
		e = chunked_next(&c, str_skip(fixbuf_str(&out), done), &used,
		    &data);
		done += used;
		sizes += e == CHUNKED_SIZE;
		if (e == CHUNKED_DATA)
			fixbuf_add(&got, data);
	} while (e == CHUNKED_SIZE || e == CHUNKED_DATA);
	return e != CHUNKED_END || done != out.len || sizes != n ||
	    !str_eq(fixbuf_str(&got), str_make(text, (size_t)(at - text)));
}

int
main(void)
{
	unsigned i, requests = 0, answers = 0, chunks = 0;

	make_sets();
	for (i = 0; i < MESSAGES; i++) {
		requests += request_differs();
		answers += answer_differs();
		chunks += chunks_differ();
	}
	tap_input(NULL, 0);
	is_int(requests, 0, "%d requests read back", MESSAGES);
	is_int(answers, 0, "%d answers read back", MESSAGES);
	is_int(chunks, 0, "%d chunked bodies read back", MESSAGES);
	return tap_done();
}
