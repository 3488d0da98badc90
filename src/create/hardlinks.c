/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files with several names: a tree of the inodes seen so far, each with the first name of the file. This is a separate
 * file because <search.h> has a 'struct entry', too. */
#include "create/hardlinks.h"

#include <search.h>

#include "base/util.h"

struct inode {
	dev_t dev;
	ino_t ino;
	char *name;
};

static void inode_free(void *at)
{
	struct inode *inode = at;

	free(inode->name);
	free(inode);
}

void hardlinks_done(struct hardlinks *links)
{
	tdestroy(links->tree, inode_free);
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
	const struct inode key = { dev, ino, NULL };
	struct inode **found = tfind(&key, &links->tree, compare_inodes), *inode;

	if (found)
		return (*found)->name;
	inode = xcalloc(1, sizeof(*inode));
	*inode = (struct inode){ dev, ino, xstrdup(name) };
	if (!tsearch(inode, &links->tree, compare_inodes))
		abort();
	return NULL;
}
