/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The root directory of a sandbox has all that the host's has, but for the places in which people and programs keep
 * what is theirs, which are empty in each sandbox; '/dev', '/proc' and '/sys', which libvirt makes; and files. */
#include "sandbox/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/path.h"
#include "base/rootfd.h"
#include "base/strv.h"

static const struct {
	const char *path;
	enum place_kind kind;
	mode_t mode;
	const char *reason;
} own[] = {
	{ "/dev", PLACE_KERNEL, 0755, "devices of its own" },
	{ "/home", PLACE_OWN, 0755, "people's files" },
	{ "/media", PLACE_OWN, 0755, "disks that people bring" },
	{ "/mnt", PLACE_OWN, 0755, "disks that are there for a while" },
	{ "/proc", PLACE_KERNEL, 0555, "processes of its own" },
	{ "/root", PLACE_OWN, 0700, "the administrator's files" },
	{ "/run", PLACE_OWN, 0755, "sockets of the host's services" },
	{ "/sys", PLACE_KERNEL, 0555, "the kernel's settings" },
	{ "/tmp", PLACE_OWN, 01777, "files of everybody, and sockets" },
	{ "/var/tmp", PLACE_OWN, 01777, "files of everybody" },
};

/* What is mounted is shown if it is a file system with files. These are not, or a user's process answers for them. */
static const char *const hidden_kinds[] = {
	"autofs",   "binfmt_misc", "bpf",	 "cgroup",     "cgroup2",   "configfs", "debugfs", "devpts",
	"devtmpfs", "efivarfs",	   "fuse",	 "fusectl",    "hugetlbfs", "mqueue",	"nfsd",	   "nsfs",
	"proc",	    "pstore",	   "rpc_pipefs", "securityfs", "selinuxfs", "sysfs",	"tracefs",
};

void layout_done(struct layout *layout)
{
	for (size_t i = 0; i < layout->n; i++) {
		free(layout->v[i].path);
		free(layout->v[i].target);
	}
	free(layout->v);
	*layout = (struct layout){ 0 };
}

static void add(struct layout *layout, const char *path, enum place_kind kind, mode_t mode, const char *target)
{
	size_t at = layout->n;

	grow(layout->v, layout->n);
	while (at > 0 && strcmp(layout->v[at - 1].path, path) > 0)
		at--;
	memmove(layout->v + at + 1, layout->v + at, (layout->n - at) * sizeof(*layout->v));
	layout->v[at] = (struct place){ xstrdup(path), kind, mode, target ? xstrdup(target) : NULL };
	layout->n++;
}

static bool is_own(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (path_within(path, own[i].path))
			return true;
	return false;
}

bool layout_add_top(struct layout *layout, const char *path, mode_t type, const char *target)
{
	if (is_own(path) || (type != S_IFDIR && type != S_IFLNK))
		return false;
	add(layout, path, type == S_IFDIR ? PLACE_SHARED : PLACE_LINK, 0, target);
	return true;
}

void layout_add_own(struct layout *layout)
{
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		add(layout, own[i].path, own[i].kind, own[i].mode, NULL);
}

const struct place *layout_find(const struct layout *layout, const char *path)
{
	for (size_t i = layout->n; i-- > 0;)
		if (path_within(path, layout->v[i].path))
			return &layout->v[i];
	return NULL;
}

/* Decodes '\040' and the like, in place: proc(5). */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		if (from[0] == '\\' && from[1] && from[2] && from[3]) {
			*to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

static bool is_hidden_kind(const char *kind)
{
	if (skip_prefix(kind, "fuse."))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(hidden_kinds); i++)
		if (strcmp(hidden_kinds[i], kind) == 0)
			return true;
	return false;
}

/* The words of a line: the fifth is the place, and that after '-' the kind of file system. */
static void add_mount(struct layout *layout, const char *line)
{
	_cleanup_(strv_done) struct strv words = { 0 };
	const struct place *in;
	size_t dash = 5;

	strv_split(&words, line, " ");
	while (dash < words.n && strcmp(words.v[dash], "-") != 0)
		dash++;
	if (dash + 1 >= words.n || is_hidden_kind(words.v[dash + 1]))
		return;
	unescape(words.v[4]);
	in = layout_find(layout, words.v[4]);
	if (!in || in->kind != PLACE_SHARED || strcmp(in->path, words.v[4]) == 0 || !path_is_normal(words.v[4]))
		return;
	add(layout, words.v[4], PLACE_SHARED, 0, NULL);
}

char *layout_mount_below(const char *path, const char *mountinfo)
{
	_cleanup_(strv_done) struct strv lines = { 0 };

	strv_split(&lines, mountinfo, "\n");
	for (size_t i = 0; i < lines.n; i++) {
		_cleanup_(strv_done) struct strv words = { 0 };

		strv_split(&words, lines.v[i], " ");
		if (words.n < 5)
			continue;
		unescape(words.v[4]);
		if (strcmp(words.v[4], path) != 0 && path_within(words.v[4], path))
			return xstrdup(words.v[4]);
	}
	return NULL;
}

void layout_add_mounts(struct layout *layout, const char *mountinfo)
{
	_cleanup_(strv_done) struct strv lines = { 0 };

	strv_split(&lines, mountinfo, "\n");
	for (size_t i = 0; i < lines.n; i++)
		add_mount(layout, lines.v[i]);
}

static int add_tops(int root_fd, struct layout *layout)
{
	_cleanup_(strv_done) struct strv names = { 0 };
	int r = rootfd_list(root_fd, "/", WALK_ROOT, &names);

	if (r < 0)
		return log_error_errno(r, "Cannot read the root directory: %m");
	for (size_t i = 0; i < names.n; i++) {
		_cleanup_(freep) char *path = xasprintf("/%s", names.v[i]), *target = NULL;
		struct stat st;

		if (rootfd_lstat(root_fd, path, WALK_ROOT, &st) < 0)
			continue; /* it is gone */
		if (S_ISLNK(st.st_mode) && rootfd_readlink(root_fd, path, WALK_ROOT, &target) < 0)
			continue;
		if (!layout_add_top(layout, path, st.st_mode & S_IFMT, target))
			log_debug("'%s' stays on the host, or is the sandbox's own.", path);
	}
	return 0;
}

int layout_read(int root_fd, bool other, struct layout *ret)
{
	_cleanup_(layout_done) struct layout layout = { 0 };
	_cleanup_(freep) char *mountinfo = NULL;
	int r = add_tops(root_fd, &layout);

	if (r < 0)
		return r;
	layout_add_own(&layout);
	r = other ? 0 : rootfd_read(root_fd, "/proc/self/mountinfo", WALK_ROOT, MOUNTINFO_MAX, &mountinfo, NULL);
	if (r < 0)
		return log_error_errno(r, "Cannot read the mounts of the host: %m");
	if (!other)
		layout_add_mounts(&layout, mountinfo);
	*ret = layout;
	layout = (struct layout){ 0 };
	return 0;
}
