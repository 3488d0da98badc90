/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes the tree in a mount namespace of our own, on a memory file system, the stage, which has:
 *
 *	root	what becomes the sandbox's root, with mount points for all the rest
 *	own	the directories that are the sandbox's own
 *	low/N	the N-th part, with the sandbox's ids
 *	cover/N	a layer over it, with empty files in place of those that the sandbox must not read, and its resolv.conf
 *	seen/N	the overlay over it, with which the sandbox sees it
 *	kept	upper and work directories of the overlays that can be written to
 *	empty	the second layer that overlayfs insists on */
#include "sandbox/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/idmap.h"
#include "base/log.h"
#include "base/path.h"
#include "base/rootfd.h"
#include "base/subprocess.h"
#include "base/syscalls.h"
#include "container/mount-spec.h"
#include "container/paths.h"
#include "container/places.h"
#include "container/record.h"
#include "sandbox/caller.h"
#include "sandbox/include.h"
#include "sandbox/kept.h"
#include "sandbox/layout.h"
#include "sandbox/shown.h"

#define STAGE SANDBOX_DIR
#define THROWN "own/.thrown" /* no path that is the sandbox's own begins like this */
#define MOUNT_MS 30000
#define GROUPS_MAX 128		    /* their text has to fit into a page: user_namespaces(7) */
#define PRIVATE (UINT64_C(1) << 18) /* MS_PRIVATE of mount(2), whose header excludes that of mount_setattr(2) */
/* A user that owns nothing: systemd's list of ids (uids-gids.md) warns against everything from 2^31 on. */
#define READER 0xfeffffffu
#define NOBODY 65534 /* no id of a sandbox, and for the kernel that of whoever has none: user_namespaces(7) */

/* A directory of the host that the sandbox sees. */
struct part {
	char *path;    /* in the sandbox */
	char *name;    /* of a file that is shown alone, in the directory that is mounted; else NULL */
	int mount;     /* detached, without what is mounted below it */
	bool mapped;   /* it has the sandbox's ids */
	bool own;      /* of these, it has those of struct owners */
	bool borrowed; /* it is seen with the reader's rights */
	bool covered;  /* something lies over it, instead of the host's */
	bool writable; /* by an overlay of its own */
	bool labelled; /* by an overlay that has nothing but the sandbox's label */
	struct stat st;
};

/* The ids that a caller with a service has in the sandbox. */
struct owners {
	struct idmap_range uid, gids[GROUPS_MAX];
	size_t n_gids;
};

struct stage {
	const struct tree_order *order;
	struct part *parts; /* a part comes before those that lie in it */
	size_t n, n_places; /* of these, the places of the layout come first */
	int userns;	    /* maps the sandbox's ids */
	struct owners own;  /* only for a caller with a service */
	int own_userns;	    /* maps these; else -1 */
	int kept;	    /* a detached mount of what is kept, or -1 */
	int fd;		    /* the stage */
};

static void stage_done(struct stage *stage)
{
	for (size_t i = 0; i < stage->n; i++) {
		closep(&stage->parts[i].mount);
		free(stage->parts[i].path);
		free(stage->parts[i].name);
	}
	free(stage->parts);
	closep(&stage->userns);
	closep(&stage->own_userns);
	closep(&stage->kept);
	closep(&stage->fd);
}

static uid_t host_id(const struct stage *stage, uid_t id)
{
	return stage->order->record->uid_base + id;
}

static int attach(int mount, int dir, const char *path)
{
	return sys_move_mount(mount, "", dir, path, MOVE_MOUNT_F_EMPTY_PATH);
}

struct option {
	const char *key, *value; /* an option without a value is left out */
};

/* A new file system. A detached mount, or -errno. */
static int make_fs(const char *type, const struct option *options, size_t n, unsigned int attributes)
{
	_cleanup_(closep) int fs = sys_fsopen(type, FSOPEN_CLOEXEC);
	int r = fs < 0 ? fs : 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		if (options[i].value && *options[i].value)
			r = sys_fsconfig(fs, FSCONFIG_SET_STRING, options[i].key, options[i].value, 0);
	if (r == 0)
		r = sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	return r < 0 ? r : sys_fsmount(fs, FSMOUNT_CLOEXEC, attributes);
}

/* A memory file system that belongs to the sandbox's root. A detached mount, or -errno. */
static int make_memory(const struct stage *stage, const char *size)
{
	_cleanup_(freep) char *id = xasprintf("%u", host_id(stage, 0));
	const struct option options[] = {
		{ "mode", "755" },
		{ "uid", id },
		{ "gid", id },
		{ "size", size },
		{ "context", stage->order->record->file_context },
	};

	return make_fs("tmpfs", options, ARRAY_SIZE(options), MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

/* Mounts one in the stage or, with AT_FDCWD, on it. */
static int mount_memory(const struct stage *stage, int dir, const char *path, const char *size)
{
	_cleanup_(closep) int mount = make_memory(stage, size);

	return mount < 0 ? mount : attach(mount, dir, path);
}

/* The sandbox's own directories, and what is thrown away in the end, are in one file system, with one limit. Of that,
 * the sandbox gets mounts of single directories, so it cannot reach the others. */
static int make_own(const struct stage *stage)
{
	uint64_t limit = stage->order->record->limits[LIMIT_DISK];
	_cleanup_(freep) char *size = limit ? xasprintf("%llu", (unsigned long long)limit) : NULL;
	_cleanup_(closep) int thrown = -1;
	int r = mount_memory(stage, stage->fd, "own", size);

	if (r < 0 || stage->order->write != TREE_THROW)
		return r;
	if (mkdirat(stage->fd, THROWN, 0755) < 0 ||
	    fchownat(stage->fd, THROWN, host_id(stage, 0), host_id(stage, 0), AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	thrown = sys_open_tree(stage->fd, THROWN, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	return thrown < 0 ? thrown : attach(thrown, stage->fd, "kept");
}

static int make_stage(struct stage *stage)
{
	static const char *const dirs[] = { "root", "own", "low", "cover", "seen", "kept", "empty" };
	struct mount_attr private = { .propagation = PRIVATE };
	int r = unshare(CLONE_NEWNS) < 0 ? -errno : 0;

	if (r == 0)
		r = sys_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &private, sizeof(private));
	if (r == 0)
		r = mount_memory(stage, AT_FDCWD, STAGE, NULL);
	if (r < 0)
		return r;
	stage->fd = rootfd_open(STAGE);
	if (stage->fd < 0)
		return stage->fd;
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		if (mkdirat(stage->fd, dirs[i], 0755) < 0)
			return -errno;
	r = mount_memory(stage, stage->fd, "root", NULL);
	return r < 0 ? r : make_own(stage);
}

/* Makes the missing directories above 'path', which begins with a directory of the stage of 'top' bytes. They belong to
 * the sandbox's root. */
static int make_above(const struct stage *stage, const char *path, size_t top)
{
	for (const char *p = path + top; p; p = strchr(p + 1, '/')) {
		_cleanup_(freep) char *part = xstrndup(path, (size_t)(p - path));

		if (*part && mkdirat(stage->fd, part, 0755) == 0 &&
		    fchownat(stage->fd, part, host_id(stage, 0), host_id(stage, 0), AT_SYMLINK_NOFOLLOW) < 0)
			return -errno;
	}
	return 0;
}

/* Makes directory 'path' below 'top', a directory of the stage, and the missing ones above it. The last one gets the
 * mode and the owner. */
static int make_dir(const struct stage *stage, const char *top, const char *path, mode_t mode, uid_t uid, gid_t gid)
{
	_cleanup_(freep) char *whole = xasprintf("%s%s", top, path);
	int r = make_above(stage, whole, strlen(top));

	if (r < 0)
		return r;
	if (mkdirat(stage->fd, whole, 0700) < 0 && errno != EEXIST)
		return -errno;
	if (fchownat(stage->fd, whole, host_id(stage, uid), host_id(stage, gid), AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return fchmodat(stage->fd, whole, mode, 0) < 0 ? -errno : 0;
}

/* Whether the sandbox can reach what is mounted at 'path', as every user of the host can. */
static bool is_open(const struct stage *stage, const char *path)
{
	_cleanup_(freep) char *dir = path_parent(path);
	struct stat st;

	if (!*dir)
		return true;
	return rootfd_lstat(stage->order->root_fd, dir, WALK_ROOT, &st) == 0 && (st.st_mode & S_IXOTH) &&
	       is_open(stage, dir);
}

/* Adds a part for directory 'fd'. A file system that cannot be mapped, such as an overlay, is shown with the host's
 * ids, none of which the sandbox has: then everybody inside may do what others may, without more ado. */
static int add_part(struct stage *stage, const char *path, int fd, int userns, unsigned int flags)
{
	struct part part = { .mount = -1 };

	if (fstat(fd, &part.st) < 0)
		return -errno;
	part.mount = idmap_clone(fd, userns, flags);
	part.mapped = part.mount >= 0;
	if (part.mount == -EINVAL && (userns == stage->userns || flags & IDMAP_READONLY)) {
		log_info("'%s' is on a file system that cannot be mapped to other ids.", path);
		part.mount = idmap_clone(fd, -1, flags);
	}
	if (part.mount < 0)
		return part.mount;
	part.path = xstrdup(path);
	grow(stage->parts, stage->n);
	stage->parts[stage->n++] = part;
	return 0;
}

static int add_place(struct stage *stage, const char *path)
{
	_cleanup_(closep) int fd = rootfd_openat(stage->order->root_fd, path, O_PATH | O_DIRECTORY, 0, WALK_ROOT);
	struct part *part;
	int r;

	if (rootfd_is_missing(fd) || !is_open(stage, path))
		return 0; /* it is gone, or nobody inside would reach it */
	r = fd < 0 ? fd : add_part(stage, path, fd, stage->userns, IDMAP_READONLY);
	if (r < 0)
		return r;
	part = &stage->parts[stage->n - 1];
	part->borrowed = part->mapped;
	part->writable = part->mapped && stage->order->write && !strchr(path + 1, '/');
	return 0;
}

/* Adds one for a directory of the caller's. If a service opened it for the caller, only files of the caller and of its
 * groups have owners there that the sandbox knows, so that root inside can do no more to them than the caller, and with
 * all others what everybody can. What it makes set-user-ID has no effect in the sandbox. */
static int add_callers(struct stage *stage, const char *path, int fd, bool readonly)
{
	unsigned int flags = readonly ? IDMAP_READONLY : 0;

	return stage->own_userns < 0 ? add_part(stage, path, fd, stage->userns, flags)
				     : add_part(stage, path, fd, stage->own_userns, flags | IDMAP_NOSUID);
}

/* Finds a mount below directory 'fd', which is not seen in the sandbox: there, it would show what the mount covers on
 * the host, and no user there can uncover that. 0 with *ret, to be freed, which is NULL if there is none; or -errno. */
static int find_mount_below(const struct tree_order *order, int fd, char **ret)
{
	_cleanup_(freep) char *path = rootfd_path_of(order->host_fd, fd), *mountinfo = NULL, *after = NULL;
	int r = rootfd_read(order->host_fd, "/proc/self/mountinfo", WALK_ROOT, MOUNTINFO_MAX, &mountinfo, NULL);

	*ret = NULL;
	if (r < 0)
		return r;
	after = rootfd_path_of(order->host_fd, fd);
	if (!path || !after || strcmp(path, after) != 0)
		return -ESTALE; /* the caller renames it meanwhile */
	*ret = layout_mount_below(path, mountinfo);
	return 0;
}

static int add_cwd(struct stage *stage)
{
	_cleanup_(freep) char *below = NULL;
	struct part *part;
	int r = 0;

	if (stage->order->cwd_fd < 0)
		return 0;
	if (stage->order->caller->served)
		r = find_mount_below(stage->order, stage->order->cwd_fd, &below);
	if (r < 0)
		return log_error_errno(r, "Cannot find out what is mounted in '%s': %m", stage->order->cwd);
	if (below) {
		log_warn("The working directory is not shown, because '%s' is mounted in it.", below);
		return 0;
	}
	r = add_callers(stage, stage->order->cwd, stage->order->cwd_fd, true);
	if (r < 0)
		return log_error_errno(r, "Cannot show directory '%s' in the sandbox: %m", stage->order->cwd);
	part = &stage->parts[stage->n - 1];
	part->own = stage->own_userns >= 0;
	part->writable = part->mapped && stage->order->write;
	part->labelled = part->mapped && !part->writable && *stage->order->record->file_context;
	return 0;
}

/* A file cannot be seen through an overlay by itself, so that over its directory is made, and only the file of it
 * attached. */
static int add_shown(struct stage *stage)
{
	const struct shown *shown = stage->order->shown;

	for (size_t i = 0; i < shown->n; i++) {
		const struct host_file *file = &shown->v[i];
		bool alone = S_ISREG(file->type);
		int r = add_part(stage, file->path, alone ? file->dir : file->fd, stage->userns, IDMAP_READONLY);
		struct part *part;

		if (r < 0)
			return log_error_errno(r, "Cannot show '%s' in the sandbox: %m", file->path);
		part = &stage->parts[stage->n - 1];
		part->name = alone ? xstrdup(file->name) : NULL;
		part->labelled = part->mapped && (alone || *stage->order->record->file_context);
	}
	return 0;
}

/* A descriptor, or -errno after a message. */
static int open_source(const struct tree_order *order, const char *source)
{
	_cleanup_(closep) int fd = -1;
	_cleanup_(freep) char *below = NULL;
	int r;

	if (!order->caller->served)
		return place_open_source(order->host_fd, source, NULL);
	fd = caller_open_directory(order->caller, order->host_fd, source);
	if (fd < 0)
		return log_error_errno(fd, "Cannot open directory '%s': %m", source);
	r = find_mount_below(order, fd, &below);
	if (r < 0)
		return log_error_errno(r, "Cannot find out what is mounted in '%s': %m", source);
	if (below)
		return log_error_errno(-EBUSY, "'%s' is mounted in '%s'; mount that by itself.", below, source);
	return steal_fd(&fd);
}

static int add_binds(struct stage *stage)
{
	const struct mounts *mounts = stage->order->mounts;
	int r = 0;

	for (size_t i = 0; r == 0 && i < mounts->n; i++) {
		const struct mount *m = &mounts->v[i];
		_cleanup_(closep) int fd = m->source ? open_source(stage->order, m->source) : -1;

		if (!m->source)
			continue;
		if (fd < 0)
			return fd; /* after a message */
		r = add_callers(stage, m->target, fd, m->readonly);
		if (r == -EINVAL)
			return log_error_errno(r,
					       "'%s' is on a file system that cannot be mapped to other ids: mount it "
					       "with ':ro'.",
					       m->source);
		if (r < 0)
			return log_error_errno(r, "Cannot mount '%s' in the sandbox: %m", m->source);
	}
	return r;
}

/* The place that the path lies in; or NULL, if the sandbox sees nothing of it. */
static struct part *place_of(struct stage *stage, const char *path)
{
	for (size_t i = stage->n_places; i-- > 0;)
		if (path_within(path, stage->parts[i].path))
			return &stage->parts[i];
	return NULL;
}

/* The place /etc, for the sandbox's own resolver; or NULL. */
static struct part *place_of_resolver(struct stage *stage)
{
	struct part *part = stage->order->resolver ? place_of(stage, "/etc") : NULL;

	return part && strcmp(part->path, "/etc") == 0 ? part : NULL;
}

/* A place that cannot be mapped is seen through an overlay, too, if something in it has to be covered. */
static void mark_covered(struct stage *stage)
{
	struct part *resolver = place_of_resolver(stage);
	const struct strv *secrets = stage->order->secrets;

	for (size_t k = 0; k < secrets->n; k++) {
		struct part *part = place_of(stage, secrets->v[k]);

		if (part)
			part->covered = part->borrowed = true;
	}
	if (resolver)
		resolver->covered = resolver->borrowed = true;
}

static int add_places(struct stage *stage)
{
	const struct layout *layout = stage->order->layout;

	for (size_t i = 0; i < layout->n; i++) {
		const struct place *place = &layout->v[i];
		int r = place->kind == PLACE_SHARED ? add_place(stage, place->path) : 0;

		if (r < 0)
			return log_error_errno(r, "Cannot show '%s' in the sandbox: %m", place->path);
	}
	stage->n_places = stage->n;
	mark_covered(stage);
	return 0;
}

/* The kept directory with the sandbox's ids, for the overlays. */
static int add_kept(struct stage *stage)
{
	if (stage->order->write != TREE_KEEP)
		return 0;
	stage->kept = idmap_clone(stage->order->kept, stage->userns, IDMAP_NOSUID);
	if (stage->kept == -EINVAL)
		return log_error_errno(-EINVAL, "The directory of --write is on a file system that cannot be mapped to "
						"other ids; choose another one.");
	return stage->kept < 0 ? log_error_errno(stage->kept, "Cannot mount the directory of --write: %m") : 0;
}

/* Makes what is directly in the root, so that all mounts below have a mount point, and the sandbox's directories. */
static int make_points(const struct stage *stage)
{
	const struct layout *layout = stage->order->layout;
	int r = 0;

	for (size_t i = 0; r == 0 && i < layout->n; i++) {
		const struct place *place = &layout->v[i];
		_cleanup_(freep) char *path = xasprintf("root%s", place->path);

		if (place->kind == PLACE_OWN)
			r = make_dir(stage, "own", place->path, stage->order->open ? 0755 : place->mode, 0, 0);
		if (strchr(place->path + 1, '/'))
			continue;
		if (place->kind == PLACE_LINK)
			r = symlinkat(place->target, stage->fd, path) < 0 ? -errno : r;
		else if (r == 0)
			r = make_dir(stage, "root", place->path, 0755, 0, 0);
	}
	return r;
}

/* A mount point for a directory or file, if it lies in a directory of the sandbox. */
static int make_target(const struct stage *stage, const char *path, bool is_file)
{
	const struct place *place = layout_find(stage->order->layout, path);
	_cleanup_(freep) char *whole = xasprintf("own%s", path);
	int r;

	if (!place || place->kind != PLACE_OWN)
		return 0;
	if (!is_file)
		return make_dir(stage, "own", path, 0755, 0, 0);
	r = make_above(stage, whole, strlen("own"));
	return r == 0 && mknodat(stage->fd, whole, S_IFREG | 0444, 0) < 0 && errno != EEXIST ? -errno : r;
}

/* The host's id for that of a file, by these ranges. */
static uint32_t map_id(const struct idmap_range *ranges, size_t n, uint32_t id)
{
	for (size_t i = 0; i < n; i++)
		if (id >= ranges[i].disk && id - ranges[i].disk < ranges[i].count)
			return ranges[i].host + (id - ranges[i].disk);
	return NOBODY;
}

/* In memory, the part's directory has the owner that the sandbox sees in it. */
static int own_thrown(const struct stage *stage, const char *path, const struct part *part)
{
	const struct record *record = stage->order->record;
	const struct idmap_range all = { 0, record->uid_base, record->uid_count };
	const struct owners *own = &stage->own;
	uid_t uid = map_id(part->own ? &own->uid : &all, 1, part->st.st_uid);
	gid_t gid = part->own ? map_id(own->gids, own->n_gids, part->st.st_gid) : map_id(&all, 1, part->st.st_gid);

	return fchownat(stage->fd, path, uid, gid, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

/* Makes a directory for the overlay over the part, in 'kept', where files have the host's ids if they are kept. */
static int make_layer(const struct stage *stage, const char *dir, const struct part *part)
{
	bool keep = stage->order->write == TREE_KEEP;
	_cleanup_(freep) char *path = xasprintf("%s%s%s", keep ? "" : "kept/", dir, part->path);
	int top = keep ? stage->order->kept : stage->fd;
	int r;

	for (char *p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
		_cleanup_(freep) char *above = xstrndup(path, (size_t)(p - path));

		if (mkdirat(top, above, 0755) < 0 && errno != EEXIST)
			return -errno;
	}
	if (mkdirat(top, path, 0700) < 0)
		return -errno;
	if (keep)
		r = fchownat(top, path, part->st.st_uid, part->st.st_gid, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
	else
		r = own_thrown(stage, path, part);
	return r == 0 && fchmodat(top, path, part->st.st_mode & 07777, 0) < 0 ? -errno : r;
}

/* Whether it is seen through an overlay that show_all() mounts, besides the one that borrow_all() may mount. */
static bool has_over(const struct part *part)
{
	return part->writable || part->labelled;
}

/* Makes 'path' of the layer that covers a part the same as what is mounted in 'low' there; what is a file becomes an
 * empty one that nobody may read. */
static int cover_path(const struct stage *stage, const char *low, const char *path)
{
	struct stat st;

	if (fstatat(stage->fd, low, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode) ? mkdirat(stage->fd, path, 0700) < 0 : mknodat(stage->fd, path, S_IFREG, 0) < 0)
		return errno == EEXIST ? 0 : -errno;
	if (fchownat(stage->fd, path, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) && fchmodat(stage->fd, path, st.st_mode & 07777, 0) < 0 ? -errno : 0;
}

/* An overlay takes the owner and the mode of a directory from its topmost layer, so each on the way has them. */
static int cover_file(const struct stage *stage, size_t index, const char *rest)
{
	_cleanup_(freep) char *low = xasprintf("low/%zu%s", index, rest);
	_cleanup_(freep) char *path = xasprintf("cover/%zu%s", index, rest);
	size_t skip_low = strlen(low) - strlen(rest), skip_path = strlen(path) - strlen(rest);
	int r = 0;

	for (size_t at = 0; r == 0; at += 1 + strcspn(rest + at + 1, "/")) {
		_cleanup_(freep) char *a = xstrndup(low, skip_low + at), *b = xstrndup(path, skip_path + at);

		r = cover_path(stage, a, b);
		if (!rest[at])
			break;
	}
	return r;
}

/* A file that is gone meanwhile needs no cover. */
static int cover_secrets(struct stage *stage)
{
	const struct strv *secrets = stage->order->secrets;
	int r = 0;

	for (size_t k = 0; r == 0 && k < secrets->n; k++) {
		const struct part *part = place_of(stage, secrets->v[k]);

		if (!part)
			continue;
		r = cover_file(stage, (size_t)(part - stage->parts), secrets->v[k] + strlen(part->path));
		r = r == -ENOENT ? 0 : r;
		log_info("'%s' is covered: every user of the host can read it, and it holds a secret.", secrets->v[k]);
	}
	return r;
}

/* The host's may be a link to where the sandbox has nothing, or be missing. */
static int cover_resolver(struct stage *stage)
{
	const char *text = stage->order->resolver;
	const struct part *part = place_of_resolver(stage);
	_cleanup_(freep) char *path = part ? xasprintf("cover/%zu/resolv.conf", (size_t)(part - stage->parts)) : NULL;
	_cleanup_(closep) int fd = -1;
	int r = part ? cover_file(stage, (size_t)(part - stage->parts), "") : 0;

	if (r < 0 || !part)
		return r;
	if (unlinkat(stage->fd, path, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(stage->fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || fchown(fd, host_id(stage, 0), host_id(stage, 0)) < 0 || fchmod(fd, 0644) < 0)
		return -errno;
	return write_all(fd, text, strlen(text));
}

/* For each part, what the overlays need. */
static int prepare(const struct stage *stage)
{
	for (size_t i = 0; i < stage->n; i++) {
		const struct part *part = &stage->parts[i];
		_cleanup_(freep) char *low = xasprintf("low/%zu", i), *seen = xasprintf("seen/%zu", i);
		int r = make_target(stage, part->path, part->name != NULL);

		if (r == 0 && (part->borrowed || part->name || has_over(part)))
			r = mkdirat(stage->fd, low, 0755) < 0 || mkdirat(stage->fd, seen, 0755) < 0
				    ? -errno
				    : attach(part->mount, stage->fd, part->borrowed ? low : seen);
		if (r == 0 && part->writable)
			r = make_layer(stage, KEPT_UPPER, part);
		if (r == 0 && part->writable)
			r = make_layer(stage, KEPT_WORK, part);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < stage->order->mounts->n; i++) {
		int r = make_target(stage, stage->order->mounts->v[i].target, false);

		if (r < 0)
			return r;
	}
	return 0;
}

/* Becomes 'id', with these capabilities. */
static int become(uid_t id, uint64_t capabilities)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };
	int r = sys_capget(&header, data);

	for (size_t i = 0; i < ARRAY_SIZE(data); i++) {
		data[i].permitted &= (uint32_t)(capabilities >> 32 * i);
		data[i].effective = data[i].permitted;
		data[i].inheritable = 0;
	}
	if (r < 0)
		return r;
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 || setgroups(0, NULL) < 0 || setresgid(id, id, id) < 0 ||
	    setresuid(id, id, id) < 0)
		return -errno;
	return sys_capset(&header, data);
}

/* Runs in a child, with the stage as its working directory: mounts the overlays with the rights of the reader, who can
 * mount, but do nothing to files that others cannot. */
static int borrow_all(void *data)
{
	const struct stage *stage = data;
	int r = fchdir(stage->fd) < 0 ? -errno : become(READER, UINT64_C(1) << CAP_SYS_ADMIN);

	for (size_t i = 0; r == 0 && i < stage->n; i++) {
		_cleanup_(freep) char *layers =
			stage->parts[i].covered ? xasprintf("cover/%zu:low/%zu", i, i) : xasprintf("low/%zu:empty", i);
		_cleanup_(freep) char *seen = xasprintf("seen/%zu", i);
		const struct option options[] = {
			{ "lowerdir", layers },
			{ "redirect_dir", "nofollow" },
			{ "metacopy", "off" },
			{ "context", stage->order->record->file_context },
		};
		_cleanup_(closep) int mount = -1;

		if (!stage->parts[i].borrowed)
			continue;
		mount = make_fs("overlay", options, ARRAY_SIZE(options), MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV);
		r = mount < 0 ? mount : attach(mount, AT_FDCWD, seen);
	}
	return r;
}

/* Of an overlay that cannot be written to, only the label is wanted. */
static int lay_over(const struct stage *stage, size_t index)
{
	const struct part *part = &stage->parts[index];
	_cleanup_(freep) char *lower = xasprintf("seen/%zu%s", index, part->writable ? "" : ":empty");
	_cleanup_(freep) char *upper = part->writable ? xasprintf("kept/" KEPT_UPPER "%s", part->path) : NULL;
	_cleanup_(freep) char *work = part->writable ? xasprintf("kept/" KEPT_WORK "%s", part->path) : NULL;
	const struct option options[] = {
		{ "lowerdir", lower },
		{ "upperdir", upper },
		{ "workdir", work },
		{ "redirect_dir", "off" },
		{ "metacopy", "off" },
		{ "index", "off" },
		{ "context", stage->order->record->file_context },
	};

	return make_fs("overlay", options, ARRAY_SIZE(options),
		       part->writable ? MOUNT_ATTR_NODEV : MOUNT_ATTR_NODEV | MOUNT_ATTR_RDONLY);
}

/* Opens a mount point in the sandbox's root. Links on the way, which users of the host or whoever made the root may
 * have planted, lead to where they would in the sandbox. */
static int open_target(const char *path)
{
	_cleanup_(closep) int root = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return root < 0 ? -errno : rootfd_openat(root, path, O_PATH, 0, WALK_ROOT);
}

static int attach_at(int mount, const char *path)
{
	_cleanup_(closep) int target = open_target(path);

	return target < 0 ? target
			  : sys_move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

/* Attaches a file that is shown alone: 'over' is the overlay over its directory, or -1. */
static int show_file(const struct part *part, int over, const char *seen)
{
	_cleanup_(freep) char *path = xasprintf("%s/%s", seen, part->name);
	int r = over < 0 ? 0 : attach(over, AT_FDCWD, seen);
	_cleanup_(closep) int file =
		r < 0 ? r : sys_open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);

	return file < 0 ? file : attach_at(file, part->path);
}

/* Moves the overlay with borrowed rights that is mounted at 'seen'. */
static int show_borrowed(const struct part *part, const char *seen)
{
	_cleanup_(closep) int target = open_target(part->path);

	return target < 0 ? target : sys_move_mount(AT_FDCWD, seen, target, "", MOVE_MOUNT_T_EMPTY_PATH);
}

/* A place for which there is no mount point is in another one that was exchanged meanwhile. */
static int show(const struct stage *stage, size_t index)
{
	const struct part *part = &stage->parts[index];
	_cleanup_(freep) char *seen = xasprintf("seen/%zu", index);
	_cleanup_(closep) int over = has_over(part) ? lay_over(stage, index) : -1;
	int r;

	if (has_over(part) && over < 0)
		return log_error_errno(over, "Cannot make an overlay over '%s': %m", part->path);
	if (part->name)
		r = show_file(part, over, seen);
	else if (part->borrowed && !has_over(part))
		r = show_borrowed(part, seen);
	else
		r = attach_at(has_over(part) ? over : part->mount, part->path);
	if (index < stage->n_places && (r == -EACCES || rootfd_is_missing(r)))
		return 0;
	if (r == -EACCES)
		return log_error_errno(r,
				       "'%s' cannot be shown alone, because not every user of the host can enter the "
				       "directory; show that one.",
				       part->path);
	return r < 0 ? log_error_errno(r, "Cannot show '%s' in the sandbox: %m", part->path) : 0;
}

/* A directory of the sandbox is another mount of what 'own' has there. Another root than the host's may lack it. */
static int show_own(const char *path)
{
	_cleanup_(freep) char *own = xasprintf("own%s", path);
	_cleanup_(closep) int mount = sys_open_tree(AT_FDCWD, own, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	int r = mount < 0 ? mount : attach_at(mount, path);

	if (rootfd_is_missing(r)) {
		log_info("'%s' is missing in the root, and so in the sandbox.", path);
		return 0;
	}
	return r < 0 ? log_error_errno(r, "Cannot make '%s' in the sandbox: %m", path) : 0;
}

static int show_ram(const struct stage *stage, const struct mount *mount)
{
	_cleanup_(freep) char *size = xasprintf("%llu", (unsigned long long)mount->size);
	_cleanup_(closep) int memory = mount->source ? -1 : make_memory(stage, size);
	int r = mount->source ? 0 : memory < 0 ? memory : attach_at(memory, mount->target);

	return r < 0 ? log_error_errno(r, "Cannot mount memory at '%s' in the sandbox: %m", mount->target) : 0;
}

/* Runs in a child, with the stage as its working directory: attaches all to the root. The owner of what is kept mounts
 * what is written to, because in it there are no other ids than the sandbox's. */
static int show_all(void *data)
{
	const struct stage *stage = data;
	const struct layout *layout = stage->order->layout;
	int r = fchdir(stage->fd) < 0 ? -errno : become(host_id(stage, 0), UINT64_MAX);

	if (r < 0)
		return log_error_errno(r, "Cannot become the owner of the sandbox: %m");
	for (size_t i = 0; r == 0 && i < stage->n_places; i++)
		r = show(stage, i);
	for (size_t k = 0; r == 0 && k < layout->n; k++)
		if (layout->v[k].kind == PLACE_OWN)
			r = show_own(layout->v[k].path);
	for (size_t i = stage->n_places; r == 0 && i < stage->n; i++)
		r = show(stage, i);
	for (size_t i = 0; r == 0 && i < stage->order->mounts->n; i++)
		r = show_ram(stage, &stage->order->mounts->v[i]);
	return r;
}

static int seal(const struct stage *stage)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	int r = sys_mount_setattr(stage->fd, "root", 0, &attr, sizeof(attr));

	return r < 0 ? log_error_errno(r, "Cannot close the root directory of the sandbox: %m") : 0;
}

/* All that is cloned from the host, which takes descriptors of its mount namespace. */
static int collect(struct stage *stage)
{
	int r = add_places(stage);

	if (r == 0)
		r = add_shown(stage);
	if (r == 0)
		r = add_cwd(stage); /* after them, as it may lie in one, and may be written to */
	if (r == 0)
		r = add_binds(stage);
	return r < 0 ? r : add_kept(stage);
}

static int copy_in(const struct stage *stage)
{
	const struct tree_order *order = stage->order;
	_cleanup_(closep) int own = openat(stage->fd, "own", O_PATH | O_DIRECTORY | O_CLOEXEC);
	mode_t mask = umask(0);
	int r = own < 0 ? -errno : 0;

	for (size_t i = 0; r == 0 && i < order->includes->n; i++)
		r = include_copy(&order->includes->v[i], own, host_id(stage, order->uid), host_id(stage, order->gid));
	umask(mask);
	return r;
}

static int assemble(struct stage *stage)
{
	const struct tree_order *order = stage->order;
	int r = make_stage(stage);

	if (r == 0)
		r = make_points(stage);
	if (r == 0 && order->home)
		r = make_dir(stage, "own", order->home, 0700, order->uid, order->gid);
	if (r == 0)
		r = prepare(stage);
	if (r == 0)
		r = cover_secrets(stage);
	if (r == 0)
		r = cover_resolver(stage);
	if (r == 0 && stage->kept >= 0)
		r = attach(stage->kept, stage->fd, "kept");
	if (r < 0)
		return log_error_errno(r, "Cannot make the root directory of the sandbox: %m");
	r = copy_in(stage); /* when all mount points are there, so that none can be made through a link in a copy */
	if (r < 0)
		return r;
	r = subprocess_call(borrow_all, stage, MOUNT_MS);
	if (r < 0)
		return log_error_errno(r, "Cannot mount what the sandbox shares with the host, for which Linux 5.19 or "
					  "later is needed: %m");
	r = subprocess_call(show_all, stage, MOUNT_MS); /* after a message, unless it is killed */
	if (r == -ETIMEDOUT || r == -ECANCELED)
		return log_error_errno(r, "Cannot mount what the sandbox sees: %m");
	return r < 0 ? r : seal(stage);
}

/* What the caller owns belongs inside to the user who runs the command. Groups that the sandbox has no number for stay
 * without one. */
static void find_owners(const struct tree_order *order, struct owners *ret)
{
	uint32_t base = order->record->uid_base;
	size_t n = 1;

	ret->uid = (struct idmap_range){ order->caller->uid, base + order->uid, 1 };
	ret->gids[0] = (struct idmap_range){ order->caller->gid, base + order->gid, 1 };
	for (size_t i = 0; i < order->caller->n_groups && n < GROUPS_MAX; i++) {
		gid_t gid = order->caller->groups[i];
		bool has = gid >= order->record->uid_count || gid == order->gid;

		for (size_t k = 0; k < n; k++)
			has = has || ret->gids[k].disk == gid;
		if (!has)
			ret->gids[n++] = (struct idmap_range){ gid, base + gid, 1 };
	}
	ret->n_gids = n;
}

int tree_make(const struct tree_order *order, struct strv *ret_places, int *ret_thrown)
{
	_cleanup_(stage_done) struct stage stage = {
		.order = order,
		.userns = idmap_userns(order->record->uid_base, order->record->uid_count),
		.own_userns = -1,
		.kept = -1,
		.fd = -1,
	};
	_cleanup_(closep) int thrown = -1;
	int r, fd;

	if (order->caller->served) {
		find_owners(order, &stage.own);
		stage.own_userns = idmap_userns_of(&stage.own.uid, 1, stage.own.gids, stage.own.n_gids);
	}
	if (stage.userns < 0 || (order->caller->served && stage.own_userns < 0))
		return log_error_errno(stage.userns < 0 ? stage.userns : stage.own_userns,
				       "Cannot create a user namespace for the sandbox: %m");
	r = collect(&stage);
	if (r == 0)
		r = assemble(&stage);
	if (r < 0)
		return r;
	if (order->write == TREE_THROW) {
		thrown = openat(stage.fd, "kept", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (thrown < 0)
			return log_error_errno(errno, "Cannot open what the sandbox writes: %m");
	}
	fd = sys_open_tree(stage.fd, "root", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	if (fd < 0)
		return log_error_errno(fd, "Cannot take the root directory of the sandbox: %m");
	for (size_t i = 0; i < stage.n; i++)
		if (stage.parts[i].writable)
			strv_add(ret_places, stage.parts[i].path);
	*ret_thrown = steal_fd(&thrown);
	return fd;
}
