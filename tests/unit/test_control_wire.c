/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames, cut at every byte; fields, there and back. */
#include <stdint.h>
#include <string.h>

#include "control/wire.h"
#include "support/guard.h"
#include "unit/tap.h"

static unsigned char memory[WIRE_HEAD + WIRE_BODY_MAX + 64];

struct fields {
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;
	int32_t i32;
	bool yes, no;
	struct str text, empty;
};

static void
all(struct wire *w, struct fields *f)
{
	wire_u8(w, &f->u8);
	wire_u16(w, &f->u16);
	wire_u32(w, &f->u32);
	wire_u64(w, &f->u64);
	wire_i32(w, &f->i32);
	wire_bool(w, &f->yes);
	wire_bool(w, &f->no);
	wire_str(w, &f->text);
	wire_str(w, &f->empty);
}

static size_t
write_all(unsigned char *out, size_t room)
{
	struct fields f = { 0xa1, 0xb2c3, 0xd4e5f607, UINT64_MAX - 1, -2, true,
		false, STR("a\0b"), STR_NONE };
	struct wire w;

	wire_begin(&w, out, room, WIRE_SERVICE);
	all(&w, &f);
	return wire_end(&w);
}

static void
test_fields(void)
{
	const size_t size = write_all(memory, sizeof(memory));
	struct wire_frame frame = { 0 };
	struct fields f;

	is_mem(memory, size,
	    "PNDC\0\1\0\6\0\0\0\34"
	    "\xa1\xb2\xc3\xd4\xe5\xf6\x07"
	    "\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff\xfe\1\0"
	    "\0\3a\0b\0\0",
	    12 + 28, "the bytes of a frame");
	is_int(wire_read(str_make((char *)memory, size), &frame), WIRE_OK,
	    "it reads back");
	is_int(frame.size, size, "as long as it was");
	is_int(frame.kind, WIRE_SERVICE, "its kind");
	all(&frame.body, &f);
	ok(wire_complete(&frame.body), "all of it was read");
	is_int(f.u8, 0xa1, "u8");
	is_int(f.u16, 0xb2c3, "u16");
	is_int(f.u32, 0xd4e5f607, "u32");
	ok(f.u64 == UINT64_MAX - 1, "u64");
	is_int(f.i32, -2, "i32");
	ok(f.yes && !f.no, "bool");
	is_mem(f.text.p, f.text.len, "a\0b", 3, "text");
	is_int(f.empty.len, 0, "a text without a byte");
	wire_u8(&frame.body, &f.u8);
	ok(frame.body.bad, "nothing is left");
	is_int(f.u8, 0, "what is not there is 0");
}

/* Every beginning of a good stream wants more; so does none behind it. */
static void
test_cuts(void)
{
	const size_t size = write_all(memory, sizeof(memory));
	bool held = true;

	for (size_t len = 0; len < 2 * size; len++) {
		unsigned char twice[2 * sizeof(struct fields) + 128];
		struct wire_frame frame;
		struct guard g;
		enum wire_status status;

		memcpy(twice, memory, size);
		memcpy(twice + size, memory, size);
		guard_copy(&g, twice, len);
		status = wire_read(str_make(g.bytes, g.len), &frame);
		if (status != (len < size ? WIRE_MORE : WIRE_OK))
			held = false;
		guard_release(&g);
	}
	ok(held, "a frame is whole, or needs more bytes");
}

/* A body cut at every byte: the fields that are there are right, no other
 * byte is read, and it is not complete. */
static void
test_cut_bodies(void)
{
	const size_t size = write_all(memory, sizeof(memory));
	bool held = true;

	for (size_t len = 0; len < size - WIRE_HEAD; len++) {
		struct wire_frame frame;
		struct fields f;
		struct guard g;

		memory[11] = (unsigned char)len;
		guard_copy(&g, memory, WIRE_HEAD + len);
		if (wire_read(str_make(g.bytes, g.len), &frame) != WIRE_OK)
			held = false;
		all(&frame.body, &f);
		if (wire_complete(&frame.body) ||
		    (len >= 3 && f.u16 != 0xb2c3) || (len < 3 && f.u16 != 0))
			held = false;
		guard_release(&g);
	}
	ok(held, "a body that ends early is not complete");
}

static const struct {
	const char *what;
	const char *bytes;
	size_t len;
	enum wire_status status;
} heads[] = {
	{ "nothing", "", 0, WIRE_MORE },
	{ "half a magic", "PN", 2, WIRE_MORE },
	{ "another one", "PNDX", 4, WIRE_ALIEN },
	{ "its first byte", "G", 1, WIRE_ALIEN },
	{ "the classic command", "\0\0\0\0\0\0\0\0\0\0\0\0", 12, WIRE_ALIEN },
	{ "version 0", "PNDC\0\0\0\1\0\0\0\0", 12, WIRE_VERSIONS },
	{ "the next version", "PNDC\0\2\0\1\0\0\0\0", 12, WIRE_VERSIONS },
	{ "version 65535, no body yet", "PNDC\xff\xff\0\1\xff\xff\xff\xff", 12,
	    WIRE_VERSIONS },
	{ "no kind", "PNDC\0\1\0\0\0\0\0\0", 12, WIRE_BAD },
	{ "a kind too much", "PNDC\0\1\0\xc\0\0\0\0", 12, WIRE_BAD },
	{ "the last kind", "PNDC\0\1\0\xb\0\0\0\0", 12, WIRE_OK },
	{ "the longest body", "PNDC\0\1\0\1\0\0\x80\0", 12, WIRE_MORE },
	{ "a longer one", "PNDC\0\1\0\1\0\0\x80\1", 12, WIRE_BAD },
	{ "4 GiB", "PNDC\0\1\0\1\xff\xff\xff\xff", 12, WIRE_BAD },
};

static void
test_heads(void)
{
	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		struct wire_frame frame;
		struct guard g;

		guard_copy(&g, heads[i].bytes, heads[i].len);
		is_int(wire_read(str_make(g.bytes, g.len), &frame),
		    heads[i].status, "%s", heads[i].what);
		guard_release(&g);
	}
	is_int(WIRE_KINDS, 0xc, "the table knows how many kinds there are");
}

static void
test_room(void)
{
	const size_t size = write_all(memory, sizeof(memory));
	bool held = true;

	for (size_t room = 0; room < size; room++) {
		struct guard g;

		guard_copy(&g, memory, room);
		if (write_all((unsigned char *)g.bytes, room) != 0)
			held = false;
		guard_release(&g);
	}
	ok(held, "what does not fit is not written");
	is_int(write_all(memory, size), size, "what just fits is");
}

static void
test_texts(void)
{
	static char longest[WIRE_TEXT_MAX + 10];
	struct str s = str_make(longest, sizeof(longest));
	struct wire_frame frame;
	struct wire w;
	size_t size;

	memset(longest, 'x', sizeof(longest));
	wire_begin(&w, memory, sizeof(memory), WIRE_DONE);
	wire_str(&w, &s);
	size = wire_end(&w);
	is_int(size, WIRE_HEAD + 2 + WIRE_TEXT_MAX, "a long text is cut");
	is_int(wire_read(str_make((char *)memory, size), &frame), WIRE_OK,
	    "and can be read");
	wire_str(&frame.body, &s);
	is_int(s.len, WIRE_TEXT_MAX, "so long");
	memory[WIRE_HEAD] = 0x10;
	memory[WIRE_HEAD + 1] = 0x01;
	frame.body = (struct wire){ .p = memory + WIRE_HEAD,
		.end = sizeof(memory) - WIRE_HEAD,
		.reading = true };
	wire_str(&frame.body, &s);
	ok(frame.body.bad, "nobody may write a longer one");
	memory[WIRE_HEAD] = 2;
	frame.body = (struct wire){ .p = memory + WIRE_HEAD,
		.end = 1,
		.reading = true };
	wire_bool(&frame.body, &(bool){ false });
	ok(frame.body.bad, "a bool is 0 or 1");
}

int
main(void)
{
	test_fields();
	test_cuts();
	test_cut_bodies();
	test_heads();
	test_room();
	test_texts();
	return tap_done();
}
