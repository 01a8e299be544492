/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames in an order that makes no sense, or with bodies that do not. */
#include <string.h>

#include "control/listing.h"
#include "unit/tap.h"

static unsigned char memory[WIRE_HEAD + WIRE_BODY_MAX];

/* A frame of that kind, filled with zeros: every record can be so. */
static struct wire_frame
frame_of(enum wire_kind kind)
{
	struct wire_frame frame;
	struct wire w;

	wire_begin(&w, memory, sizeof(memory), kind);
	switch (kind) {
	case WIRE_WORKER:
		record_worker(&w, &(struct record_worker){ 0 });
		break;
	case WIRE_OUTCOME:
		record_outcome(&w, &(struct record_outcome){ 0 });
		break;
	case WIRE_LISTENER:
		record_listener(&w, &(struct record_listener){ 0 });
		break;
	case WIRE_SERVICE:
		record_service(&w, &(struct record_service){ 0 });
		break;
	case WIRE_BACKEND:
		record_backend(&w, &(struct record_backend){ 0 });
		break;
	case WIRE_SESSION:
		record_session(&w, &(struct record_session){ 0 });
		break;
	default:
		break;
	}
	if (wire_read(str_make((char *)memory, wire_end(&w)), &frame) !=
	    WIRE_OK)
		memset(&frame, 0, sizeof(frame));
	return frame;
}

static const enum wire_kind letters[256] = {
	['w'] = WIRE_WORKER,
	['o'] = WIRE_OUTCOME,
	['l'] = WIRE_LISTENER,
	['g'] = WIRE_GLOBALS,
	['s'] = WIRE_SERVICE,
	['b'] = WIRE_BACKEND,
	['k'] = WIRE_SESSION,
	['c'] = WIRE_COMMAND,
	['d'] = WIRE_DONE,
};

static const struct {
	const char *frames;
	bool good;
} orders[] = {
	{ "wooolsbbbkklssbgsbk", true },
	{ "wg", true },
	{ "lllg", true },
	{ "s", false },
	{ "wb", false },
	{ "wk", false },
	{ "lb", false },
	{ "lk", false },
	{ "gb", false },
	{ "gk", false },
	{ "gg", false },
	{ "gl", false },
	{ "lsblb", false }, /* a back-end between listener and service */
	{ "c", false },
	{ "d", false },
};

static void
test_orders(void)
{
	for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
		const char *p = orders[i].frames;
		struct listing l;
		int result = 0;

		listing_init(&l);
		for (; *p != '\0' && result == 0; p++) {
			struct wire_frame f = frame_of(
			    letters[(unsigned char)*p]);

			result = listing_take(&l, &f);
		}
		ok(orders[i].good == (result == 0) && *p == '\0', "%s",
		    orders[i].frames);
		listing_release(&l);
	}
}

static const enum wire_kind kinds[] = { WIRE_WORKER, WIRE_OUTCOME,
	WIRE_LISTENER, WIRE_GLOBALS, WIRE_SERVICE, WIRE_BACKEND, WIRE_SESSION };

/* Whatever a body is cut at, or has too much. */
static void
test_bodies(void)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		const size_t size = frame_of(kinds[i]).body.end;
		bool held = true;

		for (size_t len = 0; len <= size + 1; len++) {
			struct wire_frame f = frame_of(WIRE_LISTENER);
			struct listing l;

			listing_init(&l);
			held = held && listing_take(&l, &f) == 0;
			f = frame_of(WIRE_SERVICE);
			held = held && listing_take(&l, &f) == 0;
			f = frame_of(kinds[i]);
			f.body.end = len;
			held = held &&
			    (listing_take(&l, &f) == 0) == (len == size);
			listing_release(&l);
		}
		ok(held, "kind %d is taken with %zu bytes only", kinds[i],
		    size);
	}
}

static void
test_kind_of_backend(void)
{
	struct wire_frame f = frame_of(WIRE_GLOBALS);
	struct listing l;

	listing_init(&l);
	ok(listing_take(&l, &f) == 0, "globals");
	f = frame_of(WIRE_SERVICE);
	ok(listing_take(&l, &f) == 0, "a service");
	f = frame_of(WIRE_BACKEND);
	f.body.p[4] = RECORD_BACKEND_KINDS;
	ok(listing_take(&l, &f) != 0, "no such kind of back-end");
	listing_release(&l);
}

int
main(void)
{
	test_orders();
	test_bodies();
	test_kind_of_backend();
	return tap_done();
}
