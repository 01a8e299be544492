/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * poundctl: asks a running Pound, through its control socket, for its state
 * and tells it what to switch on and off. The socket is not built yet.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: poundctl -c SOCKET | -f FILE [-HX]\n"
    "                [list | json | metrics | top | reload]\n"
    "       poundctl -c SOCKET -L | -l LISTENER\n"
    "       poundctl -c SOCKET -S | -s LISTENER SERVICE\n"
    "       poundctl -c SOCKET -B | -b LISTENER SERVICE BACKEND\n"
    "       poundctl -c SOCKET -N LISTENER SERVICE KEY BACKEND\n"
    "       poundctl -c SOCKET -n LISTENER SERVICE KEY\n";

static bool
names_a_pound(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], "-c", 2) == 0 ||
		    strncmp(argv[i], "-f", 2) == 0)
			return argv[i][2] != '\0' || i + 1 < argc;
	return false;
}

int
main(int argc, char **argv)
{
	if (!names_a_pound(argc, argv)) {
		fputs(usage, stderr);
		return 2;
	}
	fputs("poundctl: the control socket is not built yet in this version\n",
	    stderr);
	return 1;
}
