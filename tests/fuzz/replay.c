/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * A main() for every fuzz target, for any compiler: runs the target once for
 * each file named, and for each file in each folder named, and prints a test
 * point for it. The bytes end where the memory ends. What a target finds
 * wrong ends the program; the name of the file stands in the line before.
 */
#include "support/guard.h"

#include <errno.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REPLAY_MAX ((size_t)16 << 20) /* bytes of one file */

static int replay_points;

static void
replay_bytes(const char *path, const char *bytes, size_t len)
{
	struct guard guard;

	printf("# %s, %zu bytes\n", path, len);
	fflush(stdout);
	guard_copy(&guard, bytes, len);
	LLVMFuzzerTestOneInput((const uint8_t *)guard.bytes, guard.len);
	guard_release(&guard);
	printf("ok %d - %s\n", ++replay_points, path);
}

static int
replay_file(const char *path, const struct stat *st, int type,
    struct FTW *where)
{
	static char bytes[REPLAY_MAX];
	FILE *file;
	size_t len;

	(void)st;
	(void)where;
	if (type != FTW_F)
		return 0;
	file = fopen(path, "rb");
	if (file == NULL) {
		printf("Bail out! %s: %s\n", path, strerror(errno));
		return -1;
	}
	len = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	replay_bytes(path, bytes, len);
	return 0;
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (nftw(argv[i], replay_file, 8, FTW_PHYS) != 0)
			return 1;
	printf("1..%d\n", replay_points);
	return 0;
}
