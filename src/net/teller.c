/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "net/teller.h"

#include <stdarg.h>

#include <openssl/err.h>

#include "base/strbuf.h"

#define WORDS_MAX 1024

static void say(const struct teller *t, bool error, const char *fmt,
    va_list args) PRINTF_LIKE(3, 0);

static void
say(const struct teller *t, bool error, const char *fmt, va_list args)
{
	struct strbuf words;
	struct tls_finding f = { .error = error,
		.setting = t->setting,
		.index = t->index,
		.file = t->file };

	strbuf_init(&words, WORDS_MAX);
	strbuf_addv(&words, fmt, args);
	f.words = strbuf_text(&words);
	t->report->say(t->report->arg, &f);
	strbuf_release(&words);
}

void
teller_error(struct teller *t, const char *fmt, ...)
{
	va_list args;

	t->errors++;
	va_start(args, fmt);
	say(t, true, fmt, args);
	va_end(args);
}

void
teller_warn(struct teller *t, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(t, false, fmt, args);
	va_end(args);
}

const char *
teller_reason(void)
{
	const char *words = ERR_reason_error_string(ERR_peek_error());

	ERR_clear_error();
	return words != NULL ? words : "OpenSSL does not say why";
}
