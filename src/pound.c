/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * pound: a reverse proxy and load balancer for HTTP and HTTPS. All of it
 * is in the folders beside this file; daemon/ is where to begin.
 */
#include <stdio.h>

#include "daemon/options.h"
#include "daemon/start.h"

int
main(int argc, char **argv)
{
	struct options options;
	char why[OPTIONS_WHY_MAX];

	switch (options_parse(&options, argc, argv, why)) {
	case OPTIONS_START:
		return start_run(&options);
	case OPTIONS_CHECK:
		return start_check(&options);
	case OPTIONS_VERSION:
		options_print_version(stdout);
		return 0;
	case OPTIONS_BAD:
		break;
	}
	fprintf(stderr, "%s\n", why);
	return 1;
}
