/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A walk over the source (base/tree-walk.h), which a second descriptor follows in the copy. A file with several names
 * gets another one in a directory of the copy's top until all its names are copied: neither a descriptor nor a path
 * could be kept for each such file, because there may be any number of them, at any depth. */
#include "base/tree-copy.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <search.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/copy.h"
#include "base/random.h"
#include "base/rootfd.h"
#include "base/signals.h"
#include "base/tree-walk.h"

/* A file with several names, of which at least one was copied and one was not. */
struct several {
	dev_t dev;
	ino_t ino;
	nlink_t left;	  /* names that were not copied yet */
	unsigned long id; /* its name in the directory for such files */
};

struct level {
	dev_t dev; /* of the directory in the copy */
	ino_t ino;
	size_t path; /* the length of its path */
};

struct copier {
	struct tree_copy *copy;
	int to;	       /* the directory of the copy in which the walk is */
	int top;       /* that of its top; borrowed */
	int links;     /* the directory for files with several names, or -1 */
	char name[40]; /* its name */
	void *several; /* of tsearch(3) */
	unsigned long n_links;
	struct level *levels;
	size_t n;
	char path[PATH_MAX]; /* of the directory in which the walk is */
	size_t len;	     /* of the path; more than PATH_MAX if it is too long to be known */
};

static void copier_done(struct copier *c)
{
	closep(&c->to);
	closep(&c->links);
	tdestroy(c->several, free);
	free(c->levels);
}

static enum tree_choice choose(struct copier *c, const struct tree_item *item)
{
	char path[PATH_MAX];

	if (!c->copy->choose || c->len >= PATH_MAX ||
	    snprintf(path, sizeof(path), "%s/%s", c->path, item->name) >= (int)sizeof(path))
		return TREE_WHOLE;
	return c->copy->choose(c->copy->data, path, &item->st);
}

static int set_times(int dir, const char *name, const struct stat *st)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };

	return utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

static int copy_file(struct copier *c, const struct tree_item *item, bool content)
{
	_cleanup_(closep) int from =
		openat(item->dir, item->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	_cleanup_(closep) int to = -1;
	struct stat st;
	int r;

	if (from < 0 || fstat(from, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (st.st_dev != item->st.st_dev || st.st_ino != item->st.st_ino)
		return -ESTALE;
	to = openat(c->to, item->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return -errno;
	r = content ? copy_content(from, to, &st, &c->copy->no_reflink) : 0;
	return r < 0 ? r : copy_attributes(from, to, &st);
}

static int copy_link(struct copier *c, const struct tree_item *item)
{
	_cleanup_(freep) char *target = NULL;
	int r = rootfd_readlinkat(item->fd, "", &target);

	if (r < 0)
		return r;
	if (symlinkat(target, c->to, item->name) < 0 ||
	    fchownat(c->to, item->name, item->st.st_uid, item->st.st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return set_times(c->to, item->name, &item->st);
}

/* Fifos and device nodes cannot be opened without an effect on whoever uses them. */
static int copy_node(struct copier *c, const struct tree_item *item)
{
	_cleanup_(closep) int to = -1;
	int r;

	if (mknodat(c->to, item->name, (item->st.st_mode & S_IFMT) | 0600, item->st.st_rdev) < 0 ||
	    fchownat(c->to, item->name, item->st.st_uid, item->st.st_gid, AT_SYMLINK_NOFOLLOW) < 0 ||
	    fchmodat(c->to, item->name, item->st.st_mode & 07777, 0) < 0)
		return -errno;
	to = openat(c->to, item->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	r = to < 0 ? -errno : copy_xattrs(item->fd, to);
	return r < 0 ? r : set_times(c->to, item->name, &item->st);
}

/* It gets its owner and mode when it is complete. Before that, only root can enter it. */
static int copy_directory(struct copier *c, const struct tree_item *item, bool content)
{
	_cleanup_(closep) int from = -1, to = -1;
	int r;

	if (mkdirat(c->to, item->name, 0700) < 0)
		return -errno;
	if (content)
		return 0;
	from = rootfd_openat(item->dir, item->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, WALK_MOUNT);
	to = openat(c->to, item->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	r = from < 0 ? from : to < 0 ? -errno : copy_attributes(from, to, &item->st);
	return r < 0 ? r : 1;
}

static int compare_several(const void *a, const void *b)
{
	const struct several *x = a, *y = b;

	if (x->ino != y->ino)
		return x->ino < y->ino ? -1 : 1;
	return x->dev < y->dev ? -1 : x->dev > y->dev;
}

/* A name that nothing in the source has, whatever was planted there. */
static int make_links(struct copier *c)
{
	char id[RANDOM_ID_SIZE];
	int r = random_id(id);

	if (r < 0)
		return r;
	snprintf(c->name, sizeof(c->name), ".links-%s", id);
	if (mkdirat(c->top, c->name, 0700) < 0)
		return -errno;
	c->links = openat(c->top, c->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return c->links < 0 ? -errno : 0;
}

/* The names in there are needed only while the copy is made. */
static int remove_links(struct copier *c)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	int r;

	if (c->links < 0)
		return 0;
	r = rootfd_list(c->links, ".", WALK_TREE, &names);
	for (size_t i = 0; i < names.n; i++)
		if (unlinkat(c->links, names.v[i], 0) < 0 && r == 0)
			r = -errno;
	if (r == 0 && unlinkat(c->top, c->name, AT_REMOVEDIR) < 0)
		r = -errno;
	return r;
}

/* Makes the name of the item a link to the file's first copy. Returns 1; 0 if there is no such copy, or if the file
 * system allows it no further name, so that the file has to be copied; or -errno. */
static int link_again(struct copier *c, const struct tree_item *item)
{
	struct several key = { .dev = item->st.st_dev, .ino = item->st.st_ino }, **found, *file;
	char id[32];
	int r = 1;

	found = tfind(&key, &c->several, compare_several);
	if (!found)
		return 0;
	file = *found;
	snprintf(id, sizeof(id), "%lu", file->id);
	if (linkat(c->links, id, c->to, item->name, 0) < 0)
		r = errno == EMLINK ? 0 : -errno;
	if (r == 1 && --file->left > 0)
		return 1;
	if (r >= 0 && unlinkat(c->links, id, 0) < 0)
		r = -errno;
	tdelete(&key, &c->several, compare_several);
	free(file);
	return r;
}

/* Remembers a copied file of which there may be other names. */
static int remember(struct copier *c, const struct tree_item *item)
{
	struct several *file;
	char id[32];
	int r = c->links < 0 ? make_links(c) : 0;

	if (r < 0)
		return r;
	snprintf(id, sizeof(id), "%lu", c->n_links);
	if (linkat(c->to, item->name, c->links, id, 0) < 0)
		return errno == EMLINK || errno == ENOENT ? 0 : -errno;
	file = xcalloc(1, sizeof(*file));
	*file = (struct several){ item->st.st_dev, item->st.st_ino, item->st.st_nlink - 1, c->n_links++ };
	xcheck(tsearch(file, &c->several, compare_several));
	return 0;
}

static int copy_other(struct copier *c, const struct tree_item *item, bool content)
{
	bool several = item->st.st_nlink > 1;
	int r = several ? link_again(c, item) : 0;

	if (r != 0)
		return r < 0 ? r : 0;
	r = S_ISREG(item->st.st_mode)	? copy_file(c, item, content)
	    : S_ISLNK(item->st.st_mode) ? copy_link(c, item)
					: copy_node(c, item);
	return r == 0 && several ? remember(c, item) : r;
}

static bool is_left_out(struct copier *c, const struct stat *st)
{
	bool device = (S_ISCHR(st->st_mode) && st->st_rdev != makedev(0, 0)) || S_ISBLK(st->st_mode);

	c->copy->devices += device;
	return device || S_ISSOCK(st->st_mode);
}

static int visit(void *data, const struct tree_item *item)
{
	struct copier *c = data;
	enum tree_choice choice;

	if (item->dir < 0)
		return 0;
	if (signals_pending())
		return -EINTR;
	choice = choose(c, item);
	if (choice == TREE_NOT || is_left_out(c, &item->st))
		return 1;
	return S_ISDIR(item->st.st_mode) ? copy_directory(c, item, choice == TREE_WHOLE)
					 : copy_other(c, item, choice == TREE_WHOLE);
}

/* Appends to the path of the current directory. */
static void append(struct copier *c, const char *name)
{
	if (*name && c->len < PATH_MAX)
		c->len += (size_t)snprintf(c->path + c->len, PATH_MAX - c->len, "/%s", name);
}

static int enter(void *data, int dir, const char *name)
{
	struct copier *c = data;
	_cleanup_(closep) int to = -1;
	struct stat st;

	(void)dir;
	to = openat(c->to, *name ? name : ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (to < 0 || fstat(to, &st) < 0)
		return -errno;
	grow(c->levels, c->n);
	c->levels[c->n++] = (struct level){ st.st_dev, st.st_ino, c->len };
	append(c, name);
	closep(&c->to);
	c->to = steal_fd(&to);
	return 0;
}

static int leave(void *data, int dir)
{
	struct copier *c = data;
	const struct level *above;
	struct stat st;
	int up, r = fstat(dir, &st) < 0 ? -errno : 0;

	if (r < 0)
		return r;
	if (c->n == 1) {
		st.st_mode = 0700;
		r = remove_links(c);
	}
	if (r == 0)
		r = copy_attributes(dir, c->to, &st);
	if (r < 0 || c->n == 1)
		return r;
	c->len = c->levels[--c->n].path;
	if (c->len < PATH_MAX)
		c->path[c->len] = '\0';
	above = &c->levels[c->n - 1];
	up = openat(c->to, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	closep(&c->to);
	c->to = up;
	if (up < 0 || fstat(up, &st) < 0)
		return -errno;
	return st.st_dev == above->dev && st.st_ino == above->ino ? 0 : -ESTALE;
}

int tree_copy(int from, int to, struct tree_copy *copy)
{
	_cleanup_(copier_done) struct copier c = { .copy = copy, .to = -1, .top = to, .links = -1 };
	const struct tree_visitor visitor = { visit, enter, leave, &c, true };

	c.to = openat(to, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return c.to < 0 ? -errno : tree_walk(from, &visitor);
}
