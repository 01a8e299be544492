/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/listed.h"

#include <stdio.h>
#include <stdlib.h>

#include "control/ctlprint.h"
#include "control/record.h"

#define ROOM 65536

static const struct ctlanswer_about about = { .pid = 100,
	.worker_pid = 101,
	.restarts = 2,
	.threads = 3 };

/* All frames of a piece. Whether it was the last one. */
static bool
take_piece(struct str in, struct listing *listing, struct listed *answer)
{
	struct wire_frame frame;

	while (!str_empty(in)) {
		struct record_result result = { STR_NONE };

		if (wire_read(in, &frame) != WIRE_OK)
			abort();
		in = str_skip(in, frame.size);
		if (frame.kind == WIRE_DONE || frame.kind == WIRE_REFUSED) {
			record_result(&frame.body, &result);
			answer->done = frame.kind == WIRE_DONE;
			snprintf(answer->words, sizeof(answer->words), "%.*s",
			    STR_ARG(result.text));
			return str_empty(in);
		}
		if (listing == NULL || listing_take(listing, &frame) != 0)
			abort();
	}
	return false;
}

struct listed
listed_answer(struct live *live, const struct command *c,
    struct listing *listing, size_t room)
{
	unsigned char *out = malloc(room);
	struct listed answer = { false, "" };
	struct ctlanswer a;
	bool over = false;
	size_t size;

	ctlanswer_begin(&a, live, &about, c);
	while ((size = ctlanswer_next(&a, out, room)) > 0)
		over = take_piece(str_make((char *)out, size), listing,
		    &answer);
	if (!over)
		abort();
	free(out);
	return answer;
}

struct command
listed_command(char letter, int listener, int service, int backend)
{
	const struct command_row *row = letter == 0
	    ? command_by_word(STR("list"))
	    : command_by_letter(letter);

	return (struct command){ .number = command_number(row),
		.listener = listener,
		.service = service,
		.backend = backend,
		.with_sessions = true };
}

void
listed_take(struct live *live, struct listing *listing)
{
	const struct command list = listed_command(0, 0, 0, 0);

	listing_init(listing);
	if (!listed_answer(live, &list, listing, ROOM).done)
		abort();
}

char *
listed_print(const struct listing *listing, enum listed_form form, bool verbose)
{
	const struct ctlprint_style style = { .verbose = verbose };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		abort();
	switch (form) {
	case LISTED_TEXT:
		ctlprint_text(out, listing, &style);
		break;
	case LISTED_XML:
		ctlprint_xml(out, listing, &style);
		break;
	case LISTED_JSON:
		ctlprint_json(out, listing);
		break;
	case LISTED_METRICS:
		ctlprint_metrics(out, listing);
		break;
	}
	fclose(out);
	return text;
}
