/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The clock that cannot be set. */
#include "base/clock.h"

#include <time.h>

uint64_t clock_usec(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

int clock_wait_ms(uint64_t until)
{
	uint64_t now = clock_usec();

	if (until == UINT64_MAX)
		return -1;
	return now >= until ? 0 : until - now > 1000000 ? 1000 : (int)((until - now) / 1000 + 1);
}
