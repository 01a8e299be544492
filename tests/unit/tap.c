/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tap.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct {
	int points, failures;
	struct tap_mem input;
} tap;

struct tap_mem
tap_str(const char *text)
{
	return (struct tap_mem){ text, text == NULL ? 0 : strlen(text) };
}

static void
tap_show(const char *label, struct tap_mem mem)
{
	const unsigned char *c = mem.bytes;

	printf("#  %8s: ", label);
	for (size_t i = 0; c != NULL && i < mem.len; i++)
		if (c[i] >= ' ' && c[i] < 0x7f && c[i] != '\\')
			putchar(c[i]);
		else
			printf("\\x%02x", c[i]);
	puts(c == NULL ? "(null)" : "");
}

void
tap_input(const void *bytes, size_t len)
{
	tap.input = (struct tap_mem){ bytes, len };
}

static bool __attribute__((format(printf, 3, 0)))
tap_vpoint(bool held, struct tap_at at, const char *name, va_list args)
{
	printf("%sok %d - ", held ? "" : "not ", ++tap.points);
	vprintf(name, args);
	putchar('\n');
	if (!held) {
		tap.failures++;
		printf("#  at %s:%d: %s\n", at.file, at.line, at.text);
		if (tap.input.bytes != NULL)
			tap_show("input", tap.input);
	}
	fflush(stdout); /* a test that dies has said how far it came */
	return held;
}

bool
tap_point(bool held, struct tap_at at, const char *name, ...)
{
	va_list args;

	va_start(args, name);
	tap_vpoint(held, at, name, args);
	va_end(args);
	return held;
}

bool
tap_is_int(intmax_t got, intmax_t want, struct tap_at at, const char *name, ...)
{
	va_list args;

	va_start(args, name);
	if (!tap_vpoint(got == want, at, name, args))
		printf("#  %8s: %" PRIdMAX "\n#  %8s: %" PRIdMAX "\n",
		    "expected", want, "got", got);
	va_end(args);
	return got == want;
}

bool
tap_is_mem(struct tap_mem got, struct tap_mem want, struct tap_at at,
    const char *name, ...)
{
	bool same = (got.bytes == NULL) == (want.bytes == NULL) &&
	    got.len == want.len &&
	    (got.len == 0 || memcmp(got.bytes, want.bytes, got.len) == 0);
	va_list args;

	va_start(args, name);
	if (!tap_vpoint(same, at, name, args)) {
		tap_show("expected", want);
		tap_show("got", got);
	}
	va_end(args);
	return same;
}

int
tap_done(void)
{
	printf("1..%d\n", tap.points);
	return tap.failures == 0 ? 0 : 1;
}
