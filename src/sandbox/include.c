/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copies of files of the host. They are made before anything runs in the sandbox, and so only the source is hostile. */
#include "sandbox/include.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/copy.h"
#include "base/log.h"
#include "base/path.h"
#include "base/text.h"
#include "base/tree-copy.h"
#include "base/tree-walk.h"
#include "container/mount-spec.h"
#include "sandbox/changes.h"
#include "sandbox/host-file.h"
#include "sandbox/layout.h"

void includes_done(struct includes *includes)
{
	for (size_t i = 0; i < includes->n; i++) {
		free(includes->v[i].host);
		free(includes->v[i].guest);
		closep(&includes->v[i].fd);
	}
	free(includes->v);
	*includes = (struct includes){ 0 };
}

/* A path of the host may have a '=' in it. */
char *includes_parse(const char *text, struct includes *includes)
{
	const char *guest = strrchr(text, '=');
	_cleanup_(freep) char *path = guest ? path_normalise(guest + 1) : NULL;

	if (!path || guest == text || !path_is_normal(path))
		return xstrdup("HOST=GUEST: a file or directory, and the absolute path of its copy in the sandbox");
	if (includes->n == INCLUDES_MAX)
		return xasprintf("--include can be given %d times", INCLUDES_MAX);
	grow(includes->v, includes->n);
	includes->v[includes->n++] =
		(struct include){ xstrndup(text, (size_t)(guest - text)), steal_ptr(path), .fd = -1 };
	return NULL;
}

static int check_guest(const struct include *include, const struct layout *layout, const struct mounts *mounts,
		       const char *shown)
{
	const struct place *place = layout_find(layout, include->guest);
	const struct mount *mount = mounts_find(mounts, include->guest);

	if (!place || place->kind != PLACE_OWN || strcmp(place->path, include->guest) == 0)
		return log_error_errno(-EINVAL,
				       "'%s' cannot be included at '%s', where the sandbox has no directory of its "
				       "own; choose a path in /home, /root or /tmp, for example.",
				       include->host, include->guest);
	if (mount || (shown && path_within(include->guest, shown)))
		return log_error_errno(-EINVAL, "'%s' cannot be included at '%s': what is mounted at '%s' hides it.",
				       include->host, include->guest, mount ? mount->target : shown);
	return 0;
}

static int open_host(int root_fd, const struct caller *caller, struct include *include)
{
	_cleanup_(host_file_done) struct host_file file = HOST_FILE_INIT;
	int r = host_file_open(root_fd, caller, include->host, "included", &file);

	if (r == 0)
		include->fd = steal_fd(&file.fd);
	return r;
}

int includes_open(int root_fd, const struct caller *caller, const struct layout *layout, const struct mounts *mounts,
		  const char *shown, struct includes *includes)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < includes->n; i++) {
		r = check_guest(&includes->v[i], layout, mounts, shown);
		if (r == 0)
			r = open_host(root_fd, caller, &includes->v[i]);
	}
	return r;
}

/* Opens the directory that is to hold the copy, and makes those that are missing on the way. Nothing but we, and what
 * was included before, has made anything below 'own'. */
static int open_parent(const struct include *include, int own, uid_t uid, gid_t gid, const char **ret_name)
{
	_cleanup_(closep) int dir = fcntl(own, F_DUPFD_CLOEXEC, 0);
	const char *name = include->guest + 1, *end;

	for (; dir >= 0 && (end = strchr(name, '/')); name = end + 1) {
		_cleanup_(freep) char *part = xstrndup(name, (size_t)(end - name));
		int next, made = mkdirat(dir, part, 0755);

		if (made < 0 && errno != EEXIST)
			return -errno;
		next = openat(dir, part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(dir);
		dir = next;
		if (made == 0 && dir >= 0 && fchownat(dir, "", uid, gid, AT_EMPTY_PATH) < 0)
			return -errno;
	}
	*ret_name = name;
	return dir < 0 ? -errno : steal_fd(&dir);
}

static int copy_file(const struct include *include, int dir, const char *name, uid_t uid, gid_t gid)
{
	_cleanup_(closep) int from = change_reopen(include->fd), to = -1;
	bool no_reflink = true;
	struct stat st;
	int r;

	if (from < 0 || fstat(from, &st) < 0)
		return from < 0 ? from : -errno;
	to = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return -errno;
	r = copy_content(from, to, &st, &no_reflink);
	if (r == 0 && (futimens(to, (const struct timespec[]){ st.st_atim, st.st_mtim }) < 0 ||
		       fchown(to, uid, gid) < 0 || fchmod(to, st.st_mode & 0777) < 0))
		r = -errno;
	return r;
}

struct copying {
	uid_t uid;
	gid_t gid;
	char *special; /* the path, in the tree, of something that cannot be copied; or NULL */
	mode_t type;   /* of it */
};

static enum tree_choice choose(void *data, const char *path, const struct stat *st)
{
	struct copying *c = data;

	if (S_ISREG(st->st_mode) || S_ISDIR(st->st_mode) || S_ISLNK(st->st_mode))
		return TREE_WHOLE;
	if (!c->special) {
		c->special = xstrdup(path);
		c->type = st->st_mode;
	}
	return TREE_NOT;
}

/* The ids in an ACL are the host's. Changing the owner of a file removes its set-user-ID bits and capabilities. */
static int give(void *data, const struct tree_item *item)
{
	static const char *const acls[] = { "system.posix_acl_access", "system.posix_acl_default" };
	const struct copying *c = data;
	char self[32];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", item->fd);
	for (size_t i = 0; !S_ISLNK(item->st.st_mode) && i < ARRAY_SIZE(acls); i++)
		if (removexattr(self, acls[i]) < 0 && errno != ENODATA && errno != ENOTSUP)
			return -errno;
	return fchownat(item->fd, "", c->uid, c->gid, AT_EMPTY_PATH) < 0 ? -errno : 0;
}

static int copy_directory(const struct include *include, int dir, const char *name, struct copying *c)
{
	_cleanup_(closep) int from = openat(include->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), to = -1;
	struct tree_copy copy = { .choose = choose, .data = c, .no_reflink = true };
	const struct tree_visitor visitor = { .visit = give, .data = c, .stops = true };
	struct stat st;
	int r;

	if (from < 0 || fstat(from, &st) < 0 || mkdirat(dir, name, 0700) < 0)
		return -errno;
	to = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	r = to < 0 ? -errno : tree_copy(from, to, &copy);
	if (r == 0 && !c->special)
		r = tree_walk(to, &visitor);
	return r == 0 && fchmod(to, st.st_mode & 01777) < 0 ? -errno : r;
}

static int say_failed(int r, const struct include *include)
{
	static const struct {
		int r;
		const char *reason;
	} reasons[] = {
		{ -EEXIST, "the sandbox has something there already" },
		{ -ENOTDIR, "a file is in the way there" },
		{ -ELOOP, "a symbolic link is in the way there" },
		{ -EXDEV, "another file system is mounted in it" },
		{ -ESTALE, "it has changed meanwhile" },
		{ -ENOSPC, "the memory for the sandbox's own files is full" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (reasons[i].r == r)
			return log_error_errno(r, "'%s' cannot be included at '%s': %s.", include->host, include->guest,
					       reasons[i].reason);
	return log_error_errno(r, "'%s' cannot be included at '%s': %m", include->host, include->guest);
}

int include_copy(const struct include *include, int own, uid_t uid, gid_t gid)
{
	struct copying c = { .uid = uid, .gid = gid };
	const char *name = NULL;
	_cleanup_(closep) int dir = open_parent(include, own, uid, gid, &name);
	struct stat st;
	int r = dir < 0 ? dir : fstat(include->fd, &st) < 0 ? -errno : 0;

	if (r == 0)
		r = S_ISDIR(st.st_mode) ? copy_directory(include, dir, name, &c)
					: copy_file(include, dir, name, uid, gid);
	if (r == 0 && c.special) {
		_cleanup_(freep) char *safe = escape_control(c.special);

		r = log_error_errno(-EINVAL,
				    "'%s' cannot be included: '%s' in it is a %s; only files, directories and links "
				    "can.",
				    include->host, safe + 1, change_type_word(c.type));
	} else if (r < 0) {
		say_failed(r, include);
	}
	free(c.special);
	return r;
}
