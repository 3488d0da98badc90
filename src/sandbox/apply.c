/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Applies changes: judges all, then removes, from the deepest paths up, then adds and replaces, from the highest down.
 * What is new is made in a directory that only root can enter, beside its place, so that users who own the directories
 * there can neither see nor exchange it, and renamed from there. */
#include "sandbox/apply.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <search.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/copy.h"
#include "base/log.h"
#include "base/path.h"
#include "base/rm-rf.h"
#include "base/rootfd.h"
#include "base/signals.h"
#include "base/text.h"
#include "selinux/selinux.h"

#define WORK CHANGES_WORK /* the directory in which something is made */
#define NEW "new"	  /* its name in there */
#define CAPABILITY "security.capability"
#define SET_ID (S_ISUID | S_ISGID)

/* A file that was made, of which the command made several names. */
struct several {
	dev_t dev; /* of the kept file */
	ino_t ino;
	dev_t new_dev; /* of the one that was made */
	ino_t new_ino;
	const struct change *change; /* for its first name */
};

struct applier {
	int root_fd, dir_fd;
	const struct changes *changes;
	bool *chosen;
	const struct apply_options *options;
	void *several; /* of tsearch(3) */
	bool no_reflink;
};

static int refuse(const struct change *c, const char *why)
{
	_cleanup_(freep) char *path = escape_control(c->path);

	return log_error_errno(-ECANCELED, "'%s' cannot be applied: %s.", path, why);
}

/* The change at exactly this path, or NULL. */
static const struct change *change_at(const struct changes *changes, const char *path)
{
	size_t begin, end = changes_below(changes, path, &begin);

	return begin < end && strcmp(changes->v[begin].path, path) == 0 ? &changes->v[begin] : NULL;
}

/* Chooses the directories that the command added and in which this change is. */
static void choose_parents(struct applier *a, const struct change *c)
{
	_cleanup_(freep) char *path = xstrdup(c->path);

	for (char *slash; (slash = strrchr(path, '/')) && slash > path;) {
		const struct change *parent;

		*slash = '\0';
		parent = change_at(a->changes, path);
		if (parent && parent->kind == CHANGE_ADDED && S_ISDIR(parent->there.mode))
			a->chosen[parent - a->changes->v] = true;
	}
}

/* Whether the file status last changed after the command began. That of a directory changes with what is in it. What
 * the host has put into a removed directory keeps the directory from being removed, and is a removed path itself. */
static bool is_newer(const struct applier *a, const struct change *c)
{
	int64_t changed = (int64_t)c->ctime.tv_sec * 1000000 + c->ctime.tv_nsec / 1000;

	if (c->kind == CHANGE_ADDED || (S_ISDIR(c->host.mode) && !S_ISDIR(c->there.mode)))
		return false;
	return changed >= a->changes->kept.time;
}

/* Whether the directory of this path is one for which the command had something else than the host has. */
static bool is_in_replaced(const struct applier *a, const struct change *c)
{
	_cleanup_(freep) char *parent = path_parent(c->path);
	const struct change *p = change_at(a->changes, parent);

	return p && p->kind == CHANGE_CHANGED && p->what & CHANGE_TYPE && S_ISDIR(p->there.mode) &&
	       !a->chosen[p - a->changes->v];
}

/* The rights that the host has given to the same file are no news. */
static mode_t new_mode(const struct applier *a, const struct change *c)
{
	bool same_file = c->kind == CHANGE_CHANGED && !(c->what & (CHANGE_TYPE | CHANGE_CONTENT | CHANGE_OWNER));

	if (a->options->set_id || S_ISDIR(c->there.mode) || (same_file && !(c->there.mode & ~c->host.mode & SET_ID)))
		return c->there.mode;
	return c->there.mode & ~(mode_t)SET_ID;
}

static bool takes_capability(const struct applier *a, const struct change *c)
{
	return a->options->set_id || (c->kind == CHANGE_CHANGED &&
				      !(c->what & (CHANGE_TYPE | CHANGE_CONTENT | CHANGE_OWNER | CHANGE_XATTRS)));
}

static bool has_capability(const struct applier *a, const struct change *c)
{
	_cleanup_(closep) int fd = S_ISREG(c->there.mode) ? change_open_there(a->dir_fd, c) : -1;
	char self[32];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	return fd >= 0 && getxattr(self, CAPABILITY, NULL, 0) >= 0;
}

/* Whether the path has the name that is needed to make something. */
static bool is_work(const char *path)
{
	for (const char *at = path; (at = strstr(at, "/" WORK)); at++)
		if (at[strlen("/" WORK)] == '/' || !at[strlen("/" WORK)])
			return true;
	return false;
}

/* 0, 1 if nothing is left of the change, or -ECANCELED if it is refused; after messages. */
static int judge(const struct applier *a, const struct change *c)
{
	mode_t type = c->there.mode & S_IFMT, mode = new_mode(a, c);
	_cleanup_(freep) char *path = escape_control(c->path);

	if (is_work(c->path) && c->kind == CHANGE_REMOVED)
		return 0; /* what an interrupted run has left on the host */
	if (is_work(c->path)) {
		log_warn("'%s' is left out: the name '%s' is needed to apply other changes.", path, WORK);
		return 1;
	}
	if (c->apart)
		return refuse(c, "it lies on another mount of the host, which the command did not see");
	if (S_ISCHR(type) || S_ISBLK(type) || S_ISSOCK(type)) {
		log_warn("'%s' is left out: it is a %s.", path, change_type_word(type));
		return 1;
	}
	if (is_in_replaced(a, c))
		return refuse(c, "its directory is something else on the host; choose that path, too, to replace it");
	if (is_newer(a, c) && !a->options->force)
		return refuse(c, "the host has changed it since the command began, and --force would undo that");
	if (c->kind == CHANGE_REMOVED)
		return 0;
	if (mode != c->there.mode && c->what == CHANGE_MODE && mode == c->host.mode) {
		log_warn("'%s' is left out: it has only got set-user-ID or set-group-ID bits, which need --set-id.",
			 path);
		return 1;
	}
	if (mode != c->there.mode)
		log_warn("'%s' loses set-user-ID and set-group-ID bits, which need --set-id.", path);
	if (!takes_capability(a, c) && has_capability(a, c))
		log_warn("'%s' loses file capabilities, which need --set-id.", path);
	return 0;
}

/* Opens the directory of the host in which the change is. */
static int open_parent(const struct applier *a, const struct change *c, const char **ret_name)
{
	const char *place = change_place(a->changes, c);
	_cleanup_(closep) int fd = rootfd_openat(a->root_fd, place, O_PATH | O_DIRECTORY, 0, WALK_TREE);

	return fd < 0 ? fd : rootfd_parent(fd, c->path + strlen(place), WALK_MOUNT, ret_name);
}

/* Whether the host still has what the change was found against: 0, -ESTALE, or another -errno. */
static int check_host(int dir, const char *name, const struct change *c)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno != ENOENT ? -errno : c->kind == CHANGE_ADDED ? 0 : -ESTALE;
	if (c->kind == CHANGE_ADDED || st.st_dev != c->dev || st.st_ino != c->ino ||
	    (st.st_mode & S_IFMT) != (c->host.mode & S_IFMT))
		return -ESTALE;
	return S_ISDIR(st.st_mode) || (st.st_ctim.tv_sec == c->ctime.tv_sec && st.st_ctim.tv_nsec == c->ctime.tv_nsec)
		       ? 0
		       : -ESTALE;
}

/* Makes and opens the directory for something new, for whose owner 'dir' may belong to. What an interrupted run has
 * left there is removed. A default ACL of 'dir' would be inherited by what is made in it. */
static int open_work(int dir)
{
	_cleanup_(closep) int work = -1;
	struct stat st;
	int r = rm_rf(dir, WORK);

	if (r < 0)
		return r;
	if (mkdirat(dir, WORK, 0700) < 0)
		return -errno;
	work = rootfd_openat(dir, WORK, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0, WALK_MOUNT);
	if (work < 0)
		return work;
	if (fstat(work, &st) < 0)
		return -errno;
	if (st.st_uid != geteuid() || st.st_mode & 077)
		return -EPERM;
	if (fremovexattr(work, "system.posix_acl_default") < 0 && errno != ENODATA && errno != ENOTSUP)
		return -errno;
	return steal_fd(&work);
}

static int compare_several(const void *a, const void *b)
{
	const struct several *x = a, *y = b;

	if (x->ino != y->ino)
		return x->ino < y->ino ? -1 : 1;
	return x->dev < y->dev ? -1 : x->dev > y->dev;
}

/* Makes the new file another name of the one that was made for another name of the same kept file. Returns 1; or 0 if
 * there is none, if that one has got other rights, or if it can have no other name there. */
static int link_again(struct applier *a, const struct change *c, const struct stat *there, int work)
{
	struct several key = { .dev = there->st_dev, .ino = there->st_ino }, **found = NULL;
	_cleanup_(closep) int fd = -1;
	struct stat st;
	char self[32];

	found = there->st_nlink > 1 ? tfind(&key, &a->several, compare_several) : NULL;
	if (found && (new_mode(a, (*found)->change) != new_mode(a, c) ||
		      takes_capability(a, (*found)->change) != takes_capability(a, c)))
		return 0;
	fd = found ? change_open_host(a->root_fd, a->changes, (*found)->change) : -1;
	if (fd < 0 || fstat(fd, &st) < 0 || st.st_dev != (*found)->new_dev || st.st_ino != (*found)->new_ino)
		return 0;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, self, work, NEW, AT_SYMLINK_FOLLOW) == 0;
}

static void remember(struct applier *a, const struct change *c, const struct stat *there, int fd)
{
	struct several *file;
	struct stat st;

	if (there->st_nlink < 2 || fstat(fd, &st) < 0)
		return;
	file = xcalloc(1, sizeof(*file));
	*file = (struct several){ there->st_dev, there->st_ino, st.st_dev, st.st_ino, c };
	if (*(struct several **)xcheck(tsearch(file, &a->several, compare_several)) != file)
		free(file);
}

static int make_file(struct applier *a, const struct change *c, int there, struct stat *st, int work)
{
	_cleanup_(closep) int from = -1, to = -1;
	int r = link_again(a, c, st, work);

	if (r)
		return 0;
	from = change_reopen(there);
	if (from < 0)
		return from;
	to = openat(work, NEW, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return -errno;
	r = copy_content(from, to, st, &a->no_reflink);
	if (r == 0)
		r = copy_attributes(from, to, st);
	if (r == 0 && !takes_capability(a, c) && fgetxattr(to, CAPABILITY, NULL, 0) >= 0 &&
	    fremovexattr(to, CAPABILITY) < 0)
		r = -errno;
	if (r == 0)
		remember(a, c, st, to);
	return r;
}

static int make_directory(int there, const struct stat *st, int work)
{
	_cleanup_(closep) int to = -1;

	if (mkdirat(work, NEW, 0700) < 0)
		return -errno;
	to = openat(work, NEW, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return to < 0 ? -errno : copy_attributes(there, to, st);
}

/* A link or a fifo. */
static int make_other(const struct change *c, const struct stat *st, int work)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };

	if (S_ISLNK(st->st_mode) ? symlinkat(c->there.target, work, NEW) < 0
				 : mknodat(work, NEW, S_IFIFO | 0600, 0) < 0)
		return -errno;
	if (fchownat(work, NEW, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0 ||
	    (S_ISFIFO(st->st_mode) && fchmodat(work, NEW, st->st_mode & 07777, 0) < 0) ||
	    utimensat(work, NEW, times, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return 0;
}

/* Makes what the command left at the path. */
static int make_new(struct applier *a, const struct change *c, int work)
{
	_cleanup_(closep) int there = change_open_there(a->dir_fd, c);
	_cleanup_(freep) char *label = NULL;
	struct stat st;
	int r;

	if (there < 0)
		return there;
	if (fstat(there, &st) < 0)
		return -errno;
	if ((st.st_mode & S_IFMT) != (c->there.mode & S_IFMT))
		return -ESTALE;
	st.st_mode = new_mode(a, c);
	if (a->options->label)
		(void)selinux_policy_label(c->path, st.st_mode, &label);
	r = selinux_create_as(label);
	if (r == 0)
		r = S_ISREG(st.st_mode)	  ? make_file(a, c, there, &st, work)
		    : S_ISDIR(st.st_mode) ? make_directory(there, &st, work)
					  : make_other(c, &st, work);
	selinux_create_as(NULL);
	return r;
}

/* A directory and something else take each other's place at once. What has more in it than the command removed goes
 * back. */
static int exchange(int work, int dir, const char *name, bool is_directory)
{
	int r;

	if (renameat2(work, NEW, dir, name, RENAME_EXCHANGE) < 0)
		return -errno;
	if (unlinkat(work, NEW, is_directory ? AT_REMOVEDIR : 0) == 0)
		return 0;
	r = -errno;
	return renameat2(work, NEW, dir, name, RENAME_EXCHANGE) < 0 ? -errno : r;
}

static int put_new(struct applier *a, const struct change *c, int dir, const char *name)
{
	_cleanup_(closep) int work = open_work(dir);
	bool was_directory = S_ISDIR(c->host.mode);
	int r = work < 0 ? work : make_new(a, c, work);

	if (r == 0 && (was_directory || (c->kind == CHANGE_CHANGED && S_ISDIR(c->there.mode))))
		r = exchange(work, dir, name, was_directory);
	else if (r == 0 && renameat2(work, NEW, dir, name, c->kind == CHANGE_ADDED ? RENAME_NOREPLACE : 0) < 0)
		r = -errno;
	if (work >= 0)
		rm_rf(dir, WORK);
	return r;
}

/* Removes the attributes that would be copied, and that 'there' has not. */
static int drop_xattrs(int there, int host)
{
	char from[32], to[32], names[XATTR_LIST_MAX];
	ssize_t n;

	snprintf(from, sizeof(from), "/proc/self/fd/%d", there);
	snprintf(to, sizeof(to), "/proc/self/fd/%d", host);
	n = listxattr(to, names, sizeof(names));
	if (n < 0)
		return errno == ENOTSUP ? 0 : -errno;
	for (const char *name = names; name < names + n; name += strlen(name) + 1)
		if (copy_takes_xattr(name) && getxattr(from, name, NULL, 0) < 0 && removexattr(to, name) < 0)
			return -errno;
	return 0;
}

/* Changes the directory that the host has at the path. */
static int change_directory(const struct applier *a, const struct change *c)
{
	_cleanup_(closep) int there = change_open_there(a->dir_fd, c);
	_cleanup_(closep) int path = change_open_host(a->root_fd, a->changes, c);
	_cleanup_(closep) int host = path < 0 ? path : rootfd_openat(path, ".", O_RDONLY | O_DIRECTORY, 0, WALK_MOUNT);
	struct stat now, st;
	int r;

	if (there < 0 || host < 0)
		return there < 0 ? there : host;
	if (fstat(host, &now) < 0 || fstat(there, &st) < 0)
		return -errno;
	if (now.st_dev != c->dev || now.st_ino != c->ino || !S_ISDIR(st.st_mode))
		return -ESTALE;
	st.st_atim = now.st_atim;
	st.st_mtim = now.st_mtim;
	r = drop_xattrs(there, host);
	return r < 0 ? r : copy_attributes(there, host, &st);
}

static int apply_one(struct applier *a, const struct change *c)
{
	_cleanup_(closep) int dir = -1;
	const char *name;
	int r;

	if (c->kind == CHANGE_CHANGED && !(c->what & CHANGE_TYPE) && S_ISDIR(c->there.mode))
		return change_directory(a, c);
	dir = open_parent(a, c, &name);
	r = dir < 0 ? dir : check_host(dir, name, c);
	if (r < 0)
		return r;
	if (c->kind != CHANGE_REMOVED)
		return put_new(a, c, dir, name);
	return unlinkat(dir, name, S_ISDIR(c->host.mode) ? AT_REMOVEDIR : 0) < 0 ? -errno : 0;
}

static int apply_row(struct applier *a, size_t i)
{
	const struct change *c = &a->changes->v[i];
	_cleanup_(freep) char *path = NULL;
	int r;

	if (!a->chosen[i])
		return 0;
	if (signals_pending())
		return -EINTR;
	path = escape_control(c->path);
	r = apply_one(a, c);
	if (r == 0)
		log_info("Applied '%s': %s", path, change_kind_word(c->kind));
	else if (r == -ESTALE || r == -EEXIST)
		log_error_errno(r, "'%s' has changed on the host just now; apply it again to see how.", path);
	else if (r == -ELOOP)
		log_error_errno(r, "The host has a symbolic link in the path '%s', which is not followed.", path);
	else if (r == -ENOTEMPTY)
		log_error_errno(r, "'%s' has more in it than the command removed.", path);
	else if (r != -EINTR)
		log_error_errno(r, "Cannot apply '%s': %m", path);
	return r;
}

/* Removes what interrupted runs have left in directories where there may be nothing more to do. */
static int clean_up(const struct applier *a)
{
	for (size_t i = 0; i < a->changes->interrupted.n; i++) {
		const char *path = a->changes->interrupted.v[i];
		_cleanup_(closep) int dir = rootfd_openat(a->root_fd, path, O_PATH | O_DIRECTORY, 0, WALK_TREE);
		int r = dir < 0 ? dir : rm_rf(dir, WORK);

		if (r < 0)
			return log_error_errno(r, "Cannot remove '%s/" WORK "': %m", path);
	}
	return 0;
}

int changes_apply(int root_fd, int dir_fd, const struct changes *changes, bool chosen[],
		  const struct apply_options *options)
{
	struct applier a = { root_fd, dir_fd, changes, chosen, options, NULL, false };
	bool refused = false;
	int r = 0;

	for (size_t i = 0; i < changes->n; i++)
		if (chosen[i] && changes->v[i].kind != CHANGE_REMOVED)
			choose_parents(&a, &changes->v[i]);
	for (size_t i = 0; i < changes->n; i++) {
		int verdict = chosen[i] ? judge(&a, &changes->v[i]) : 0;

		refused = refused || verdict < 0;
		chosen[i] = chosen[i] && verdict == 0;
	}
	if (refused)
		return log_error_errno(-ECANCELED, "Nothing was applied.");
	if (options->dry_run)
		return 0;
	for (size_t i = changes->n; r == 0 && i-- > 0;)
		if (changes->v[i].kind == CHANGE_REMOVED)
			r = apply_row(&a, i);
	if (r == 0)
		r = clean_up(&a);
	for (size_t i = 0; r == 0 && i < changes->n; i++)
		if (changes->v[i].kind != CHANGE_REMOVED)
			r = apply_row(&a, i);
	tdestroy(a.several, free);
	return r;
}
