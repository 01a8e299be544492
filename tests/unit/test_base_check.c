/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>

#include "base/check.h"
#include "base/log.h"
#include "support/dies.h"
#include "unit/tap.h"

static void
check_false(void)
{
	volatile int two = 2;

	check(two == 3);
}

static void
check_false_plain(void)
{
	log_open(LOG_SINK_PLAIN, 0, false);
	check_false();
}

static void
check_false_prefix(void)
{
	log_open(LOG_SINK_PREFIX, 0, false);
	check_false();
}

static int calls;

static int
count_call(void)
{
	return ++calls;
}

int
main(void)
{
	check(count_call() == 1);
	is_int(calls, 1, "the expression is evaluated once");
	ok(dies(check_false, "test_base_check.c:"), "it names the file");
	ok(dies(check_false, ": check failed: two == 3\n"),
	    "it names the expression");
	ok(dies(check_false_plain, "two == 3"), "sink -: on standard error");
	ok(dies(check_false_prefix, "<3>"), "sink +: with its prefix");
	return tap_done();
}
