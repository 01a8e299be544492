/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Systems without capabilities: who has another user's number is no root. */
#include <unistd.h>

#include "daemon/capability.h"

int
capability_keep_supervisors(void)
{
	return 0;
}

void
capability_bound_none(void)
{
}

int
capability_drop_all(void)
{
	return 0;
}

bool
capability_none(void)
{
	return geteuid() != 0;
}
