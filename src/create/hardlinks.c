/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files with several names: a tree of the inodes seen so far, each with the first name of the file. This is a separate
 * file because <search.h> has a 'struct entry', too. */
#include "create/hardlinks.h"

#include <search.h>

#include "base/util.h"

struct inode {
	dev_t dev;
	ino_t ino;
	const char *name;
};

void hardlinks_done(struct hardlinks *links)
{
	tdestroy(links->tree, free);
	links->tree = NULL;
}

static int compare_inodes(const void *a, const void *b)
{
	const struct inode *x = a, *y = b;

	if (x->ino != y->ino)
		return x->ino < y->ino ? -1 : 1;
	return x->dev < y->dev ? -1 : x->dev > y->dev;
}

const char *hardlinks_first(struct hardlinks *links, dev_t dev, ino_t ino, const char *name)
{
	_cleanup_(freep) struct inode *inode = xcalloc(1, sizeof(*inode));
	struct inode **found;

	*inode = (struct inode){ dev, ino, name };
	found = tsearch(inode, &links->tree, compare_inodes);
	if (!found)
		abort();
	if (*found == inode)
		inode = NULL; /* the tree owns it now */
	return (*found)->name;
}
