/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files with several names: each is known by the first of them, and the others become hard links to it. */
#pragma once

#include <sys/types.h>

struct hardlinks {
	void *tree; /* of tsearch(3) */
};
void hardlinks_done(struct hardlinks *links);

/* The name with which this file was asked for first: 'name' itself, which is not copied and has to stay, if this is the
 * first time. */
const char *hardlinks_first(struct hardlinks *links, dev_t dev, ino_t ino, const char *name);
