/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What may stand in the place of the control socket, and what becomes of
 * it; mode and owner. */
#include "daemon/control_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>
#include <sys/stat.h>

#include "net/addr.h"
#include "unit/tap.h"

static char folder[64] = "/tmp/pound-unit.XXXXXX";
static char path[128];
static struct conf conf = { .control_mode = 0600,
	.control_place = { "test.cfg", 7 } };
static struct control_socket control;
static struct strbuf why;

static int
open_control(void)
{
	strbuf_reset(&why);
	conf.control = str_from(path);
	return control_socket_open(&control, &conf, NULL, &why);
}

static bool
exists(void)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static bool
says(const char *words)
{
	static const char begin[] = "test.cfg line 7: Control \"";

	return strncmp(strbuf_text(&why), begin, sizeof(begin) - 1) == 0 &&
	    strstr(strbuf_text(&why), words) != NULL;
}

static int
connects(void)
{
	struct addr addr;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (addr_from_path(&addr, str_from(path)) != 0)
		return -1;
	if (connect(fd, &addr.sa, addr.len) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* A socket file whose process has died. */
static void
leave_stale(void)
{
	struct addr addr;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (addr_from_path(&addr, str_from(path)) != 0 ||
	    bind(fd, &addr.sa, addr.len) != 0 || listen(fd, 1) != 0)
		_exit(1);
	close(fd);
}

static void
test_none(void)
{
	conf.control = STR_NONE;
	is_int(control_socket_open(&control, &conf, NULL, &why), 0,
	    "no Control");
	is_int(control.fd, -1, "no socket");
	control_socket_release(&control);
}

static void
test_plain(void)
{
	struct stat st;
	int fd;

	is_int(open_control(), 0, "a new one");
	is_int(lstat(path, &st), 0, "is there");
	ok(S_ISSOCK(st.st_mode), "is a socket");
	is_int(st.st_mode & 07777, 0600, "for its owner only");
	fd = connects();
	ok(fd >= 0, "it listens");
	close(fd);
	control_socket_release(&control);
	ok(!exists(), "at the end it is removed");
	is_int(control.fd, -1, "and closed");
}

static void
test_mode(void)
{
	static const unsigned modes[] = { 0, 0600, 0660, 0666, 0777, 0400 };
	const mode_t before = umask(077);

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct stat st = { 0 };

		conf.control_mode = modes[i];
		is_int(open_control(), 0, "mode %04o", modes[i]);
		(void)lstat(path, &st);
		is_int(st.st_mode & 07777, modes[i], "whatever the umask");
		control_socket_release(&control);
	}
	conf.control_mode = 0600;
	is_int(umask(before), 077, "which is what it was");
}

static void
test_in_the_way(void)
{
	struct control_socket other;
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	close(fd);
	is_int(open_control(), -1, "a file in its place");
	ok(says("no socket stands there"), "is told");
	ok(exists(), "and left alone");
	(void)unlink(path);
	ok(symlink("/etc/passwd", path) == 0 && open_control() == -1,
	    "a symbolic link");
	ok(says("no socket stands there") && exists(), "likewise");
	(void)unlink(path);
	ok(mkdir(path, 0700) == 0 && open_control() == -1 && exists(),
	    "a folder");
	(void)rmdir(path);
	is_int(open_control(), 0, "one that is in use");
	other = control;
	is_int(open_control(), -1, "is not taken away");
	ok(says("another process answers there"), "is told");
	ok(exists(), "and is still there");
	control = other;
	control_socket_release(&control);
	ok(!exists(), "until it ends");
}

static void
test_stale(void)
{
	leave_stale();
	ok(exists() && connects() == -1, "nobody answers there");
	is_int(open_control(), 0, "so it is replaced");
	ok(connects() >= 0, "now somebody does");
	control_socket_forget(&control);
	is_int(control.fd, -1, "a process that forgets it");
	ok(exists() && connects() == -1, "leaves the file");
	control_socket_release(&control);
	ok(exists(), "which is not its any more");
	(void)unlink(path);
}

/* Full of clients that nobody has accepted yet: still somebody's. */
static void
test_busy(void)
{
	struct control_socket first;
	int count = 0, fd[512];

	is_int(open_control(), 0, "a socket");
	first = control;
	while (count < 512) {
		struct addr addr;

		fd[count] = socket(AF_UNIX,
		    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		(void)addr_from_path(&addr, str_from(path));
		if (connect(fd[count++], &addr.sa, addr.len) != 0)
			break;
	}
	is_int(errno, EAGAIN, "its backlog is full");
	is_int(open_control(), -1, "it is in use all the same");
	while (count > 0)
		close(fd[--count]);
	control = first;
	control_socket_release(&control);
}

/* Another's file at the end is not ours to remove. */
static void
test_replaced(void)
{
	is_int(open_control(), 0, "ours");
	(void)unlink(path);
	leave_stale();
	control_socket_release(&control);
	ok(exists(), "another one in its place stays");
	(void)unlink(path);
}

static void
test_owner(void)
{
	const struct group *group = getgrgid(1);
	struct stat st = { 0 };

	conf.control_user = STR("no-such-user");
	is_int(open_control(), -1, "a user that is not there");
	ok(says("no such user") && !exists(), "no socket then");
	conf.control_user = STR_NONE;
	conf.control_group = STR("no-such-group");
	is_int(open_control(), -1, "a group that is not there");
	ok(says("no such group") && !exists(), "no socket then");
	conf.control_group = STR_NONE;
	if (geteuid() != 0 || group == NULL)
		return;
	conf.control_group = str_from(group->gr_name);
	is_int(open_control(), 0, "group %s", group->gr_name);
	(void)lstat(path, &st);
	is_int(st.st_gid, 1, "has it");
	is_int(st.st_uid, 0, "the user is as it was");
	control_socket_release(&control);
	conf.control_group = STR_NONE;
}

/* The place is remembered, wherever the process goes. */
static void
test_relative(void)
{
	char here[4096];

	if (getcwd(here, sizeof(here)) == NULL || chdir(folder) != 0)
		_exit(1);
	strbuf_reset(&why);
	conf.control = STR("ctl");
	is_int(control_socket_open(&control, &conf, NULL, &why), 0,
	    "a relative path");
	ok(exists(), "from where we are");
	if (chdir(here) != 0)
		_exit(1);
	control_socket_release(&control);
	ok(!exists(), "is removed from elsewhere");
}

static void
test_no_folder(void)
{
	char before[sizeof(path)];

	snprintf(before, sizeof(before), "%s", path);
	snprintf(path, sizeof(path), "%s/no/such/folder", folder);
	is_int(open_control(), -1, "no folder");
	ok(says("cannot be made: No such file or directory"), "why");
	snprintf(path, sizeof(path), "%s", before);
}

int
main(void)
{
	if (mkdtemp(folder) == NULL)
		return 99;
	snprintf(path, sizeof(path), "%s/ctl", folder);
	strbuf_init(&why, 4096);
	test_none();
	test_plain();
	test_mode();
	test_in_the_way();
	test_stale();
	test_busy();
	test_replaced();
	test_owner();
	test_relative();
	test_no_folder();
	strbuf_release(&why);
	(void)rmdir(folder);
	return tap_done();
}
