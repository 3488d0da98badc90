/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files of the host's kernel that a container must not use are covered, and the covers are locked. When a mount
 * namespace of another user namespace gets a copy of mounts, they are locked to each other and cannot become writable
 * again, in any later copy (mount_namespaces(7)). Root of the container may then mount more, but not unmount, move or
 * remount what is there, nor mount another '/proc' or '/sys', because the kernel gives none that shows more than the
 * locked ones. */
#include "inside/init.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/syscalls.h"
#include "base/util.h"

#define RESTRICTED (MS_NOSUID | MS_NODEV | MS_NOEXEC)

static int hide_folder(const char *path)
{
	return mount("none", path, "tmpfs", RESTRICTED | MS_RDONLY, "mode=755,size=4k") < 0 ? -errno : 0;
}

static int hide_file(const char *path)
{
	return mount("/dev/null", path, NULL, MS_BIND, NULL) < 0 ? -errno : 0;
}

static int write_protect(const char *path)
{
	if (mount(path, path, NULL, MS_BIND, NULL) < 0)
		return -errno;
	return mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | RESTRICTED | MS_RDONLY, NULL) < 0 ? -errno : 0;
}

/* Many of the kernel's files ask only for user 0, not for a capability. */
static const struct {
	const char *path;
	int (*cover)(const char *path);
} covers[] = {
	/* steering the host */
	{ "/proc/sysrq-trigger", write_protect },
	{ "/proc/irq", write_protect },
	{ "/proc/bus", write_protect },
	{ "/proc/fs", write_protect },
	{ "/proc/mtrr", write_protect },
	{ "/proc/acpi", hide_folder },
	{ "/proc/scsi", hide_folder },
	{ "/proc/asound", hide_folder },
	/* memory of the kernel and of others, and where it lies */
	{ "/proc/kcore", hide_file },
	{ "/proc/kpagecount", hide_file },
	{ "/proc/kpageflags", hide_file },
	{ "/proc/kpagecgroup", hide_file },
	{ "/proc/vmallocinfo", hide_file },
	{ "/proc/slabinfo", hide_file },
	{ "/proc/pagetypeinfo", hide_file },
	/* what others do */
	{ "/proc/timer_list", hide_file },
	{ "/proc/latency_stats", hide_file },
	{ "/proc/sched_debug", hide_file },
	{ "/proc/profile", hide_file },
	{ "/proc/keys", hide_file },
	{ "/proc/key-users", hide_file },
	{ "/sys/kernel/debug", hide_folder },
	{ "/sys/kernel/tracing", hide_folder },
	{ "/sys/kernel/slab", hide_folder },
	{ "/sys/firmware", hide_folder },
	{ "/sys/devices/virtual/powercap", hide_folder },
};

/* Root can map registers of devices into memory through files in there, even if the file system is read-only. */
static int hide_buses(void)
{
	_cleanup_(closedirp) DIR *d = opendir("/sys/devices");
	struct dirent *e;
	int r = 0;

	if (!d)
		return -errno;
	while (r == 0 && (e = readdir(d))) {
		_cleanup_(freep) char *path = xasprintf("/sys/devices/%s", e->d_name);

		if (skip_prefix(e->d_name, "pci"))
			r = hide_folder(path);
	}
	return r;
}

int cover_kernel(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(covers); i++) {
		int r = covers[i].cover(covers[i].path);

		if (r < 0 && r != -ENOENT)
			return r;
	}
	return hide_buses();
}

/* A descriptor of a copy of our mount namespace that a new user namespace owns. */
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
	/* Then into a copy that the container owns, or its systemd could not mount anything. */
	return setns(copy, CLONE_NEWNS) < 0 || unshare(CLONE_NEWNS) < 0 ? -errno : 0;
}
