/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * poundctl: asks a running Pound, through its control socket, for its state
 * and tells it what to switch on and off.
 */
#include <stdio.h>

#include "base/strbuf.h"
#include "conf/control_path.h"
#include "control/ctlclient.h"
#include "control/ctloptions.h"
#include "control/ctlprint.h"
#include "control/top.h"

#define WORDS_MAX (1 << 20) /* all that may be wrong with the files */

static void
complain(const struct strbuf *words)
{
	fprintf(stderr, "poundctl: %s\n", strbuf_text(words));
}

static void
print(const struct ctloptions *o, const struct listing *l)
{
	const struct ctlprint_style style = { o->names, o->verbose };

	switch (o->form) {
	case CTLOPTIONS_XML:
		ctlprint_xml(stdout, l, &style);
		break;
	case CTLOPTIONS_JSON:
		ctlprint_json(stdout, l);
		break;
	case CTLOPTIONS_METRICS:
		ctlprint_metrics(stdout, l);
		break;
	default:
		ctlprint_text(stdout, l, &style);
	}
}

static int
ask(const struct ctloptions *o, const char *path, struct strbuf *words)
{
	const bool lists = command_lists(command_row(&o->command));
	struct listing listing;
	int status = 1;

	listing_init(&listing);
	if (ctlclient_ask(path, &o->command, &listing, words, NULL) == 0) {
		if (lists)
			print(o, &listing);
		if (fflush(stdout) == 0 && !ferror(stdout))
			status = 0;
		else
			strbuf_addf(words, "standard output: %m");
	}
	listing_release(&listing);
	return status;
}

/* Where Pound is: as told, or as its configuration says. */
static int
find_socket(const struct ctloptions *o, struct strbuf *path)
{
	const char *file = o->file != NULL ? o->file : POUND_CONFIG_FILE;

	if (o->socket != NULL) {
		strbuf_addf(path, "%s", o->socket);
		return 0;
	}
	if (control_path_find(file, path) == 0)
		return 0;
	if (o->file == NULL)
		strbuf_addf(path,
		    ": say where Pound is by -c SOCKET or "
		    "-f FILE");
	return -1;
}

int
main(int argc, char **argv)
{
	struct ctloptions o;
	char why[CTLOPTIONS_WHY_MAX];
	struct strbuf path, words;
	int status = 1;

	if (ctloptions_parse(&o, argc, argv, why) != 0) {
		fprintf(stderr, "poundctl: %s\n", why);
		ctloptions_usage(stderr);
		return 2;
	}
	if (o.form == CTLOPTIONS_TOP && !top_possible())
		ctloptions_list(&o);
	strbuf_init(&path, WORDS_MAX);
	strbuf_init(&words, WORDS_MAX);
	if (find_socket(&o, &path) != 0)
		strbuf_add(&words, strbuf_str(&path));
	else if (o.form == CTLOPTIONS_TOP)
		status = top_run(strbuf_text(&path), &o.command, &words);
	else
		status = ask(&o, strbuf_text(&path), &words);
	if (status != 0)
		complain(&words);
	strbuf_release(&path);
	strbuf_release(&words);
	return status;
}
