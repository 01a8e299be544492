/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What poundctl and Pound write to each other: frames of a head and a body,
 * numbers with the highest byte first.
 *
 *	"PNDC" version:2 kind:2 length:4 body:length
 *
 * The head stays what it is in every version; of another version nothing
 * but the head is read. A body is fields without names, one after another,
 * as record.c and command.c say. Pure: no sockets here.
 */
#ifndef CONTROL_WIRE_H
#define CONTROL_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attrs.h"
#include "base/str.h"

#define WIRE_VERSION 1
#define WIRE_HEAD 12
#define WIRE_BODY_MAX 32768 /* longer is refused */
#define WIRE_TEXT_MAX 4096  /* of one text; longer ones are cut */

enum wire_kind {
	WIRE_COMMAND = 1, /* struct command: the one frame of poundctl */
	/* what Pound answers */
	WIRE_WORKER,   /* struct record_worker */
	WIRE_OUTCOME,  /* struct record_outcome */
	WIRE_LISTENER, /* struct record_listener; its services follow */
	WIRE_GLOBALS,  /* nothing; the global services follow */
	WIRE_SERVICE,  /* struct record_service; then what is in it */
	WIRE_BACKEND,  /* struct record_backend */
	WIRE_SESSION,  /* struct record_session */
	WIRE_DONE,     /* the last one: struct record_result */
	WIRE_REFUSED,  /* the same: it was not done */
	WIRE_WORDS,    /* the same words begin before the last one */
	WIRE_KINDS,
};

/*
 * A place in a body. The functions below write *value there, or read it
 * from there, so that a list of fields stands once. What does not fit, is
 * not there or cannot be sets bad; then nothing more is done.
 */
struct wire {
	unsigned char *p;
	size_t at, end;
	bool reading;
	bool bad;
};

void wire_u8(struct wire *w, uint8_t *value);
void wire_u16(struct wire *w, uint16_t *value);
void wire_u32(struct wire *w, uint32_t *value);
void wire_u64(struct wire *w, uint64_t *value);
void wire_i32(struct wire *w, int32_t *value);
void wire_bool(struct wire *w, bool *value);
/* At most WIRE_TEXT_MAX bytes. What was read lies in the body. */
void wire_str(struct wire *w, struct str *value);

/* Writes frames one after another into memory of the caller. */
void wire_begin(struct wire *w, void *memory, size_t size, enum wire_kind kind);
/* Bytes of the whole frame, 0 when it did not fit. */
size_t wire_end(struct wire *w);

enum wire_status {
	WIRE_OK,
	WIRE_MORE,     /* more bytes are needed */
	WIRE_ALIEN,    /* this is not our language */
	WIRE_VERSIONS, /* it is, of another version: frame->version */
	WIRE_BAD,      /* a frame that cannot be */
};

struct wire_frame {
	uint16_t version;
	enum wire_kind kind;
	struct wire body; /* for reading */
	size_t size;	  /* of the whole frame */
};

/* The frame at the beginning of in, whose bytes must stay. */
MUST_USE enum wire_status wire_read(struct str in, struct wire_frame *frame);

/* Everything of a body that was read has been there, and no more. */
static inline bool
wire_complete(const struct wire *w)
{
	return !w->bad && w->at == w->end;
}

#endif
