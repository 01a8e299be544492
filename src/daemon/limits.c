/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/limits.h"

static unsigned long
smaller(unsigned long a, unsigned long b)
{
	return a < b ? a : b;
}

unsigned long
limits_clients(unsigned long descriptors, size_t listeners, unsigned max)
{
	const unsigned long reserve = smaller(LIMITS_RESERVE, descriptors / 4);
	const unsigned long others = reserve + listeners;
	unsigned long clients = LIMITS_CLIENTS_MIN;

	if (descriptors > others && (descriptors - others) / 2 > clients)
		clients = (descriptors - others) / 2;
	return max == 0 ? clients : smaller(max, clients);
}
