/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * A main() for every fuzz target, for any compiler: runs the target once for
 * each file named, and for each file in each folder named, and prints a test
 * point for it. The bytes end where the memory ends. What a target finds
 * wrong ends the program; the name of the file stands in the line before.
 */
#include "fuzz/mutate.h"
#include "support/guard.h"

#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REPLAY_MAX ((size_t)16 << 20) /* bytes of one file */

static int replay_points;
static unsigned replay_mutations;
static volatile size_t replay_len;
static char replay_mutated[MUTATE_MAX];

/* The mutation that fails stands in no file yet: keep it. */
static void
replay_aborts(int number)
{
	ssize_t n = -1;
	FILE *file;

	(void)number;
	if (replay_len == 0)
		return;
	file = fopen("mutated.bytes", "wb");
	if (file != NULL) {
		n = (ssize_t)fwrite(replay_mutated, 1, replay_len, file);
		fclose(file);
	}
	dprintf(STDOUT_FILENO, "# by mutation: %zd bytes in mutated.bytes\n",
	    n);
}

static void
replay_once(const char *bytes, size_t len)
{
	struct guard guard;

	guard_copy(&guard, bytes, len);
	LLVMFuzzerTestOneInput((const uint8_t *)guard.bytes, guard.len);
	guard_release(&guard);
}

static void
replay_mutate(const char *bytes, size_t len)
{
	uint64_t seed = mutate_seed(str_make(bytes, len));

	if (&fuzz_mutations == NULL || len > MUTATE_MAX / 2)
		return;
	for (unsigned i = 0; i < fuzz_mutations; i++) {
		memcpy(replay_mutated, bytes, len);
		replay_len = mutate(replay_mutated, len, &seed);
		replay_once(replay_mutated, replay_len);
		replay_mutations++;
	}
	replay_len = 0;
}

static void
replay_bytes(const char *path, const char *bytes, size_t len)
{
	printf("# %s, %zu bytes\n", path, len);
	fflush(stdout);
	replay_once(bytes, len);
	replay_mutate(bytes, len);
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
	signal(SIGABRT, replay_aborts);
	for (int i = 1; i < argc; i++)
		if (nftw(argv[i], replay_file, 8, FTW_PHYS) != 0)
			return 1;
	if (replay_mutations > 0)
		printf("# %u mutations\n", replay_mutations);
	printf("1..%d\n", replay_points);
	return 0;
}
