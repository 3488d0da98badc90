/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A file comes into being under a name of its own and is then renamed, so that a reader finds the old one or the new
 * one, and nothing that has another name is written to. */
#include "cli/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/copy.h"
#include "base/log.h"
#include "base/path.h"
#include "base/random.h"
#include "base/rootfd.h"
#include "base/signals.h"
#include "container/live-places.h"
#include "container/open.h"
#include "container/places.h"
#include "container/record-file.h"
#include "container/root-layout.h"
#include "selinux/selinux.h"

#define DEPTH_MAX 256 /* directories in each other, each of which needs descriptors */
#define PERMISSIONS 0777
#define NOT_FOR_OTHERS 022
#define TEMPORARY_SIZE (sizeof(".cp-") + RANDOM_ID_SIZE)

void place_end_done(struct place_end *end)
{
	free(end->container);
	free(end->path);
	free(end->base);
	record_done(&end->record);
	closep(&end->dir);
}

/* The length of NAME, or 0. */
static size_t name_length(const char *operand)
{
	const char *colon = strchr(operand, ':');
	_cleanup_(freep) char *name = colon ? xstrndup(operand, (size_t)(colon - operand)) : NULL;

	return name && colon[1] == '/' && record_name_valid(name) ? strlen(name) : 0;
}

bool place_end_is_inside(const char *operand)
{
	return name_length(operand) > 0;
}

/* Splits a path into the directory and the last component, without empty components and '.'. Returns NULL, or what is
 * wrong with it. */
static const char *split(const char *path, char **ret_dir, char **ret_base)
{
	_cleanup_(strv_done) struct strv words = { 0 }, clean = { 0 };
	_cleanup_(freep) char *joined = NULL;

	strv_split(&words, path, "/");
	for (size_t i = 0; i < words.n; i++) {
		if (strcmp(words.v[i], "..") == 0)
			return "contains '..'";
		if (strcmp(words.v[i], ".") != 0)
			strv_add(&clean, words.v[i]);
	}
	if (clean.n == 0)
		return "is the whole root; 'virt-sandbox-service export' copies containers";
	*ret_base = xstrdup(clean.v[clean.n - 1]);
	strv_drop_last(&clean);
	joined = strv_join(&clean, "/");
	*ret_dir = xasprintf("/%s", joined);
	return NULL;
}

/* The end of a sentence about what lies there. Caller frees. */
static char *mount_where(const struct mount *m)
{
	static const char *const where[] = {
		[MOUNT_HOST] = "lies in a directory of the host",
		[MOUNT_IMAGE] = "lies in an image of the host",
		[MOUNT_GUEST] = "lies in another directory of the container",
		[MOUNT_RAM] = "lies in memory",
	};

	return m->source ? xasprintf("%s, '%s'", where[m->kind], m->source) : xstrdup(where[m->kind]);
}

/* Why a path is not in the container's own directory, as the end of a sentence; NULL if it is. Caller frees. */
static char *why_not_own(const struct record *record, const char *path)
{
	const struct mount *mount = mounts_find(&record->mounts, path);
	const struct root_entry *nearest = NULL;

	for (const struct root_entry *e = root_layout; e->path; e++)
		if (path_within(path, e->path) && (!nearest || strlen(e->path) > strlen(nearest->path)))
			nearest = e;
	if (mount)
		return mount_where(mount);
	if (live_place_of(&record->live, path))
		return xstrdup("is the host's own file, which containers share");
	if (!nearest || !root_is_writable(nearest))
		return xasprintf("is not among the container's own files; 'virt-sandbox-service execute %s' reaches it "
				 "while the container runs",
				 record->name);
	return NULL;
}

static int open_failed(const struct place_end *end, const char *dir, int r)
{
	if (r == -ELOOP)
		return log_error_errno(r, "'%s' is or leads through a symbolic link, which is not followed.", dir);
	if (r == -EXDEV)
		return log_error_errno(r, "'%s' leads out of the container's directory, or through a mount.", dir);
	return log_error_errno(r, "Cannot open directory '%s'%s%s: %m", dir, end->container ? " of container " : "",
			       end->container ? end->container : "");
}

static int open_inside(const struct context *context, const char *operand, struct place_end *end)
{
	size_t len = name_length(operand);
	_cleanup_(freep) char *dir = NULL, *whole = NULL, *why = NULL;
	_cleanup_(closep) int tree = -1;
	const char *wrong;
	int r;

	end->container = xstrndup(operand, len);
	r = record_load(context->root_fd, end->container, &end->record);
	if (r == 0)
		r = container_check_ready(&end->record);
	if (r < 0)
		return r;
	wrong = split(operand + len + 1, &dir, &end->base);
	if (wrong)
		return log_error_errno(-EINVAL, "'%s' %s.", operand, wrong);
	end->path = xstrdup(operand);
	whole = xasprintf("%s/%s", strcmp(dir, "/") == 0 ? "" : dir, end->base);
	why = why_not_own(&end->record, whole);
	if (why)
		return log_error_errno(-EXDEV, "'%s' %s.", operand, why);
	tree = place_open_tree(context->root_fd, end->record.path, false);
	if (tree < 0)
		return tree;
	end->dir = rootfd_openat(tree, dir, O_PATH | O_DIRECTORY, 0, WALK_MOUNT);
	return end->dir < 0 ? open_failed(end, dir, end->dir) : 0;
}

/* The administrator's own path, in which links are followed as usual. */
static int open_outside(const char *operand, struct place_end *end)
{
	_cleanup_(freep) char *dir = NULL;
	const char *slash;

	end->path = xstrdup(operand);
	while (strlen(end->path) > 1 && has_suffix(end->path, "/"))
		end->path[strlen(end->path) - 1] = '\0';
	slash = strrchr(end->path, '/');
	if (!slash) {
		dir = xstrdup(".");
		end->base = xstrdup(end->path);
	} else {
		dir = xstrndup(end->path, slash == end->path ? 1 : (size_t)(slash - end->path));
		end->base = xstrdup(slash + 1);
	}
	if (!*end->base || strcmp(end->base, ".") == 0 || strcmp(end->base, "..") == 0) {
		free(dir);
		dir = steal_ptr(end->base);
		free(dir);
		dir = xstrdup(end->path);
		end->base = xstrdup(".");
	}
	end->dir = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return end->dir < 0 ? open_failed(end, dir, -errno) : 0;
}

int place_end_open(const struct context *context, const char *operand, struct place_end *ret)
{
	struct place_end end = PLACE_END_INIT;
	int r = place_end_is_inside(operand) ? open_inside(context, operand, &end) : open_outside(operand, &end);

	if (r < 0)
		place_end_done(&end);
	else
		*ret = end;
	return r;
}

/* In a container, 'name' is opened without following anything or entering a mount. */
static int open_in(const struct place_end *end, int dir, const char *name, int flags)
{
	int fd;

	if (end->container)
		return rootfd_openat(dir, name, flags, 0, WALK_MOUNT);
	fd = openat(dir, name, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int place_end_enter(struct place_end *end, const char *base)
{
	int fd = open_in(end, end->dir, end->base, O_PATH | O_DIRECTORY);

	if (fd == -ENOENT || fd == -ENOTDIR)
		return 0;
	if (fd < 0)
		return open_failed(end, end->path, fd);
	close(end->dir);
	end->dir = fd;
	free(end->base);
	end->base = xstrdup(base);
	return 0;
}

struct job {
	const struct place_end *from, *to;
	mode_t mask; /* of permissions that new files do not get */
	bool no_reflink;
	int r; /* the first error */
};

static int note(struct job *job, int r)
{
	job->r = job->r ? job->r : r;
	return r;
}

static int failed(struct job *job, const char *name, int r)
{
	return note(job, r == -EINTR ? r : log_error_errno(r, "Cannot copy '%s' of '%s': %m", name, job->from->path));
}

static int temporary_name(char ret[static TEMPORARY_SIZE])
{
	char id[RANDOM_ID_SIZE];
	int r = random_id(id);

	snprintf(ret, TEMPORARY_SIZE, ".cp-%s", r < 0 ? "" : id);
	return r;
}

/* What is new gets the mode that it had, as far as the mask allows. What replaces something gets the mode of that; but
 * a program of the host that runs with somebody's rights does not keep these when a container has written it. */
static mode_t new_mode(const struct job *job, const struct stat *st, const struct stat *old)
{
	if (old)
		return old->st_mode & (job->to->container ? 07777 : PERMISSIONS);
	return st->st_mode & PERMISSIONS & ~job->mask;
}

/* Gives what is new its owner and mode. 'old' is what it replaces, if that is of the same kind, or NULL. */
static int dress(const struct job *job, int fd, const struct stat *st, const struct stat *old)
{
	if (fchown(fd, old ? old->st_uid : 0, old ? old->st_gid : 0) < 0 || fchmod(fd, new_mode(job, st, old)) < 0)
		return -errno;
	return futimens(fd, (const struct timespec[]){ st->st_atim, st->st_mtim }) < 0 ? -errno : 0;
}

/* Puts the temporary name in the place of the final one. */
static int settle(int dir, const char *temporary, const char *name, int r)
{
	if (r == 0 && renameat(dir, temporary, dir, name) < 0)
		r = -errno;
	if (r < 0)
		unlinkat(dir, temporary, 0);
	return r;
}

static const struct stat *find_old(int dir, const char *name, mode_t type, struct stat *st)
{
	return fstatat(dir, name, st, AT_SYMLINK_NOFOLLOW) == 0 && (st->st_mode & S_IFMT) == type ? st : NULL;
}

/* 'fd' is an O_PATH descriptor of the file, which has been looked at: what is opened by it is the same file. */
static int copy_file(struct job *job, int fd, const struct stat *st, int to, const char *to_name)
{
	_cleanup_(closep) int in = -1, out = -1;
	char temporary[TEMPORARY_SIZE], self[32];
	struct stat old;
	int r = temporary_name(temporary);

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	in = open(self, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (in < 0 || r < 0)
		return r < 0 ? r : -errno;
	out = openat(to, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out < 0)
		return -errno;
	r = copy_content(in, out, st, &job->no_reflink);
	if (r == 0)
		r = dress(job, out, st, find_old(to, to_name, S_IFREG, &old));
	return settle(to, temporary, to_name, r);
}

static int copy_link(int fd, int to, const char *to_name)
{
	char temporary[TEMPORARY_SIZE], target[PATH_MAX];
	ssize_t n = readlinkat(fd, "", target, sizeof(target) - 1);
	int r = temporary_name(temporary);

	if (n < 0 || r < 0)
		return r < 0 ? r : -errno;
	target[n] = '\0';
	if (symlinkat(target, to, temporary) < 0)
		return -errno;
	return settle(to, temporary, to_name, fchownat(to, temporary, 0, 0, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0);
}

static void copy(struct job *job, int from, const char *from_name, int to, const char *to_name, unsigned int depth);

static void copy_below(struct job *job, int from, int to, unsigned int depth)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	int r = rootfd_list(from, ".", WALK_TREE, &names);

	if (r < 0)
		failed(job, ".", r);
	for (size_t i = 0; i < names.n && job->r != -EINTR; i++)
		copy(job, from, names.v[i], to, names.v[i], depth + 1);
}

static int copy_directory(struct job *job, int fd, const struct stat *st, int to, const char *to_name,
			  unsigned int depth)
{
	_cleanup_(closep) int out = -1, below = -1;
	bool is_new;

	if (depth > DEPTH_MAX)
		return -ENAMETOOLONG;
	is_new = mkdirat(to, to_name, 0700) == 0;
	if (!is_new && errno != EEXIST)
		return -errno;
	out = open_in(job->to, to, to_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (out < 0)
		return out;
	below = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (below < 0)
		return -errno;
	copy_below(job, below, out, depth);
	return is_new ? dress(job, out, st, NULL) : 0;
}

static void copy(struct job *job, int from, const char *from_name, int to, const char *to_name, unsigned int depth)
{
	_cleanup_(closep) int fd = open_in(job->from, from, from_name, O_PATH | O_NOFOLLOW);
	struct stat st;
	int r = fd < 0 ? fd : fstat(fd, &st) < 0 ? -errno : 0;

	if (r == -ENOENT && depth > 0)
		return; /* it has gone meanwhile */
	if (r == 0 && signals_pending())
		r = -EINTR;
	if (r == 0 && S_ISREG(st.st_mode))
		r = copy_file(job, fd, &st, to, to_name);
	else if (r == 0 && S_ISLNK(st.st_mode) && depth == 0 && job->from->container)
		/* on the host, the next copy to the same place would follow it */
		note(job, log_error_errno(-ELOOP, "'%s' is a symbolic link, which is not followed.", job->from->path));
	else if (r == 0 && S_ISLNK(st.st_mode))
		r = copy_link(fd, to, to_name);
	else if (r == 0 && S_ISDIR(st.st_mode))
		r = copy_directory(job, fd, &st, to, to_name, depth);
	else if (r == 0)
		note(job, log_error_errno(-EOPNOTSUPP, "'%s' of '%s' is a device, fifo or socket, and is not copied.",
					  from_name, job->from->path));
	if (r < 0)
		failed(job, from_name, r);
}

/* Root in a container chose the modes of its files, and nobody but root may write to what is copied to the host. */
static mode_t mask_for(const struct place_end *to)
{
	mode_t mask;

	if (to->container)
		return 0;
	mask = umask(0);
	umask(mask);
	return mask | NOT_FOR_OTHERS;
}

int transfer(const struct place_end *from, const struct place_end *to)
{
	struct job job = { .from = from, .to = to, .mask = mask_for(to) };
	const char *label = to->record.file_context;
	int r = to->container ? selinux_create_as(label) : 0;

	if (r < 0)
		return log_error_errno(r, "Cannot label files as %s: %m", label);
	copy(&job, from->dir, from->base, to->dir, to->base, 0);
	selinux_create_as(NULL);
	return job.r;
}
