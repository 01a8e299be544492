/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "conf/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#include "base/mem.h"

#define PIECE ((size_t)16384)

/* One read, waiting for a pipe that has nothing yet: -1 with errno. */
static ssize_t
read_piece(int fd, char *to, size_t room)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	for (;;) {
		ssize_t n = read(fd, to, room);
		int ready;

		if (n >= 0 || (errno != EAGAIN && errno != EINTR))
			return n;
		ready = poll(&wait, 1, FILE_WAIT_MS);
		if (ready == 0)
			errno = ETIMEDOUT;
		if (ready == 0 || (ready < 0 && errno != EINTR))
			return -1;
	}
}

static int
read_all(struct file *f, int fd, size_t max, const char **why)
{
	size_t cap = 0;

	for (;;) {
		ssize_t n;

		if (f->len + 1 >= cap) {
			cap = cap * 2 + PIECE;
			f->bytes = mem_resize(f->bytes, cap, 1);
		}
		n = read_piece(fd, f->bytes + f->len, cap - f->len);
		if (n < 0) {
			*why = strerror(errno);
			return -1;
		}
		if (n == 0)
			return 0;
		f->len += (size_t)n;
		if (f->len > max) {
			*why = "too large";
			return -1;
		}
	}
}

int
file_read(struct file *f, const char *path, size_t max, const char **why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int rc = -1;

	*f = (struct file){ 0 };
	if (fd < 0 || fstat(fd, &st) != 0) {
		*why = strerror(errno);
	} else {
		f->device = st.st_dev;
		f->node = st.st_ino;
		rc = read_all(f, fd, max, why);
	}
	if (fd >= 0)
		close(fd);
	if (rc != 0)
		file_release(f);
	return rc;
}

void
file_release(struct file *f)
{
	mem_free(f->bytes);
	*f = (struct file){ 0 };
}

const char *
file_beside(struct arena *a, struct str name, const char *from)
{
	const char *slash = strrchr(from, '/');
	size_t folder = slash != NULL ? (size_t)(slash - from) + 1 : 0;
	char *path;

	if (folder == 0 || str_starts(name, STR("/")))
		return arena_copy(a, name).p;
	path = arena_alloc(a, folder + name.len + 1);
	memcpy(path, from, folder);
	memcpy(path + folder, name.p, name.len);
	return path;
}

bool
file_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 || errno != ENOENT;
}

const char *
file_find(struct arena *a, struct str name, const char *from)
{
	const char *plain = arena_copy(a, name).p;
	const char *beside;

	if (file_exists(plain))
		return plain;
	beside = file_beside(a, name, from);
	return file_exists(beside) ? beside : plain;
}

bool
file_is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool
file_has_magic(const char *path)
{
	return path[strcspn(path, "*?[")] != '\0';
}

/* A path for glob(3): what stands before the pattern means itself. */
static const char *
escape_magic(struct arena *a, const char *path, size_t len)
{
	char *out = arena_alloc(a, strlen(path) + len + 1), *to = out;

	for (size_t i = 0; path[i] != '\0'; i++) {
		if (i < len && strchr("*?[\\", path[i]) != NULL)
			*to++ = '\\';
		*to++ = path[i];
	}
	return out;
}

const char *
file_glob(struct arena *a, struct str name, const char *from, glob_t *found)
{
	const char *plain = arena_copy(a, name).p;
	const char *beside = file_beside(a, name, from);
	size_t folder = strlen(beside) - name.len;

	*found = (glob_t){ 0 };
	if (glob(plain, 0, NULL, found) == 0 || folder == 0)
		return plain;
	globfree(found);
	*found = (glob_t){ 0 };
	beside = escape_magic(a, beside, folder);
	if (glob(beside, 0, NULL, found) == 0)
		return beside;
	globfree(found);
	*found = (glob_t){ 0 };
	return plain;
}
