/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/image.h"

#include <limits.h>
#include <unistd.h>

#include <sys/stat.h>

#include "base/mem.h"

static long long
changed_ns(const struct stat *st)
{
	return (long long)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

void
image_init(struct image *i)
{
	char path[PATH_MAX];
	struct stat st;
	const ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

	*i = (struct image){ .path = NULL };
	if (len <= 0)
		return;
	path[len] = '\0';
	if (stat(path, &st) != 0)
		return;
	i->path = mem_copy_text(path);
	i->device = st.st_dev;
	i->node = st.st_ino;
	i->changed_ns = changed_ns(&st);
}

void
image_release(struct image *i)
{
	mem_free(i->path);
	i->path = NULL;
}

const char *
image_replaced(const struct image *i)
{
	struct stat st;

	if (i->path == NULL || stat(i->path, &st) != 0 ||
	    !S_ISREG(st.st_mode) || access(i->path, X_OK) != 0)
		return NULL;
	if (st.st_dev == i->device && st.st_ino == i->node &&
	    changed_ns(&st) == i->changed_ns)
		return NULL;
	return i->path;
}
