/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether another program stands in the place of the one that runs. The
 * cases run in copies of this test, whose files they replace. */
#include "daemon/image.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>
#include <sys/wait.h>

#include "tap.h"

/* What a copy of us ends with. */
enum verdict { SAME, REPLACED, ELSEWHERE, BROKEN };

static char folder[] = "image.XXXXXX";
static char path[PATH_MAX];

/* Of the program that runs, to where there is nothing. */
static void
copy(const char *to)
{
	char bytes[65536];
	const int in = open("/proc/self/exe", O_RDONLY);
	const int out = open(to, O_WRONLY | O_CREAT | O_EXCL, 0755);
	ssize_t n;

	while ((n = read(in, bytes, sizeof(bytes))) > 0)
		if (write(out, bytes, (size_t)n) != n)
			_exit(BROKEN);
	close(in);
	if (close(out) != 0)
		_exit(BROKEN);
}

/* --- In the copy: what it does to its own file -------------------------- */

static void
nothing(void)
{
}

static void
replace(void)
{
	char other[PATH_MAX + 8];

	snprintf(other, sizeof(other), "%s.new", path);
	copy(other);
	if (rename(other, path) != 0)
		_exit(BROKEN);
}

static void delete (void)
{
	if (unlink(path) != 0)
		_exit(BROKEN);
}

static void
replace_by_data(void)
{
	replace();
	if (chmod(path, 0644) != 0)
		_exit(BROKEN);
}

static void
write_over(void)
{
	const struct timespec times[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };

	if (utimensat(AT_FDCWD, path, times, 0) != 0)
		_exit(BROKEN);
}

static const struct row {
	const char *name;
	void (*before)(void); /* image_init() */
	void (*after)(void);
	enum verdict verdict;
} rows[] = {
	{ "it is as it was", nothing, nothing, SAME },
	{ "another one", nothing, replace, REPLACED },
	{ "another one from the start", replace, nothing, REPLACED },
	{ "another one again", replace, replace, REPLACED },
	{ "changed in place", nothing, write_over, REPLACED },
	{ "deleted", nothing, delete, SAME },
	{ "deleted from the start", delete, nothing, SAME },
	{ "not a program", nothing, replace_by_data, SAME },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static enum verdict
judge(const struct row *row)
{
	struct image image;
	enum verdict v = SAME;
	const char *other;

	row->before();
	image_init(&image);
	row->after();
	other = image_replaced(&image);
	if (other != NULL)
		v = strcmp(other, path) == 0 ? REPLACED : ELSEWHERE;
	image_release(&image);
	return v;
}

/* --- Here ---------------------------------------------------------------- */

static int
run(size_t row)
{
	char number[16];
	int status;
	pid_t pid;

	snprintf(number, sizeof(number), "%zu", row);
	copy(path);
	pid = fork();
	if (pid == 0) {
		execl(path, path, number, (char *)NULL);
		_exit(BROKEN);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	(void)unlink(path);
	return WEXITSTATUS(status);
}

int
main(int argc, char **argv)
{
	if (argc == 2) {
		snprintf(path, sizeof(path), "%s", argv[0]);
		return (int)judge(&rows[strtoul(argv[1], NULL, 10) % ROWS]);
	}
	if (mkdtemp(folder) == NULL || realpath(folder, path) == NULL)
		return 1;
	strncat(path, "/program (deleted)", sizeof(path) - strlen(path) - 1);
	for (size_t i = 0; i < ROWS; i++)
		is_int(run(i), rows[i].verdict, "%s", rows[i].name);
	path[strlen(path) - strlen(" (deleted)")] = '\0';
	for (size_t i = 0; i < ROWS; i++)
		is_int(run(i), rows[i].verdict, "%s", rows[i].name);
	is_int(rmdir(folder), 0, "nothing is left");
	return tap_done();
}
