/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What comes over the control socket, from either end: frames and commands
 * are taken or refused, never believed; whole and bytewise are the same; and
 * what is taken for a command is written back as the same bytes, done, and
 * answered by frames that poundctl takes to the last one.
 */
#include <string.h>

#include "control/command.h"
#include "control/ctlanswer.h"
#include "control/ctlprint.h"
#include "fuzz/must.h"
#include "support/conf_from.h"
#include "support/logged.h"

#define ANSWER_MAX (CTLANSWER_ROOM + 65536)
#define SERVERS \
	"BackEnd\nAddress 127.0.0.1\nPort 7001\nEnd\n" \
	"Emergency\nAddress 127.0.0.1\nPort 7002\nEnd\n"
#define SESSIONS "Session\nType IP\nTTL 20\nEnd\n"

static const char conf_text[] =
    "ListenHTTP\nAddress 127.0.0.1\nPort 80\n"
    "Service \"a\"\n" SERVERS SESSIONS "End\n"
    "Service\nRedirect \"http://r.test\"\nEnd\nEnd\n"
    "Service \"g\"\n" SERVERS "End\n";

static void print(const struct listing *l);

/* Whatever it was, there is an answer, and it is a good one. */
static void
answer(struct live *live, const struct command *c)
{
	static unsigned char out[ANSWER_MAX];
	const struct ctlanswer_about about = { .pid = 1, .threads = 2 };
	struct ctlanswer a;
	struct listing l;
	bool over = false;
	size_t n;

	listing_init(&l);
	ctlanswer_begin(&a, live, &about, c);
	while ((n = ctlanswer_next(&a, out, sizeof(out))) > 0) {
		struct str in = str_make((const char *)out, n);

		while (in.len > 0) {
			struct wire_frame frame;

			must(!over);
			must(wire_read(in, &frame) == WIRE_OK);
			over = frame.kind == WIRE_DONE ||
			    frame.kind == WIRE_REFUSED;
			must(over || listing_take(&l, &frame) == 0);
			in = str_skip(in, frame.size);
		}
	}
	must(over);
	print(&l);
	listing_release(&l);
}

static void
do_command(const struct command *c)
{
	static struct conf *conf;
	struct command list = { .with_sessions = true };
	struct live *live;

	/* The server passes that on to the supervisor. */
	if (command_row(c) != NULL && command_reloads(command_row(c)))
		return;
	if (conf == NULL)
		conf = conf_from(conf_text);
	logged_clear();
	live = live_new(conf);
	answer(live, c);
	answer(live, &list);
	live_free(live);
}

static void
try_command(const struct wire_frame *frame, struct str in)
{
	unsigned char again[COMMAND_SIZE_MAX];
	struct wire body = frame->body, w;
	struct command c = { 0 };

	command_wire(&body, &c);
	if (!wire_complete(&body))
		return;
	must(c.key.len <= WIRE_TEXT_MAX);
	wire_begin(&w, again, sizeof(again), WIRE_COMMAND);
	command_wire(&w, &c);
	must(wire_end(&w) == frame->size);
	must(memcmp(again, in.p, frame->size) == 0);
	do_command(&c);
}

/* Printed in every form, whatever is in it. */
static void
print(const struct listing *l)
{
	const struct ctlprint_style style = { .verbose = true };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	must(out != NULL);
	ctlprint_text(out, l, &style);
	ctlprint_xml(out, l, &style);
	ctlprint_json(out, l);
	ctlprint_metrics(out, l);
	fclose(out);
	for (size_t i = 0; i < size; i++)
		must(text[i] == '\n' || (text[i] >= ' ' && text[i] <= '~'));
	free(text);
}

/* All that came, as poundctl takes it. */
static void
try_answer(struct str in)
{
	struct listing l;
	struct wire_frame frame;
	int result = 0;

	listing_init(&l);
	while (result == 0 && wire_read(in, &frame) == WIRE_OK) {
		must(frame.size >= WIRE_HEAD && frame.size <= in.len);
		result = listing_take(&l, &frame);
		in = str_skip(in, frame.size);
	}
	print(&l);
	listing_release(&l);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct str in = str_make((const char *)data, size);
	struct wire_frame whole, part;
	const enum wire_status status = wire_read(in, &whole);
	enum wire_status cut = WIRE_MORE;

	for (size_t len = 0; len <= size && cut == WIRE_MORE; len++)
		cut = wire_read(str_head(in, len), &part);
	must(cut == status);
	if (status == WIRE_OK) {
		must(part.size == whole.size && part.kind == whole.kind);
		if (whole.kind == WIRE_COMMAND)
			try_command(&whole, in);
	}
	try_answer(in);
	return 0;
}
