/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What floor http takes for one head, one composed head, one chunk. */
#include <string.h>

#include "base/arena.h"
#include "http/chunked.h"
#include "http/compose.h"
#include "http/framing.h"
#include "http/head.h"
#include "http/host.h"
#include "http/target.h"

#include "bench/micro.h"

#define FIELDS_MAX 128

/* A browser's, 12 fields. */
static const char request_text[] =
    "GET /articles/2026/11/parsing.html?ref=front&page=2 HTTP/1.1\r\n"
    "Host: www.example.org\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) "
    "Gecko/20100101 Firefox/128.0\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,"
    "*/*;q=0.8\r\n"
    "Accept-Language: de,en-US;q=0.7,en;q=0.3\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Referer: https://www.example.org/articles/\r\n"
    "Connection: keep-alive\r\n"
    "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; seen=1\r\n"
    "Upgrade-Insecure-Requests: 1\r\n"
    "Sec-Fetch-Dest: document\r\n"
    "Sec-Fetch-Mode: navigate\r\n"
    "Priority: u=0, i\r\n"
    "\r\n";

static const char answer_text[] =
    "HTTP/1.1 200 OK\r\n"
    "Date: Sun, 22 Nov 2026 23:33:30 GMT\r\n"
    "Server: Apache\r\n"
    "Last-Modified: Sat, 21 Nov 2026 10:00:00 GMT\r\n"
    "ETag: \"5f1e-5a3b2c1d0e9f8\"\r\n"
    "Content-Type: text/html; charset=utf-8\r\n"
    "Content-Length: 1024\r\n"
    "Cache-Control: max-age=300\r\n"
    "\r\n";

static const char chunk_text[] = "1f4;a=b\r\n";

static const struct head_limits limits = { 8192, 8192, 65536, FIELDS_MAX,
	false };

static struct field field[FIELDS_MAX];
static struct request req = { .field = field, .field_room = FIELDS_MAX };
static struct response resp = { .field = field, .field_room = FIELDS_MAX };

static unsigned long
bench_request(void)
{
	struct head h;
	enum outcome why;
	size_t used;

	head_init(&h);
	return (unsigned long)head_parse_request(&h, STR(request_text), &limits,
		   &req, &why, &used) +
	    used;
}

static unsigned long
bench_answer(void)
{
	static char in[sizeof(answer_text)];
	struct head h;
	enum outcome why;
	size_t used;

	memcpy(in, answer_text, sizeof(in));
	head_init(&h);
	return (unsigned long)head_parse_response(&h, in, sizeof(in) - 1,
		   &limits, &resp, &why, &used) +
	    used;
}

/* What is judged when a request is parsed. */
static unsigned long
bench_judge(void)
{
	char block[1024];
	struct arena arena;
	struct target target;
	struct framing framing;
	struct str host;

	arena_init_fixed(&arena, block, sizeof(block));
	return (unsigned long)target_parse(req.target, req.method, false,
		   &arena, &target) +
	    (unsigned long)host_of_request(&req, false, &host) +
	    (unsigned long)framing_of_request(&req, &framing) +
	    target.forward.len;
}

static unsigned long
bench_compose(void)
{
	char memory[2048];
	struct fixbuf out;

	fixbuf_init(&out, memory, sizeof(memory));
	compose_request_line(&out, req.method_text, req.target);
	compose_fields(&out, req.field, req.field_count);
	compose_end(&out);
	return (unsigned long)out.len;
}

/* A chunk of 500 bytes: size line, data, line end. */
static unsigned long
bench_chunk(void)
{
	static struct chunked c;
	static char in[sizeof(chunk_text) + 500 + 2];
	struct str data, rest = str_make(in, sizeof(in) - 1);
	size_t used;

	if (in[0] == '\0') {
		chunked_init(&c, false);
		memcpy(in, chunk_text, sizeof(chunk_text));
		memcpy(in + sizeof(in) - 3, "\r\n", 3);
	}
	c.total = c.extension = 0;
	while (chunked_next(&c, rest, &used, &data) != CHUNKED_MORE)
		rest = str_skip(rest, used);
	return (unsigned long)data.len;
}

static const struct micro list[] = {
	{ "parse a request head", bench_request },
	{ "target, Host, framing", bench_judge },
	{ "compose a request head", bench_compose },
	{ "parse an answer's head", bench_answer },
	{ "one chunk", bench_chunk },
};

int
main(int argc, char **argv)
{
	(void)bench_request(); /* what the others read */
	return micro_main(argc, argv, list, sizeof(list) / sizeof(list[0]));
}
