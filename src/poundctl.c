/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * poundctl: asks a running Pound, through its control socket, for its state
 * and tells it what to switch on and off.
 */
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: poundctl [-c SOCKET | -f FILE] [-X] [-H]\n"
    "                [-L n | -l n | -S n m | -s n m | -B n m r | -b n m r |\n"
    "                 -N n m k r | -n n m k | list | json | metrics | top |\n"
    "                 reload]\n";

int
main(int argc, char **argv)
{
	if (argc == 2 &&
	    (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0)) {
		fputs(usage, stdout);
		return 0;
	}
	if (argc < 2) {
		fputs(usage, stderr);
		return 2;
	}
	fputs("poundctl: the control socket is not built yet in this version\n",
	    stderr);
	return 1;
}
