/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files with several names, by the first of them. */
#pragma once

#include <sys/types.h>

struct inodes {
	void *tree;
};
void inodes_done(struct inodes *inodes);

/* The name that this file was first asked for with: 'name' itself if it is the first, which is not copied. */
const char *inodes_first(struct inodes *inodes, dev_t dev, ino_t ino, const char *name);
