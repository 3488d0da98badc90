/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One line on the terminal that says how far something is which takes more than a second, by log_line(). */
#pragma once

#include "base/util.h"

struct progress {
	const char *doing; /* "Starting" */
	size_t total;
	uint64_t began; /* microseconds */
};

void progress_begin(struct progress *progress, const char *doing, size_t total);

/* Nothing in the first second, or where warnings are not shown either. */
void progress_show(struct progress *progress, size_t done);
