/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Most of this needs root; without it only the names are looked at. */
#include "daemon/privilege.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "base/compat.h"
#include "daemon/capability.h"
#include "tap.h"

#define NOBODY 65534

/* A child's findings, a letter each; what it lacks is missing. */
#define FINDINGS_MAX 32

static struct privilege
as(uid_t uid, gid_t gid, const char *jail)
{
	return (struct privilege){ .uid = uid,
		.gid = gid,
		.jail = (char *)(uintptr_t)jail };
}

static void
found(char **at, bool held, char letter)
{
	if (held)
		*(*at)++ = letter;
}

static void
look_around(char *at)
{
	uid_t r, e, s;
	gid_t gr, ge, gs;

	getresuid(&r, &e, &s);
	getresgid(&gr, &ge, &gs);
	found(&at, r == NOBODY && e == NOBODY && s == NOBODY, 'u');
	found(&at, gr == 1 && ge == 1 && gs == 1, 'g');
	found(&at, getgroups(0, NULL) == 0, 'G');
	found(&at, setuid(0) != 0 && setgid(0) != 0, 'r');
	found(&at, capability_none(), 'c');
	found(&at, prctl(PR_CAPBSET_READ, CAP_SETUID, 0, 0, 0) == 0, 'b');
	found(&at, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1, 'n');
	found(&at, access("/etc", F_OK) != 0, 'j');
	found(&at, prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1, 'd');
	*at = '\0';
}

static void
look_at_supervisor(char *at)
{
	const int lower = getpriority(PRIO_PROCESS, 0) - 1;

	privilege_trim();
	found(&at, setpriority(PRIO_PROCESS, 0, lower) != 0, 'p');
	found(&at, prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN, 0, 0, 0) == 0, 'a');
	found(&at, prctl(PR_CAPBSET_READ, CAP_SETUID, 0, 0, 0) == 1, 's');
	found(&at, setgroups(0, NULL) == 0, 'g');
	found(&at, setresuid(NOBODY, NOBODY, NOBODY) == 0, 'u');
	*at = '\0';
}

/* In a child, since there is no way back: drop, then look. p NULL: trim. */
static const char *
child(const struct privilege *p, enum privilege_place place)
{
	static char text[PRIVILEGE_WHY_MAX];
	int way[2];
	ssize_t n;

	if (pipe(way) != 0)
		return "no pipe";
	fflush(stdout);
	if (fork() == 0) {
		char told[PRIVILEGE_WHY_MAX] = "";

		if (p == NULL)
			look_at_supervisor(told);
		else if (privilege_drop(p, place, told) == 0)
			look_around(told);
		_exit(write(way[1], told, strlen(told) + 1) < 0);
	}
	close(way[1]);
	n = read(way[0], text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	close(way[0]);
	wait(NULL);
	return text;
}

static void
test_names(void)
{
	struct conf conf = { .user = STR("nobody"), .root_jail = STR("/x") };
	const struct passwd *nobody = getpwnam("nobody");
	struct privilege p;
	struct strbuf why;

	strbuf_init(&why, 4096);
	is_int(privilege_find(&p, &conf, &why), 0, "User");
	is_int(p.uid, nobody->pw_uid, "his number");
	is_int(p.gid, nobody->pw_gid, "his own group");
	is_str(p.jail, "/x", "the jail");
	ok(!privilege_stays_root(&p), "not root");
	privilege_release(&p);
	conf.group = STR("daemon");
	is_int(privilege_find(&p, &conf, &why), 0, "User and Group");
	is_int(p.gid, getgrnam("daemon")->gr_gid, "the group given");
	privilege_release(&p);
	conf = (struct conf){ .user = STR("root") };
	is_int(privilege_find(&p, &conf, &why), 0, "User root");
	ok(privilege_stays_root(&p) && p.named_user, "stays root");
	privilege_release(&p);
	conf = (struct conf){ .user = STR("no-such-user"),
		.group = STR("no-such-group") };
	is_int(privilege_find(&p, &conf, &why), -1, "nobody's names");
	is_str(strbuf_text(&why),
	    "User \"no-such-user\": there is no such user\n"
	    "Group \"no-such-group\": there is no such group\n",
	    "a line for each");
	privilege_release(&p);
	strbuf_release(&why);
}

/* Only the soft limit: the hard one could not come back. */
static void
limit_core(rlim_t bytes)
{
	struct rlimit core;

	getrlimit(RLIMIT_CORE, &core);
	core.rlim_cur = bytes;
	setrlimit(RLIMIT_CORE, &core);
}

static void
test_drop(void)
{
	char jail[] = "/tmp/pound-test.XXXXXX", why[PRIVILEGE_WHY_MAX];
	const struct privilege jailed = as(NOBODY, 1, jail);
	const struct privilege lost = as(NOBODY, 1, "/nonexistent");
	const struct privilege root = as(0, 0, NULL);

	if (mkdtemp(jail) == NULL)
		return;
	limit_core(0);
	is_str(child(&jailed, PRIVILEGE_JAILED), "ugGrcbnj", "worker");
	is_str(child(&jailed, PRIVILEGE_OUTSIDE), "ugGrcbn", "resolver");
	is_str(child(&root, PRIVILEGE_JAILED), "Gnd", "stays root");
	limit_core(4096);
	is_str(child(&jailed, PRIVILEGE_JAILED), "ugGrcbnjd", "with cores");
	limit_core(0);
	snprintf(why, sizeof(why), "%s", child(&lost, PRIVILEGE_JAILED));
	is_str(why, "RootJail \"/nonexistent\": No such file or directory",
	    "no jail");
	is_str(child(NULL, PRIVILEGE_OUTSIDE), "pasgu", "supervisor");
	rmdir(jail);
}

int
main(void)
{
	test_names();
	/* What is looked for there is Linux' own. */
	if (geteuid() == 0 && !POUND_POSIX)
		test_drop();
	return tap_done();
}
