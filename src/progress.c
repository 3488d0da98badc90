/* See progress.h. */
#include "progress.h"

#include <stdio.h>
#include <unistd.h>

#include "bus.h"
#include "log.h"

#define PATIENCE_USEC 1000000

void progress_begin(struct progress *p, const char *doing, size_t total)
{
	*p = (struct progress){ .doing = doing, .total = total, .began = bus_now() };
}

void progress_show(struct progress *p, size_t done)
{
	uint64_t passed = bus_now() - p->began;

	if (passed < PATIENCE_USEC || !log_shows(LOG_LEVEL_WARN) || !isatty(STDERR_FILENO))
		return;
	if (p->total > 1)
		fprintf(stderr, "\r%s: %zu of %zu done, %llu s ", p->doing, done, p->total,
			(unsigned long long)(passed / 1000000));
	else
		fprintf(stderr, "\r%s: %llu s ", p->doing, (unsigned long long)(passed / 1000000));
	p->shown = true;
}

void progress_done(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}
