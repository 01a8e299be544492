/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "control/wire.h"

static const unsigned char magic[4] = { 'P', 'N', 'D', 'C' };

/* Room for, or presence of, size bytes: they are the caller's then. */
static unsigned char *
take(struct wire *w, size_t size)
{
	unsigned char *here = w->p + w->at;

	if (w->bad || size > w->end - w->at) {
		w->bad = true;
		return NULL;
	}
	w->at += size;
	return here;
}

static uint64_t
get(const unsigned char *p, size_t size)
{
	uint64_t n = 0;

	for (size_t i = 0; i < size; i++)
		n = n << 8 | p[i];
	return n;
}

static void
put(unsigned char *p, size_t size, uint64_t n)
{
	for (size_t i = size; i-- > 0; n >>= 8)
		p[i] = (unsigned char)n;
}

/* The number in *value, or the one that was read: 0 when there was none. */
static uint64_t
number(struct wire *w, size_t size, uint64_t value)
{
	unsigned char *p = take(w, size);

	if (p == NULL)
		return w->reading ? 0 : value;
	if (w->reading)
		return get(p, size);
	put(p, size, value);
	return value;
}

void
wire_u8(struct wire *w, uint8_t *value)
{
	*value = (uint8_t)number(w, sizeof(*value), *value);
}

void
wire_u16(struct wire *w, uint16_t *value)
{
	*value = (uint16_t)number(w, sizeof(*value), *value);
}

void
wire_u32(struct wire *w, uint32_t *value)
{
	*value = (uint32_t)number(w, sizeof(*value), *value);
}

void
wire_u64(struct wire *w, uint64_t *value)
{
	*value = number(w, sizeof(*value), *value);
}

void
wire_i32(struct wire *w, int32_t *value)
{
	*value = (int32_t)(uint32_t)number(w, sizeof(*value), (uint32_t)*value);
}

void
wire_bool(struct wire *w, bool *value)
{
	const uint64_t n = number(w, 1, *value);

	if (n > 1)
		w->bad = true;
	*value = n == 1;
}

void
wire_str(struct wire *w, struct str *value)
{
	uint16_t len = (uint16_t)str_head(*value, WIRE_TEXT_MAX).len;
	unsigned char *p;

	wire_u16(w, &len);
	if (len > WIRE_TEXT_MAX)
		w->bad = true;
	p = take(w, len);
	if (w->reading)
		*value = p == NULL ? STR_NONE : str_make((char *)p, len);
	else if (p != NULL && len > 0)
		memcpy(p, value->p, len);
}

void
wire_begin(struct wire *w, void *memory, size_t size, enum wire_kind kind)
{
	uint16_t version = WIRE_VERSION, number16 = (uint16_t)kind;
	uint32_t length = 0;
	unsigned char *p;

	*w = (struct wire){ .p = memory, .end = size };
	if (size > WIRE_HEAD + WIRE_BODY_MAX)
		w->end = WIRE_HEAD + WIRE_BODY_MAX;
	p = take(w, sizeof(magic));
	if (p != NULL)
		memcpy(p, magic, sizeof(magic));
	wire_u16(w, &version);
	wire_u16(w, &number16);
	wire_u32(w, &length);
}

size_t
wire_end(struct wire *w)
{
	if (w->bad)
		return 0;
	put(w->p + 8, 4, w->at - WIRE_HEAD);
	return w->at;
}

enum wire_status
wire_read(struct str in, struct wire_frame *frame)
{
	unsigned char *p = (unsigned char *)(uintptr_t)in.p;
	uint64_t length;

	if (in.len > 0 &&
	    memcmp(p, magic, in.len < sizeof(magic) ? in.len : sizeof(magic)) !=
		0)
		return WIRE_ALIEN;
	if (in.len < WIRE_HEAD)
		return WIRE_MORE;
	frame->version = (uint16_t)get(p + 4, 2);
	if (frame->version != WIRE_VERSION)
		return WIRE_VERSIONS;
	length = get(p + 8, 4);
	if (length > WIRE_BODY_MAX || get(p + 6, 2) == 0 ||
	    get(p + 6, 2) >= WIRE_KINDS)
		return WIRE_BAD;
	if (in.len - WIRE_HEAD < length)
		return WIRE_MORE;
	frame->kind = (enum wire_kind)get(p + 6, 2);
	frame->size = WIRE_HEAD + length;
	frame->body = (struct wire){ .p = p + WIRE_HEAD,
		.end = length,
		.reading = true };
	return WIRE_OK;
}
