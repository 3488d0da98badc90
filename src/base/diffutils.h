/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Programs of GNU diffutils, run on texts that somebody hostile may have written: without rights, and with limits on
 * their time, memory and output. They read from, and write to, files in memory, so there is no pipe on which either
 * side could wait for the other. */
#pragma once

#include "base/util.h"

#define DIFFUTILS_TEXTS_MAX 3
/* What the texts are called in the program's arguments. */
#define DIFFUTILS_FIRST "/proc/self/fd/3"
#define DIFFUTILS_SECOND "/proc/self/fd/4"
#define DIFFUTILS_THIRD "/proc/self/fd/5"

struct diffutils_text {
	const char *data; /* may be NULL if it is empty */
	size_t len;
};

/* Runs argv[0], a path, on the 'n' texts. Returns its exit status, 0 or 1, with *ret as its output, up to the first NUL
 * (caller frees); -ETIMEDOUT after this many milliseconds; or another -errno if the program is missing or gave up. */
int diffutils_run(const char *const argv[], const struct diffutils_text texts[], size_t n, int timeout_ms, char **ret);
