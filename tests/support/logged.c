/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/logged.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"

static struct {
	char text[4 * LOG_LINE_MAX];
	size_t len;
	unsigned held;
} logged;

const char *
logged_text(void)
{
	return logged.text;
}

bool
logged_has(const char *part)
{
	return strstr(logged.text, part) != NULL;
}

void
logged_clear(void)
{
	logged.len = 0;
	logged.text[0] = '\0';
}

void
logged_hold_back(unsigned lines)
{
	logged.held = lines;
}

void
log_str(enum log_priority prio, struct str line)
{
	const size_t room = sizeof(logged.text) - logged.len;

	if (line.len + sizeof("7 \n") > room)
		return;
	logged.len += (size_t)snprintf(logged.text + logged.len, room,
	    "%d %.*s\n", (int)prio, STR_ARG(line));
}

void
log_linev(enum log_priority prio, const char *fmt, va_list args)
{
	char text[1024];
	const int len = vsnprintf(text, sizeof(text), fmt, args);

	log_str(prio,
	    str_make(text,
		(size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1));
}

void
log_line(enum log_priority prio, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_linev(prio, fmt, args);
	va_end(args);
}

bool
log_limit_pass(struct log_limit *l, unsigned *suppressed)
{
	(void)l;
	*suppressed = logged.held;
	logged.held = 0;
	return true;
}
