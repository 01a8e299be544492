/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef UNIT_CONF_TEXT_H
#define UNIT_CONF_TEXT_H

/*
 * Configurations written into tests: text_read() reads one offline (no
 * file, no resolver), text_finding() is the first line of the nth finding
 * without "test.cfg ", or "" when there are fewer.
 */
#include <string.h>

#include "conf/conf.h"
#include "conf/reader.h"

#define LISTEN "ListenHTTP\nAddress 127.0.0.1\nPort 8080\n"
#define LISTEN_TLS "ListenHTTPS\nAddress 127.0.0.1\nPort 8443\nCert \"a\"\n"
#define BACKEND "BackEnd\nAddress 127.0.0.1\nPort 8081\n"

struct text_conf {
	struct conf *conf;
	struct conf_notes notes;
	char line[512];
};

static inline void
text_read(struct text_conf *t, const char *text)
{
	struct reader_input in = { .file = "test.cfg",
		.from_text = true,
		.text = { text, strlen(text) },
		.offline = true };

	t->notes = (struct conf_notes){ 0 };
	t->conf = reader_run(&in, &t->notes);
}

static inline void
text_release(struct text_conf *t)
{
	conf_free(t->conf);
	conf_notes_release(&t->notes);
}

static inline const char *
text_finding(struct text_conf *t, size_t n)
{
	const char *text = n < t->notes.count ? t->notes.note[n].text : "";
	size_t len = strcspn(text, "\n");

	if (strncmp(text, "test.cfg ", 9) == 0) {
		text += 9;
		len -= 9;
	}
	if (len >= sizeof(t->line))
		len = sizeof(t->line) - 1;
	memcpy(t->line, text, len);
	t->line[len] = '\0';
	return t->line;
}

#endif
