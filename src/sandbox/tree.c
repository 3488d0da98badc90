/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes the tree in a mount namespace of our own, on a memory file system, the stage, which has:
 *
 *	root	what becomes the sandbox's root, with mount points for all the rest
 *	own	the directories that are the sandbox's own
 *	low/N	the N-th place of the host, with the sandbox's ids
 *	empty	the second layer that overlayfs insists on
 */
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
#include "container/paths.h"
#include "container/record.h"
#include "sandbox/layout.h"

#define STAGE SANDBOX_DIR
#define MOUNT_MS 30000
/* A user that owns nothing: systemd's list of ids (uids-gids.md) warns against everything from 2^31 on. */
#define READER 0xfeffffffu

struct stage {
	const struct tree_order *order;
	int userns;   /* maps the sandbox's ids */
	int cwd;      /* a detached mount, or -1 */
	int fd;	      /* the stage */
	int root;     /* the host's root in our mount namespace: mounts of another one cannot be cloned */
	int *mounts;  /* for each place, a detached mount of what the host has there, or -1 */
	bool *mapped; /* whether it has the sandbox's ids; then it is attached in 'low' */
};

static void stage_done(struct stage *stage)
{
	closep(&stage->userns);
	closep(&stage->cwd);
	closep(&stage->fd);
	closep(&stage->root);
	for (size_t i = 0; i < stage->order->layout->n; i++)
		closep(&stage->mounts[i]);
	free(stage->mounts);
	free(stage->mapped);
}

static uid_t host_id(const struct stage *stage, uid_t id)
{
	return stage->order->record->uid_base + id;
}

/* A new memory file system, writable, whose root belongs to the sandbox's root. A detached mount, or -errno. */
static int make_memory(const struct stage *stage, const char *mode)
{
	const struct record *record = stage->order->record;
	_cleanup_(freep) char *id = xasprintf("%u", host_id(stage, 0));
	_cleanup_(closep) int fs = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
	const struct {
		const char *key, *value;
	} options[] = {
		{ "mode", mode },
		{ "uid", id },
		{ "gid", id },
		{ "context", record->file_context },
	};
	int fd;

	for (size_t i = 0; fs >= 0 && i < ARRAY_SIZE(options); i++)
		if (*options[i].value &&
		    syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, options[i].key, options[i].value, 0) < 0)
			return -errno;
	if (fs < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	fd = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	return fd < 0 ? -errno : fd;
}

static int attach(int mount, int dir, const char *path)
{
	return sys_move_mount(mount, "", dir, path, MOVE_MOUNT_F_EMPTY_PATH);
}

static int mount_memory(const struct stage *stage, int dir, const char *path)
{
	_cleanup_(closep) int mount = make_memory(stage, "755");

	return mount < 0 ? mount : attach(mount, dir, path);
}

static int make_stage(struct stage *stage)
{
	static const char *const dirs[] = { "root", "own", "low", "empty" };
	int r = unshare(CLONE_NEWNS) < 0 ? -errno : 0;
	struct mount_attr private = { .propagation = 1 << 18 }; /* MS_PRIVATE of mount(2) */

	if (r == 0)
		r = sys_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &private, sizeof(private));
	if (r == 0)
		r = mount_memory(stage, AT_FDCWD, STAGE);
	if (r < 0)
		return r;
	stage->root = rootfd_open("/");
	stage->fd = rootfd_open(STAGE);
	if (stage->fd < 0 || stage->root < 0)
		return stage->fd < 0 ? stage->fd : stage->root;
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
		if (mkdirat(stage->fd, dirs[i], 0755) < 0)
			return -errno;
	r = mount_memory(stage, stage->fd, "root");
	return r < 0 ? r : mount_memory(stage, stage->fd, "own");
}

/* Makes directory 'path' below 'top', a directory of the stage, and the missing ones above it. The last one gets the
 * mode and the owner, those above it belong to the sandbox's root. */
static int make_dir(const struct stage *stage, const char *top, const char *path, mode_t mode, uid_t uid, gid_t gid)
{
	_cleanup_(freep) char *whole = xasprintf("%s%s", top, path);

	for (char *p = whole + strlen(top); p; p = strchr(p + 1, '/')) {
		_cleanup_(freep) char *part = xstrndup(whole, (size_t)(p - whole));

		if (*part && mkdirat(stage->fd, part, 0755) == 0 &&
		    fchownat(stage->fd, part, host_id(stage, 0), host_id(stage, 0), AT_SYMLINK_NOFOLLOW) < 0)
			return -errno;
	}
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
	return rootfd_lstat(stage->root, dir, WALK_ROOT, &st) == 0 && (st.st_mode & S_IXOTH) && is_open(stage, dir);
}

/* The mount of a directory of the host, with the sandbox's ids. A file system that cannot be mapped, such as an
 * overlay, is shown with the host's ids, none of which the sandbox has: then everybody inside may do what others may,
 * without more ado. */
static int clone_place(const struct stage *stage, int fd, bool *ret_mapped)
{
	int mount = idmap_clone(fd, stage->userns, IDMAP_READONLY);

	*ret_mapped = mount >= 0;
	return mount == -EINVAL ? idmap_clone(fd, -1, IDMAP_READONLY) : mount;
}

static int share(struct stage *stage, size_t index)
{
	const char *path = stage->order->layout->v[index].path;
	_cleanup_(freep) char *low = xasprintf("low/%zu", index);
	_cleanup_(closep) int fd = rootfd_openat(stage->root, path, O_PATH | O_DIRECTORY, 0, WALK_ROOT);

	if (rootfd_is_missing(fd) || !is_open(stage, path))
		return 0; /* it is gone, or nobody inside would reach it */
	if (fd < 0)
		return fd;
	stage->mounts[index] = clone_place(stage, fd, &stage->mapped[index]);
	if (stage->mounts[index] < 0)
		return stage->mounts[index];
	if (!stage->mapped[index])
		log_info("'%s' is on a file system that cannot be mapped to other ids.", path);
	if (stage->mapped[index] && mkdirat(stage->fd, low, 0755) < 0)
		return -errno;
	return stage->mapped[index] ? attach(stage->mounts[index], stage->fd, low) : 0;
}

static int make_own(const struct stage *stage, const struct place *place)
{
	_cleanup_(freep) char *own = xasprintf("own%s", place->path), *target = xasprintf("root%s", place->path);
	_cleanup_(closep) int mount = -1;
	int r = make_dir(stage, "own", place->path, place->mode, 0, 0);

	if (r < 0)
		return r;
	mount = sys_open_tree(stage->fd, own, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	return mount < 0 ? mount : attach(mount, stage->fd, target);
}

/* Becomes the reader, who can mount, but do nothing to files that others cannot. */
static int become_reader(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	data[0].effective = data[0].permitted = 1U << CAP_SYS_ADMIN;
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 || setgroups(0, NULL) < 0 || setresgid(READER, READER, READER) < 0 ||
	    setresuid(READER, READER, READER) < 0)
		return -errno;
	return sys_capset(&header, data);
}

/* Makes the overlay over 'low'. Paths are below the stage, which is the working directory. A detached mount, or
 * -errno. */
static int overlay(const struct stage *stage, size_t index)
{
	const char *context = stage->order->record->file_context;
	_cleanup_(freep) char *layers = xasprintf("low/%zu:empty", index);
	_cleanup_(closep) int fs = (int)syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC);
	const struct {
		const char *key, *value;
	} options[] = {
		{ "lowerdir", layers },
		{ "redirect_dir", "nofollow" },
		{ "metacopy", "off" },
		{ "context", context },
	};
	int fd;

	for (size_t i = 0; fs >= 0 && i < ARRAY_SIZE(options); i++)
		if (*options[i].value &&
		    syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, options[i].key, options[i].value, 0) < 0)
			return -errno;
	if (fs < 0)
		return -errno;
	if (syscall(SYS_fsconfig, fs, FSCONFIG_SET_FLAG, "ro", NULL, 0) < 0 ||
	    syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	fd = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV);
	return fd < 0 ? -errno : fd;
}

/* A place for which there is no mount point is below another one that was exchanged meanwhile. */
static int show(const struct stage *stage, size_t index)
{
	_cleanup_(freep) char *target = xasprintf("root%s", stage->order->layout->v[index].path);
	_cleanup_(closep) int made = stage->mapped[index] ? overlay(stage, index) : -1;
	int r;

	if (stage->mapped[index] && made < 0)
		return made;
	r = attach(stage->mapped[index] ? made : stage->mounts[index], AT_FDCWD, target);
	return r == -EACCES || rootfd_is_missing(r) ? 0 : r;
}

/* Runs in a child. */
static int show_all(void *data)
{
	const struct stage *stage = data;
	int r = fchdir(stage->fd) < 0 ? -errno : become_reader();

	for (size_t i = 0; r == 0 && i < stage->order->layout->n; i++)
		if (stage->mounts[i] >= 0)
			r = show(stage, i);
	return r;
}

/* Makes what is directly in the root, so that all mounts below have a mount point. */
static int make_point(const struct stage *stage, const struct place *place)
{
	_cleanup_(freep) char *path = xasprintf("root%s", place->path);

	if (strchr(place->path + 1, '/'))
		return 0;
	if (place->kind == PLACE_LINK)
		return symlinkat(place->target, stage->fd, path) < 0 ? -errno : 0;
	return make_dir(stage, "root", place->path, 0755, 0, 0);
}

static int show_cwd(const struct stage *stage)
{
	_cleanup_(freep) char *target = xasprintf("root%s", stage->order->cwd);
	int r;

	if (stage->cwd < 0)
		return 0;
	r = make_dir(stage, "own", stage->order->cwd, 0755, 0, 0);
	return r < 0 ? r : attach(stage->cwd, stage->fd, target);
}

static int make_home(const struct stage *stage)
{
	const struct tree_order *order = stage->order;

	return order->home ? make_dir(stage, "own", order->home, 0700, order->uid, order->gid) : 0;
}

static int seal(const struct stage *stage)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

	return sys_mount_setattr(stage->fd, "root", 0, &attr, sizeof(attr));
}

/* The mounts in the order of their places, which is that of the layout. */
static int fill(struct stage *stage, const struct place **ret_place)
{
	const struct layout *layout = stage->order->layout;
	int r = 0;

	for (size_t i = 0; r == 0 && i < layout->n; i++) {
		*ret_place = &layout->v[i];
		r = make_point(stage, *ret_place);
		if (r == 0 && (*ret_place)->kind == PLACE_SHARED)
			r = share(stage, i);
	}
	*ret_place = NULL;
	return r;
}

static int own_all(const struct stage *stage, const struct place **ret_place)
{
	const struct layout *layout = stage->order->layout;
	int r = 0;

	for (size_t i = 0; r == 0 && i < layout->n; i++) {
		*ret_place = &layout->v[i];
		if ((*ret_place)->kind == PLACE_OWN)
			r = make_own(stage, *ret_place);
	}
	return r;
}

int tree_make(const struct tree_order *order)
{
	_cleanup_(stage_done) struct stage stage = {
		.order = order,
		.userns = idmap_userns(order->record->uid_base, order->record->uid_count),
		.cwd = -1,
		.fd = -1,
		.root = -1,
		.mounts = xcalloc(order->layout->n + 1, sizeof(int)),
		.mapped = xcalloc(order->layout->n + 1, sizeof(bool)),
	};
	const struct place *place = NULL;
	bool mapped;
	int r = stage.userns < 0 ? stage.userns : 0;

	for (size_t i = 0; i < order->layout->n; i++)
		stage.mounts[i] = -1;
	if (r == 0 && order->cwd_fd >= 0) {
		stage.cwd = clone_place(&stage, order->cwd_fd, &mapped);
		r = stage.cwd < 0 ? stage.cwd : 0;
	}
	if (r == 0)
		r = make_stage(&stage);
	if (r < 0)
		return log_error_errno(r, "Cannot make a place for the sandbox's root directory: %m");
	r = fill(&stage, &place);
	if (r < 0)
		return log_error_errno(r, "Cannot show '%s' in the sandbox: %m", place ? place->path : "/");
	r = subprocess_call(show_all, &stage, MOUNT_MS);
	if (r < 0)
		return log_error_errno(r, "Cannot mount what the sandbox shares with the host, for which Linux 5.19 or "
					  "later is needed: %m");
	r = own_all(&stage, &place);
	if (r < 0)
		return log_error_errno(r, "Cannot make '%s' in the sandbox: %m", place ? place->path : "/");
	r = make_home(&stage);
	if (r == 0)
		r = show_cwd(&stage);
	if (r < 0)
		return log_error_errno(r, "Cannot show directory '%s' in the sandbox: %m", order->cwd);
	r = seal(&stage);
	if (r == 0)
		r = sys_open_tree(stage.fd, "root", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	return r < 0 ? log_error_errno(r, "Cannot take the sandbox's root directory: %m") : r;
}
