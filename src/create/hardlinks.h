/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files with several names: the first one is copied, and the others become hard links to it. */
#pragma once

#include <sys/types.h>

struct hardlinks {
	void *tree; /* of tsearch(3) */
};
void hardlinks_done(struct hardlinks *links);

/* The first name with which this was called for the file, valid until hardlinks_done(). NULL if this is the first call;
 * then 'name' is copied. Nothing is kept of later names: one file can have millions. */
const char *hardlinks_first(struct hardlinks *links, dev_t dev, ino_t ino, const char *name);
