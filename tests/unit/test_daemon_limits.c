/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/limits.h"

#include "base/attrs.h"
#include "tap.h"

/* min(MaxConnections, max(8, (limit - min(64, limit / 4) - listeners) / 2)) */
static const struct {
	unsigned long descriptors;
	size_t listeners;
	unsigned max;
	unsigned long clients;
} cases[] = {
	{ 20000, 3, 0, 9966 },
	{ 20000, 3, 5000, 5000 },
	{ 20000, 3, 9967, 9966 },
	{ 1024, 1, 0, 479 },
	{ 1024, 1, 20000, 479 },
	{ 256, 2, 0, 95 },
	{ 100, 1, 0, 37 },
	{ 64, 2, 0, 23 },
	{ 20, 1, 0, 8 },
	{ 20, 1, 3, 3 },
	{ 20, 500, 0, 8 }, /* more listeners than descriptors */
	{ 0, 1, 0, 8 },
	{ 1073741816, 1, 0, 536870875 },
};

int
main(void)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		is_int(limits_clients(cases[i].descriptors, cases[i].listeners,
			   cases[i].max),
		    cases[i].clients,
		    "%lu descriptors, %zu listeners, at most %u",
		    cases[i].descriptors, cases[i].listeners, cases[i].max);
	return tap_done();
}
