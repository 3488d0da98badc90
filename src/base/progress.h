/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A line on the terminal that shows the progress of anything that takes longer than a second. */
#pragma once

#include "base/util.h"

struct progress {
	const char *doing; /* "Starting" */
	size_t total;
	uint64_t began; /* microseconds */
};

void progress_begin(struct progress *progress, const char *doing, size_t total);

/* Shows the line, except during the first second and if warnings are not shown. */
void progress_show(struct progress *progress, size_t done);
