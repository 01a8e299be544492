/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/privilege.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sys/resource.h>

#include "base/compat.h"
#include "base/log.h"
#include "base/mem.h"
#include "daemon/capability.h"

/* Longer names are nobody's. */
#define NAME_MAX_LEN 255

static void
copy_name(char *name, struct str s)
{
	const struct str head = str_head(s, NAME_MAX_LEN);

	memcpy(name, head.p, head.len);
	name[head.len] = '\0';
}

/* The user, and the group that he has by himself. */
static int
find_user(struct privilege *p, struct str user, struct strbuf *why)
{
	char name[NAME_MAX_LEN + 1];
	const struct passwd *found;

	copy_name(name, user);
	found = getpwnam(name);
	if (found == NULL) {
		strbuf_addf(why, "User \"%s\": there is no such user\n", name);
		return -1;
	}
	p->uid = found->pw_uid;
	p->gid = found->pw_gid;
	p->named_user = true;
	return 0;
}

static int
find_group(struct privilege *p, struct str group, struct strbuf *why)
{
	char name[NAME_MAX_LEN + 1];
	const struct group *found;

	copy_name(name, group);
	found = getgrnam(name);
	if (found == NULL) {
		strbuf_addf(why, "Group \"%s\": there is no such group\n",
		    name);
		return -1;
	}
	p->gid = found->gr_gid;
	return 0;
}

static char *
copy_jail(struct str path)
{
	char *jail = mem_alloc(path.len + 1);

	memcpy(jail, path.p, path.len);
	return jail;
}

int
privilege_find(struct privilege *p, const struct conf *conf, struct strbuf *why)
{
	int result = 0;

	*p = (struct privilege){ .uid = geteuid(), .gid = getegid() };
	if (!str_empty(conf->user) && find_user(p, conf->user, why) != 0)
		result = -1;
	if (!str_empty(conf->group) && find_group(p, conf->group, why) != 0)
		result = -1;
	if (!str_empty(conf->root_jail))
		p->jail = copy_jail(conf->root_jail);
	return result;
}

void
privilege_release(struct privilege *p)
{
	mem_free(p->jail);
	p->jail = NULL;
}

bool
privilege_stays_root(const struct privilege *p)
{
	return p->uid == 0;
}

static int
say(char *why, const char *what)
{
	snprintf(why, PRIVILEGE_WHY_MAX, "%s: %m%s", what,
	    errno == EPERM ? " (that takes a start as root)" : "");
	return -1;
}

static int
enter_jail(const char *jail, char *why)
{
	if (chroot(jail) == 0 && chdir("/") == 0)
		return 0;
	snprintf(why, PRIVILEGE_WHY_MAX, "RootJail \"%s\": %m", jail);
	return -1;
}

/* Groups first: whoever is no longer root cannot change them. */
static int
become(const struct privilege *p, char *why)
{
	if (p->uid == geteuid() && p->gid == getegid()) {
		/* A root without CAP_SETGID (a container) keeps them. */
		if (p->uid == 0 && setgroups(0, NULL) != 0)
			errno = 0;
		return 0;
	}
	if (setgroups(0, NULL) != 0 || setresgid(p->gid, p->gid, p->gid) != 0 ||
	    setresuid(p->uid, p->uid, p->uid) != 0)
		return say(why, "cannot change to User and Group");
	return 0;
}

/* Each of these must fail now; one that does not is a way back. */
static bool
root_is_gone(const struct privilege *p)
{
	uid_t real, effective, saved;

	if (getresuid(&real, &effective, &saved) != 0 || real != p->uid ||
	    effective != p->uid || saved != p->uid)
		return false;
	if (setuid(0) == 0 || seteuid(0) == 0)
		return false;
	if (p->gid != 0 && (setgid(0) == 0 || setegid(0) == 0))
		return false;
	return capability_none();
}

/*
 * The system lets no process that has changed its user leave a core, and
 * nobody of that user look into it. Where the operator has asked for cores
 * (ulimit -c, LimitCORE) he gets them.
 */
static void
allow_core(void)
{
	struct rlimit core;

	if (getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur != 0)
		(void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

int
privilege_drop(const struct privilege *p, enum privilege_place place, char *why)
{
	if (place == PRIVILEGE_JAILED && p->jail != NULL &&
	    enter_jail(p->jail, why) != 0)
		return -1;
	if (p->uid != 0)
		capability_bound_none();
	if (become(p, why) != 0)
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return say(why, "cannot forbid new privileges");
	allow_core();
	if (p->uid == 0)
		return 0;
	if (capability_drop_all() != 0)
		return say(why, "cannot give up capabilities");
	if (!root_is_gone(p)) {
		snprintf(why, PRIVILEGE_WHY_MAX,
		    "root could be had again "
		    "after the change to User: refusing to serve so");
		return -1;
	}
	return 0;
}

void
privilege_trim(void)
{
	if (geteuid() == 0 && capability_keep_supervisors() != 0)
		log_line(LOG_PRIO_WARNING,
		    "the supervisor keeps all capabilities: %m");
}
