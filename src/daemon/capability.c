/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/capability.h"

#include <stdint.h>
#include <unistd.h>

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "base/attrs.h"

/* Version 3: two words a set. */
#define WORDS 2

/* What starting a worker, and reading files that changed, needs of root. */
static const unsigned char supervisors[] = {
	CAP_CHOWN,	      /* owner of the control socket */
	CAP_DAC_OVERRIDE,     /* keys, pid file, control socket of others */
	CAP_DAC_READ_SEARCH,  /* the same */
	CAP_FOWNER,	      /* mode of the control socket */
	CAP_KILL,	      /* the worker is another user */
	CAP_NET_BIND_SERVICE, /* ports below 1024 */
	CAP_SETGID,
	CAP_SETPCAP, /* a worker gives up its bounding set */
	CAP_SETUID,
	CAP_SYS_CHROOT,
};

struct sets {
	struct __user_cap_header_struct head;
	struct __user_cap_data_struct word[WORDS];
};

static int
get_sets(struct sets *s)
{
	*s = (struct sets){ .head.version = _LINUX_CAPABILITY_VERSION_3 };
	return (int)syscall(SYS_capget, &s->head, s->word);
}

static int
set_sets(struct sets *s)
{
	return (int)syscall(SYS_capset, &s->head, s->word);
}

static bool
wanted(unsigned cap)
{
	for (size_t i = 0; i < ARRAY_LEN(supervisors); i++)
		if (supervisors[i] == cap)
			return true;
	return false;
}

/* Without CAP_SETPCAP (a container) this fails, and nothing is lost. */
static void
narrow_bounding_set(bool keep_supervisors)
{
	for (unsigned cap = 0;; cap++) {
		if (keep_supervisors && wanted(cap))
			continue;
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0)
			return; /* behind the last one, or not allowed */
	}
}

int
capability_keep_supervisors(void)
{
	struct sets s;
	uint32_t keep[WORDS] = { 0, 0 };

	narrow_bounding_set(true);
	if (get_sets(&s) != 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(supervisors); i++)
		keep[supervisors[i] / 32] |= UINT32_C(1) << supervisors[i] % 32;
	for (int i = 0; i < WORDS; i++) {
		s.word[i].permitted &= keep[i];
		s.word[i].effective &= keep[i];
		s.word[i].inheritable = 0;
	}
	return set_sets(&s);
}

void
capability_bound_none(void)
{
	narrow_bounding_set(false);
}

int
capability_drop_all(void)
{
	struct sets s = { .head.version = _LINUX_CAPABILITY_VERSION_3 };

	return set_sets(&s);
}

bool
capability_none(void)
{
	struct sets s;

	if (get_sets(&s) != 0)
		return false;
	for (int i = 0; i < WORDS; i++)
		if ((s.word[i].permitted | s.word[i].effective |
			s.word[i].inheritable) != 0)
			return false;
	return true;
}
