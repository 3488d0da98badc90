/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files with several names: a tree of the inodes of which more names are to come, each with the first one. This is a
 * separate file because <search.h> has a 'struct entry', too. */
#include "create/hardlinks.h"

#include <search.h>

#include "base/util.h"

struct inode {
	dev_t dev;
	ino_t ino;
	nlink_t left; /* names that are still to come */
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
	free(links->last);
	*links = (struct hardlinks){ 0 };
}

static int compare_inodes(const void *a, const void *b)
{
	const struct inode *x = a, *y = b;

	if (x->ino != y->ino)
		return x->ino < y->ino ? -1 : 1;
	return x->dev < y->dev ? -1 : x->dev > y->dev;
}

static void forget(struct hardlinks *links, struct inode *inode)
{
	tdelete(inode, &links->tree, compare_inodes);
	free(links->last);
	links->last = steal_ptr(inode->name);
	inode_free(inode);
}

const char *hardlinks_first(struct hardlinks *links, const struct stat *st, const char *name)
{
	const struct inode key = { .dev = st->st_dev, .ino = st->st_ino };
	struct inode **found = tfind(&key, &links->tree, compare_inodes), *inode;

	if (found) {
		inode = *found;
		if (--inode->left > 0)
			return inode->name;
		forget(links, inode);
		return links->last;
	}
	if (st->st_nlink < 2)
		return NULL;
	inode = xcalloc(1, sizeof(*inode));
	*inode = (struct inode){ st->st_dev, st->st_ino, st->st_nlink - 1, xstrdup(name) };
	if (!tsearch(inode, &links->tree, compare_inodes))
		abort();
	return NULL;
}
