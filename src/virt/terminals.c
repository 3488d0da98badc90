/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt mounts a file system of terminals for each container, as LIBVIRT/NAME.devpts in the mount namespace of the
 * container's controller, with no maximum: one container could take all the terminals that the kernel has, and without
 * one no other container starts. The mount is changed from outside, where nobody in the container has a hand in what
 * the path leads to. */
#include "virt/terminals.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>

#include "base/rootfd.h"
#include "base/strv.h"
#include "base/syscalls.h"

#define MOST_TEXT (1024 * 1024) /* bytes of a table of mounts */

/* A line of /proc/PID/mountinfo (proc(5)): 'id parent device root PLACE ... - devpts source OPTIONS'. */
static bool parse_mount(const char *line, const char *end, char **ret_place, char **ret_options)
{
	_cleanup_(strv_done) struct strv words = { 0 };
	const char *kind = strstr(line, " - devpts ");

	strv_split(&words, line, " ");
	if (!kind || words.n < 9 || !has_suffix(words.v[4], end))
		return false;
	*ret_place = xstrdup(words.v[4]);
	*ret_options = xstrdup(words.v[words.n - 1]);
	return true;
}

static int find_mount(int root_fd, pid_t controller, const char *name, char **ret_place, char **ret_options)
{
	_cleanup_(freep) char *end = xasprintf("/%s.devpts", name);
	_cleanup_(freep) char *table = xasprintf("/proc/%d/mountinfo", controller);
	_cleanup_(freep) char *text = NULL;
	_cleanup_(strv_done) struct strv lines = { 0 };
	int r = rootfd_read(root_fd, table, WALK_ROOT, MOST_TEXT, &text, NULL);

	if (r < 0)
		return r;
	strv_split(&lines, text, "\n");
	for (size_t i = 0; i < lines.n; i++)
		if (parse_mount(lines.v[i], end, ret_place, ret_options))
			return 0;
	return -ENOENT;
}

static int set_option(int fs, const char *key, const char *value)
{
	return SYSCALL(fsconfig, fs, FSCONFIG_SET_STRING, key, value, 0);
}

/* An option that is not given again gets its default, so those that libvirt chose are. */
static int keep_options(int fs, const char *options)
{
	static const char *const kept[] = { "uid=", "gid=", "mode=", "ptmxmode=" };
	_cleanup_(strv_done) struct strv words = { 0 };
	int r = 0;

	strv_split(&words, options, ",");
	for (size_t i = 0; r >= 0 && i < words.n; i++)
		for (size_t k = 0; r >= 0 && k < ARRAY_SIZE(kept); k++) {
			const char *value = skip_prefix(words.v[i], kept[k]);
			_cleanup_(freep) char *key = xstrndup(kept[k], strlen(kept[k]) - 1);

			r = value ? set_option(fs, key, value) : r;
		}
	return r;
}

int terminals_limit(int root_fd, const char *name, pid_t controller, unsigned int most)
{
	_cleanup_(freep) char *place = NULL;
	_cleanup_(freep) char *options = NULL;
	_cleanup_(freep) char *path = NULL;
	_cleanup_(freep) char *max = xasprintf("%u", most);
	_cleanup_(closep) int fd = -1, fs = -1;
	struct statfs st;
	int r = find_mount(root_fd, controller, name, &place, &options);

	if (r < 0)
		return r;
	path = xasprintf("/proc/%d/root%s", controller, place);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstatfs(fd, &st) < 0)
		return -errno;
	if (st.f_type != DEVPTS_SUPER_MAGIC)
		return -ENOENT;
	fs = SYSCALL(fspick, fd, "", FSPICK_EMPTY_PATH | FSPICK_CLOEXEC);
	r = fs < 0 ? fs : keep_options(fs, options);
	r = r < 0 ? r : set_option(fs, "max", max);
	r = r < 0 ? r : SYSCALL(fsconfig, fs, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0);
	return r < 0 ? r : 0;
}
