/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "support/guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void
die(const char *what)
{
	perror(what);
	exit(99);
}

void
guard_copy(struct guard *guard, const void *from, size_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t room = (len + page - 1) / page * page;
	char *map;

	map = mmap(NULL, room + page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED)
		die("guard: mmap");
	if (mprotect(map + room, page, PROT_NONE) != 0)
		die("guard: mprotect");
	guard->bytes = map + room - len;
	guard->len = len;
	guard->map = map;
	guard->map_len = room + page;
	if (len > 0)
		memcpy(guard->bytes, from, len);
}

void
guard_release(struct guard *guard)
{
	if (munmap(guard->map, guard->map_len) != 0)
		die("guard: munmap");
}
