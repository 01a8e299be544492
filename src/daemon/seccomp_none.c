/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Systems without filters of system calls. */
#include <errno.h>

#include "daemon/seccomp.h"

bool
seccomp_built(void)
{
	return false;
}

int
seccomp_install(enum seccomp_role role UNUSED)
{
	errno = ENOSYS;
	return -1;
}

int
seccomp_next_refused(void)
{
	return -1;
}

void
seccomp_log_refused(enum seccomp_role role UNUSED)
{
}

void
seccomp_confine(enum seccomp_role role UNUSED)
{
}
