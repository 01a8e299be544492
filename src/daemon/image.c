/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/image.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#include "base/mem.h"

#define SELF "/proc/self/exe"

static long long
changed_ns(const struct stat *st)
{
	return (long long)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

/* The link of a program whose file was replaced or removed ends so. */
static void
cut_deleted(char *path, size_t len)
{
	static const char tail[] = " (deleted)";
	const size_t tail_len = sizeof(tail) - 1;

	if (len > tail_len && strcmp(path + len - tail_len, tail) == 0)
		path[len - tail_len] = '\0';
}

/* What we run is what is behind the link, whatever stands there by name. */
void
image_init(struct image *i)
{
	char path[PATH_MAX];
	struct stat st, named;
	const ssize_t len = readlink(SELF, path, sizeof(path) - 1);

	*i = (struct image){ .path = NULL };
	if (len <= 0 || stat(SELF, &st) != 0)
		return;
	path[len] = '\0';
	if (stat(path, &named) != 0)
		cut_deleted(path, (size_t)len);
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
