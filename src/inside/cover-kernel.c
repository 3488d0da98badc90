/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a container sees of the kernel: of '/sys', and of '/proc' outside the directories of processes, only what the
 * tables here list, and that read-only. So files of unknown drivers and of future kernels are closed, too. This matters
 * most with --private-users=no, since many of these files check only for user 0, not for a capability.
 *
 * What else is to be covered, such as the host's list of what is closed in '/usr/local' (cover-usr.c), gets the same
 * stand-ins.
 *
 * All of it is locked. When a mount namespace of another user namespace gets a copy of mounts, they are locked to each
 * other and cannot become writable again, in any later copy (mount_namespaces(7)). Root in the container can then mount
 * more, but can neither unmount, move or remount what is there, nor mount another '/proc' or '/sys', because the kernel
 * allows none that would show more than the locked ones. */
#include "inside/init.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/syscalls.h"
#include "base/util.h"

#ifndef OPEN_TREE_CLONE /* glibc 2.36 */
#define OPEN_TREE_CLONE 1
#define OPEN_TREE_CLOEXEC O_CLOEXEC
#endif
#ifndef MOVE_MOUNT_F_EMPTY_PATH
#define MOVE_MOUNT_F_EMPTY_PATH 0x00000004
#endif

#define RESTRICTED (MS_NOSUID | MS_NODEV | MS_NOEXEC)

/* In '/sys'. What is listed is shown with everything below it. */
static const struct {
	const char *path, *reason;
} sys_shown[] = {
	{ "class/net", "which network interfaces there are; the links lead to the next" },
	{ "devices/virtual/net", "the container's own interfaces" },
	{ "devices/system/clocksource", "databases warn about slow clocks" },
	{ "devices/system/cpu", "how many processors and caches there are: C library, Java, allocators" },
	{ "devices/system/node", "which memory is near: databases, numactl" },
	{ "fs/cgroup", "the container's own control groups, which its systemd manages" },
	{ "kernel/cgroup", "systemd learns which files of a group to give to its user" },
	{ "kernel/mm/hugepages", "databases" },
	{ "kernel/mm/transparent_hugepage", "databases" },
};

/* At the top of '/proc', in addition to the directories of processes and the links into them. */
static const struct {
	const char *name, *reason;
} proc_shown[] = {
	{ "cgroups", "systemd asks which controllers there are" },
	{ "cmdline", "options of the kernel, as every user of the host may read them" },
	{ "cpuinfo", "what the processors can do" },
	{ "devices", "systemd and lsof look up the numbers of drivers" },
	{ "diskstats", "monitoring" },
	{ "filesystems", "mount, systemd and libselinux" },
	{ "loadavg", "monitoring, mail servers" },
	{ "meminfo", "how much memory there is; with a limit libvirt's own" },
	{ "modules", "programs look for what the kernel can do" },
	{ "pressure", "monitoring" },
	{ "stat", "monitoring; the time of boot" },
	{ "swaps", "systemd watches it" },
	{ "sys", "libvirt has made all of it read-only that is not the container's own network" },
	{ "sysvipc", "of the container's own IPC namespace" },
	{ "tty", "ps looks up the names of terminals" },
	{ "uptime", "monitoring" },
	{ "version", "programs ask for the kernel" },
	{ "vmstat", "monitoring" },
};

/* Stand-ins for what is closed, on a memory file system that is mounted here only as long as they are needed; what is
 * bound from it remains. '/sys' certainly exists, and gets its own contents later. */
#define STANDIN "/sys"
#define NO_FILE STANDIN "/file"
#define NO_FOLDER STANDIN "/folder"

static int seal(const char *path)
{
	return mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | RESTRICTED | MS_RDONLY, NULL) < 0 ? -errno : 0;
}

static int make_standins(void)
{
	_cleanup_(closep) int fd = -1;

	if (mount("none", STANDIN, "tmpfs", RESTRICTED, "mode=755,size=4k") < 0)
		return -errno;
	fd = open(NO_FILE, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	return fd < 0 || mkdir(NO_FOLDER, 0555) < 0 ? -errno : seal(STANDIN);
}

int cover_path(const char *path, bool folder)
{
	return mount(folder ? NO_FOLDER : NO_FILE, path, NULL, MS_BIND, NULL) < 0 ? -errno : 0;
}

static int write_protect(const char *path)
{
	return mount(path, path, NULL, MS_BIND, NULL) < 0 ? -errno : seal(path);
}

static bool is_shown(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(proc_shown); i++)
		if (strcmp(proc_shown[i].name, name) == 0)
			return true;
	return false;
}

/* Whether root in the container may do it ('bits' for others, as in stat(2)), as far as owner and mode decide.
 * access(2) would also consider SELinux, which may be turned off later. */
static bool root_may(const struct stat *st, mode_t bits)
{
	return st->st_uid == 0 || (st->st_mode & bits) == bits;
}

static int cover_entry(const struct dirent *e)
{
	_cleanup_(freep) char *path = xasprintf("/proc/%s", e->d_name);
	bool folder = e->d_type == DT_DIR;
	struct stat st;

	if (e->d_name[0] == '.' || e->d_type == DT_LNK || (folder && isdigit(e->d_name[0])))
		return 0;
	if (!is_shown(e->d_name))
		return cover_path(path, folder);
	/* A directory of the kernel is never writable itself, but files in it may be. */
	if (strcmp(e->d_name, "sys") == 0 || (!folder && lstat(path, &st) == 0 && !root_may(&st, S_IWOTH)))
		return 0;
	return write_protect(path);
}

/* A program that keeps libvirt's '/proc/meminfo' open cannot read it again, because it does not seek. free(1), top(1)
 * and daemons that watch memory fail on it. It is worth that only if it shows a limit on the container's memory;
 * otherwise the kernel's own file, below it, takes its place. */
static int choose_meminfo(void)
{
	static const char path[] = "/proc/meminfo";
	_cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned long long total;
	struct sysinfo host;
	char text[64] = "";

	if (fd < 0)
		return -errno;
	if (lseek(fd, 0, SEEK_SET) == 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) < 0 || sysinfo(&host) < 0)
		return -errno;
	if (sscanf(text, "MemTotal: %llu kB", &total) != 1 || total < host.totalram * host.mem_unit / 1024)
		return 0;
	return umount2(path, MNT_DETACH) < 0 ? -errno : 0;
}

static int cover_proc(void)
{
	_cleanup_(closedirp) DIR *d = opendir("/proc");
	struct dirent *e;
	int r = 0;

	if (!d)
		return -errno;
	while (errno = 0, r == 0 && (e = readdir(d))) {
		r = cover_entry(e);
		r = r == -ENOENT ? 0 : r; /* it disappeared with its module */
	}
	return r < 0 ? r : -errno; /* readdir(3) */
}

/* Covers, below 'fd', a directory of '/proc/sys' with the path 'path', what only the host's root may read. Some of
 * these files do something when they are read. Closes 'fd'. */
static int cover_settings(int fd, const char *path)
{
	_cleanup_(closedirp) DIR *d = fdopendir(fd);
	struct dirent *e;
	int r = 0;

	if (!d) {
		r = -errno;
		close(fd);
		return r;
	}
	while (errno = 0, r == 0 && (e = readdir(d))) {
		_cleanup_(freep) char *inner = xasprintf("%s/%s", path, e->d_name);
		struct stat st;

		if (e->d_name[0] == '.' || strcmp(inner, "/proc/sys/net") == 0) /* the container's own */
			continue;
		if (e->d_type == DT_DIR) {
			int sub = openat(fd, e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

			r = sub < 0 ? -errno : cover_settings(sub, inner);
		} else if (fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !(st.st_mode & S_IROTH) &&
			   root_may(&st, S_IROTH)) {
			r = cover_path(inner, false);
		}
	}
	return r < 0 ? r : -errno;
}

static int cover_all_settings(void)
{
	static const char top[] = "/proc/sys";
	int fd = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : cover_settings(fd, top);
}

/* Makes 'path' and the missing directories above it. */
static int make_path(const char *path)
{
	_cleanup_(freep) char *part = xstrdup(path);

	for (char *p = strchr(part + 1, '/');; p = strchr(p + 1, '/')) {
		if (p)
			*p = '\0';
		if (mkdir(part, 0755) < 0 && errno != EEXIST)
			return -errno;
		if (!p)
			return 0;
		*p = '/';
	}
}

/* Replaces '/sys' by an empty one, with copies of what the old one has. They are as writable as before, which only the
 * control groups are. */
static int cover_sys(void)
{
	int trees[ARRAY_SIZE(sys_shown)], r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(sys_shown); i++) {
		_cleanup_(freep) char *path = xasprintf("/sys/%s", sys_shown[i].path);

		trees[i] = sys_open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
		if (trees[i] < 0 && trees[i] != -ENOENT)
			r = trees[i];
	}
	if (r == 0 &&
	    (umount2("/sys", MNT_DETACH) < 0 || mount("none", "/sys", "tmpfs", RESTRICTED, "mode=755,size=64k") < 0))
		r = -errno;
	for (size_t i = 0; i < ARRAY_SIZE(sys_shown); i++) {
		_cleanup_(freep) char *path = xasprintf("/sys/%s", sys_shown[i].path);

		if (r == 0 && trees[i] >= 0)
			r = make_path(path);
		if (r == 0 && trees[i] >= 0)
			r = sys_move_mount(trees[i], "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH);
		closep(&trees[i]);
	}
	return r < 0 ? r : seal("/sys");
}

int cover_host(int (*more)(void))
{
	int r = make_standins();

	r = r < 0 ? r : choose_meminfo();
	r = r < 0 ? r : cover_proc();
	r = r < 0 ? r : cover_all_settings();
	r = r < 0 || !more ? r : more();
	if (r < 0)
		return r;
	return umount2(STANDIN, MNT_DETACH) < 0 ? -errno : cover_sys();
}

/* Makes a copy of our mount namespace that a new user namespace owns. Returns a descriptor of it. */
static int foreign_copy(void)
{
	struct clone_args args = { .flags = CLONE_NEWUSER | CLONE_NEWNS, .exit_signal = SIGCHLD };
	pid_t pid = sys_clone3(&args, sizeof(args));
	_cleanup_(freep) char *path = NULL;
	int fd;

	if (pid < 0)
		return pid;
	if (pid == 0)
		for (;;)
			pause();
	path = xasprintf("/proc/%d/ns/mnt", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	fd = fd < 0 ? -errno : fd;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return fd;
}

int cover_lock(void)
{
	_cleanup_(closep) int copy = foreign_copy();

	if (copy < 0)
		return copy;
	/* Then enters a copy that the container owns, or its systemd could not mount anything. */
	return setns(copy, CLONE_NEWNS) < 0 || unshare(CLONE_NEWNS) < 0 ? -errno : 0;
}
