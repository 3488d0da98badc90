/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files with several names, by the first of them. */
#pragma once

#include <sys/types.h>

struct hardlinks {
	void *tree;
};
void hardlinks_done(struct hardlinks *links);

/* The name that this file was first asked for with: 'name' itself if it is the first, which is not copied. */
const char *hardlinks_first(struct hardlinks *links, dev_t dev, ino_t ino, const char *name);
