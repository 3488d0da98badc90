/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files with several names: the first one is copied, and the others become hard links to it. */
#pragma once

#include <sys/stat.h>

struct hardlinks {
	void *tree; /* of tsearch(3) */
	char *last; /* the name that was returned last, of a file that is forgotten */
};
void hardlinks_done(struct hardlinks *links);

/* The first name with which this was called for the file of 'st', valid until the next call. NULL if this is the first
 * call; then 'name' is copied. Nothing is kept of later names, since one file can have millions, nor of a file once it
 * has been called for as many names as it has. */
const char *hardlinks_first(struct hardlinks *links, const struct stat *st, const char *name);
