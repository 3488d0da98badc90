/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A line on the terminal that shows the progress of anything that takes longer than a second. */
#include "base/progress.h"

#include "base/clock.h"
#include "base/log.h"

#define PATIENCE_USEC 1000000

void progress_begin(struct progress *p, const char *doing, size_t total)
{
	*p = (struct progress){ .doing = doing, .total = total, .began = clock_usec() };
}

void progress_show(struct progress *p, size_t done)
{
	uint64_t passed = clock_usec() - p->began;
	_cleanup_(freep) char *text = NULL;

	if (passed < PATIENCE_USEC || !log_shows(LOG_LEVEL_WARN))
		return;
	text = xasprintf("%s: %zu of %zu done, %llu s", p->doing, done, p->total,
			 (unsigned long long)(passed / 1000000));
	log_line(text);
}
