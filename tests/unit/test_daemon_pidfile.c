/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/pidfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#include "tap.h"

static void
put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	fputs(text, file);
	fclose(file);
}

int
main(void)
{
	char folder[] = "/tmp/pound-test.XXXXXX", path[64], text[64] = "";
	char want[64], other[64];
	struct stat st;
	FILE *file;

	umask(077);
	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(path, sizeof(path), "%s/pid", folder);
	put(path, "12345678901234567890 and more than we write\n");
	is_int(pidfile_write(path), 0, "write over an old one");
	file = fopen(path, "r");
	is_int(fread(text, 1, sizeof(text) - 1, file) > 0, 1, "read");
	fclose(file);
	snprintf(want, sizeof(want), "%ld\n", (long)getpid());
	is_str(text, want, "decimal number and newline, nothing else");
	pidfile_remove(path);
	is_int(access(path, F_OK), -1, "removed");
	is_int(pidfile_write(path), 0, "a new one");
	is_int(stat(path, &st), 0, "is there");
	is_int(st.st_mode & 0777, 0600, "mode");
	snprintf(other, sizeof(other), "%ld0\n", (long)getpid());
	put(path, other);
	pidfile_remove(path);
	is_int(access(path, F_OK), 0, "another process has it now: kept");
	unlink(path);
	pidfile_remove(path); /* nothing there: nothing happens */
	is_int(pidfile_write("/nonexistent/pid"), -1, "no such folder");
	is_int(errno, ENOENT, "and why");
	is_int(pidfile_write("/dev/null"), 0, "no file at all");
	pidfile_remove("/dev/null");
	is_int(access("/dev/null", F_OK), 0, "a device is not removed");
	is_int(pidfile_write("/dev/full"), -1, "a full disk");
	is_int(errno, ENOSPC, "and why");
	rmdir(folder);
	return tap_done();
}
