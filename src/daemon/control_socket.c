/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/control_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sys/socket.h>
#include <sys/stat.h>

#include "base/compat.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/addr.h"
#include "net/sock.h"

#define BACKLOG 64

static int
fail(const struct conf *conf, struct strbuf *why, const char *what)
{
	strbuf_addf(why, "%s line %u: Control \"%.*s\": %s\n",
	    conf->control_place.file, conf->control_place.line,
	    STR_ARG(conf->control), what);
	return -1;
}

static int
fail_errno(const struct conf *conf, struct strbuf *why, const char *what)
{
	char words[256];

	snprintf(words, sizeof(words), "%s: %s", what, strerror(errno));
	return fail(conf, why, words);
}

/* ------ whose it will be ------ */

static int
find_owner(struct control_socket *s, const struct conf *conf,
    struct strbuf *why)
{
	if (!str_empty(conf->control_user)) {
		const struct passwd *user = getpwnam(conf->control_user.p);

		if (user == NULL)
			return fail(conf, why, "there is no such user");
		s->uid = user->pw_uid;
	}
	if (!str_empty(conf->control_group)) {
		const struct group *group = getgrnam(conf->control_group.p);

		if (group == NULL)
			return fail(conf, why, "there is no such group");
		s->gid = group->gr_gid;
	}
	return 0;
}

/* ------ what stands there ------ */

/* Somebody listens, however busy. */
static bool
answers(const struct addr *addr)
{
	const int fd = socket(AF_UNIX,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	bool refused;

	if (fd < 0)
		return true;
	refused = connect(fd, &addr->sa, addr->len) != 0 &&
	    errno == ECONNREFUSED;
	close(fd);
	return !refused;
}

/* Nothing stands in the way, or no more. */
static int
make_room(const struct control_socket *s, const struct addr *addr,
    const struct conf *conf, struct strbuf *why)
{
	struct stat st;

	if (lstat(s->path, &st) != 0)
		return 0; /* bind says what else may be wrong */
	if (!S_ISSOCK(st.st_mode))
		return fail(conf, why,
		    "a file that is no socket stands there; it is left alone");
	if (answers(addr))
		return fail(conf, why,
		    "another process answers there (is Pound running "
		    "already?)");
	if (unlink(s->path) != 0)
		return fail_errno(conf, why,
		    "a socket on which nobody answers cannot be removed");
	return 0;
}

/* ------ making it ------ */

/* With its mode from the first moment. */
static int
bind_socket(int fd, const struct addr *addr, unsigned mode)
{
	const mode_t before = umask(0777 & ~mode);
	const int result = bind(fd, &addr->sa, addr->len);
	const int error = errno;

	umask(before);
	errno = error;
	return result;
}

static int
make_socket(struct control_socket *s, const struct addr *addr,
    const struct conf *conf, struct strbuf *why)
{
	struct stat st;

	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->fd < 0 || bind_socket(s->fd, addr, conf->control_mode) != 0)
		return fail_errno(conf, why, "cannot be made");
	if (lstat(s->path, &st) != 0)
		return fail_errno(conf, why, "cannot be found again");
	s->device = st.st_dev;
	s->node = st.st_ino;
	if (lchown(s->path, s->uid, s->gid) != 0)
		return fail_errno(conf, why, "cannot change its owner");
	if (listen(s->fd, BACKLOG) != 0)
		return fail_errno(conf, why, "cannot listen");
	return 0;
}

/* Who removes it may have gone elsewhere by then. */
static char *
absolute(struct str path)
{
	char here[PATH_MAX];
	const bool relative = path.p[0] != '/' &&
	    getcwd(here, sizeof(here) - 1) != NULL;
	const size_t before = relative ? strlen(here) + 1 : 0;
	char *copy = mem_alloc(before + path.len + 1);

	if (relative) {
		memcpy(copy, here, before - 1);
		copy[before - 1] = '/';
	}
	memcpy(copy + before, path.p, path.len);
	return copy;
}

/* Whether the file is (still) the one that we made. */
static bool
is_ours(const struct control_socket *s)
{
	struct stat st;

	return s->fd >= 0 && s->node != 0 && lstat(s->path, &st) == 0 &&
	    st.st_dev == s->device && st.st_ino == s->node;
}

/* -1: it cannot be lent. */
static int
borrow(struct control_socket *s, const struct control_socket *before)
{
	if (before == NULL || before->path == NULL ||
	    strcmp(before->path, s->path) != 0 || !is_ours(before))
		return -1;
	s->fd = fcntl(before->fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	s->lent = s->fd >= 0;
	return s->lent ? 0 : -1;
}

int
control_socket_open(struct control_socket *s, const struct conf *conf,
    const struct control_socket *before, struct strbuf *why)
{
	struct addr addr;

	*s = (struct control_socket){ .fd = -1,
		.uid = (uid_t)-1,
		.gid = (gid_t)-1 };
	if (str_empty(conf->control))
		return 0;
	if (addr_from_path(&addr, conf->control) != 0)
		return fail(conf, why, "no socket can have this name");
	if (find_owner(s, conf, why) != 0)
		return -1;
	s->path = absolute(conf->control);
	if (borrow(s, before) == 0 ||
	    (make_room(s, &addr, conf, why) == 0 &&
		make_socket(s, &addr, conf, why) == 0))
		return 0;
	control_socket_release(s);
	return -1;
}

void
control_socket_adopt(struct control_socket *s, int fd)
{
	struct addr addr;
	struct stat st;

	*s = (struct control_socket){ .fd = fd,
		.uid = (uid_t)-1,
		.gid = (gid_t)-1 };
	if (sock_local(fd, &addr) != 0 || addr_family(&addr) != AF_UNIX ||
	    addr.un.sun_path[0] == '\0')
		return;
	s->path = absolute(str_from(addr.un.sun_path));
	if (lstat(s->path, &st) != 0)
		return;
	s->device = st.st_dev;
	s->node = st.st_ino;
}

void
control_socket_keep(struct control_socket *s, const struct conf *conf,
    struct control_socket *before)
{
	if (!s->lent)
		return;
	s->device = before->device;
	s->node = before->node;
	s->lent = false;
	before->node = 0;
	if (is_ours(s) &&
	    (chmod(s->path, conf->control_mode) != 0 ||
		lchown(s->path, s->uid, s->gid) != 0))
		log_line(LOG_PRIO_WARNING,
		    "control socket %s: mode and owner: %m", s->path);
}

void
control_socket_forget(struct control_socket *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

void
control_socket_release(struct control_socket *s)
{
	if (is_ours(s))
		(void)unlink(s->path);
	control_socket_forget(s);
	mem_free(s->path);
	s->path = NULL;
}
