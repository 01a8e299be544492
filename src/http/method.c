/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/method.h"

#include "base/attrs.h"
#include "base/check.h"

#define METHOD_NEVER 99

struct row {
	struct str name;
	int xhttp;
	bool idempotent;
};

static const struct row row[METHOD_COUNT] = {
	[METHOD_UNKNOWN] = { { "", 0 }, METHOD_NEVER, false },
#define METHOD(name, xhttp, idempotent, safe) \
	[METHOD_##name] = { { #name, sizeof(#name) - 1 }, xhttp, idempotent },
#include "http/method.def"
#undef METHOD
};

/* The table begins with the methods that nearly all requests have. */
enum method
method_from(struct str name)
{
	unsigned m;

	for (m = METHOD_UNKNOWN + 1; m < METHOD_COUNT; m++)
		if (str_eq(row[m].name, name))
			return (enum method)m;
	return METHOD_UNKNOWN;
}

enum method
method_from_nocase(struct str name)
{
	unsigned m;

	for (m = METHOD_UNKNOWN + 1; m < METHOD_COUNT; m++)
		if (str_eq_nocase(row[m].name, name))
			return (enum method)m;
	return METHOD_UNKNOWN;
}

static const struct row *
method_row(enum method m)
{
	check((unsigned)m < METHOD_COUNT);
	return &row[m];
}

struct str
method_name(enum method m)
{
	return method_row(m)->name;
}

int
method_xhttp(enum method m)
{
	return method_row(m)->xhttp;
}

bool
method_idempotent(enum method m)
{
	return method_row(m)->idempotent;
}
