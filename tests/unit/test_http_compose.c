/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is written, and that it fits or is not written at all. */
#include <string.h>

#include "http/compose.h"
#include "support/guard.h"
#include "tap.h"

static void
write_all(struct fixbuf *out)
{
	const struct field field[] = {
		{ .name = STR("hOST"), .value = STR("h.test") },
		{ .name = STR("Gone"), .value = STR("x"), .skip = true },
		{ .name = STR("Empty"), .value = STR_NONE },
		{ .name = STR("A"), .value = STR("\xe9 b") },
	};

	compose_request_line(out, STR("GET"), STR("/a?b"));
	compose_fields(out, field, 4);
	compose_field(out, STR("X-Forwarded-For"), STR("192.0.2.9"));
	compose_end(out);
	compose_status_line(out, 200, STR("OK"));
	compose_status_line(out, 599, STR_NONE);
	compose_status_line(out, 101, STR("Switching Protocols"));
	compose_end(out);
	compose_chunk_size(out, 0x1F0A);
	compose_chunk_size(out, 0);
	compose_chunk_size(out, UINT64_MAX);
	compose_html(out, STR("<a href=\"x\">&'</a>"));
	compose_html(out, STR_NONE);
	compose_html(out, STR("plain"));
}

static const char want[] = "GET /a?b HTTP/1.1\r\n"
			   "hOST: h.test\r\n"
			   "Empty: \r\n"
			   "A: \xe9 b\r\n"
			   "X-Forwarded-For: 192.0.2.9\r\n"
			   "\r\n"
			   "HTTP/1.1 200 OK\r\n"
			   "HTTP/1.1 599 \r\n"
			   "HTTP/1.1 101 Switching Protocols\r\n"
			   "\r\n"
			   "1f0a\r\n"
			   "0\r\n"
			   "ffffffffffffffff\r\n"
			   "&lt;a href=&quot;x&quot;&gt;&amp;'&lt;/a&gt;"
			   "plain";

/* What fits is a part of the whole, and overflow says that it is one. */
static void
test_room(void)
{
	const size_t len = sizeof(want) - 1;
	struct fixbuf out;
	struct guard g;
	size_t room, wrong = 0;

	for (room = 0; room <= len; room++) {
		guard_copy(&g, want, room);
		memset(g.bytes, 0, room);
		fixbuf_init(&out, g.bytes, room);
		write_all(&out);
		wrong += out.overflow != (room < len);
		wrong += out.len > room || memcmp(out.p, want, out.len) != 0;
		guard_release(&g);
	}
	is_int(wrong, 0, "any room");
}

/* Each writes its line if there is exactly room for it, else nothing. */
static void
test_exact(void)
{
	char memory[32];
	struct fixbuf out;
	size_t room;

	for (room = 0; room < sizeof(memory); room++) {
		fixbuf_init(&out, memory, room);
		compose_request_line(&out, STR("GET"), STR("/"));
		is_int(out.len, room < 16 ? 0 : 16, "request line in %zu",
		    room);
		fixbuf_init(&out, memory, room);
		compose_status_line(&out, 999, STR("OK"));
		is_int(out.len, room < 17 ? 0 : 17, "status line in %zu", room);
		fixbuf_init(&out, memory, room);
		compose_field(&out, STR("A"), STR("b"));
		compose_field(&out, STR_NONE, STR_NONE);
		is_int(out.len,
		    room < 6	    ? 0
			: room < 10 ? 6
				    : 10,
		    "fields in %zu", room);
		is_int(out.overflow, room < 10, "overflow in %zu", room);
	}
}

int
main(void)
{
	char memory[1024];
	struct fixbuf out;

	fixbuf_init(&out, memory, sizeof(memory));
	write_all(&out);
	is_mem(out.p, out.len, want, sizeof(want) - 1, "all of it");
	ok(!out.overflow, "there was room");
	test_room();
	test_exact();
	return tap_done();
}
