/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Limits of processes, of each user inside, and of terminals. They protect the host's resources, so nothing inside
 * depends on them. */
#include "virt/leader-limits.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "base/subprocess.h"
#include "base/syscalls.h"
#include "base/util.h"
#include "virt/libvirt-domain.h"
#include "virt/terminals.h"

#define LIMITS_MS 10000
#define TERMINALS 1024 /* far more than the people at work in one container have open */

/* Limits that only the host can raise, and that its processes inherit from the first one. Those that can be lowered are
 * in inside/init.c. A service may have a lower limit of its own. */
static const struct {
	const char *name, *reason;
	int resource;
	struct rlimit limit;
} leader_limits[] = {
	{ "open files",
	  "they would inherit libvirtd's, but services expect the host's limit, and programs its soft one",
	  RLIMIT_NOFILE,
	  { 1024, 512 * 1024 } },
	{ "core dumps",
	  "if libvirtd's is 0, the container's init cannot set 1, and only that keeps the host's handler from running",
	  RLIMIT_CORE,
	  { 1, 1 } },
};

/* A number may become another process's as soon as this one has ended; while it runs, the number is its own. If we
 * cannot raise one, the container's systemd reports that itself. */
static void limit_processes(const struct libvirt_leader *leader)
{
	for (size_t i = 0; i < ARRAY_SIZE(leader_limits); i++)
		if (sys_pidfd_wait(leader->pidfd, 0) != 0 ||
		    prlimit(leader->pid, leader_limits[i].resource, &leader_limits[i].limit, NULL) < 0)
			log_debug("Cannot set the limit of %s of process %d: %m", leader_limits[i].name, leader->pid);
}

/* What each user of the container may have: limits of its user namespace, in /proc/sys/user (namespaces(7)). libvirt
 * makes that namespace as the host's root, so the kernel counts everything against that user, too. The numbers are far
 * above what services need. Root inside cannot change them, because its '/proc/sys' is read-only. */
static const struct {
	const char *file, *value, *reason;
} user_limits[] = {
	{ "max_user_namespaces", "1", "its init has one for a moment, and then the system call filter refuses them" },
	{ "max_fanotify_groups", "0", "the system call filter refuses them" },
	{ "max_fanotify_marks", "0", "there is no group to put them in" },
	{ "max_inotify_instances", "128",
	  "systemd and its services have about ten; the more watch a file, the longer it takes to open it" },
	{ "max_inotify_watches", "131072", "systemd and its services have about a hundred" },
	{ "max_cgroup_namespaces", "1024", "units with ProtectControlGroups= or Delegate= have one" },
	{ "max_ipc_namespaces", "1024", "units with PrivateIPC= have one" },
	{ "max_mnt_namespaces", "4096", "most units have one, and so do helpers of systemd" },
	{ "max_net_namespaces", "256", "units with PrivateNetwork= have one, and each is large" },
	{ "max_pid_namespaces", "1024", "units with PrivatePIDs= have one" },
	{ "max_time_namespaces", "64", "hardly anything uses them" },
	{ "max_uts_namespaces", "1024", "units with ProtectHostname= have one" },
};

/* Runs in a child, because the namespace of the process that opens a file in /proc/sys/user decides whose limits it
 * holds. */
static int write_user_limits(void *data)
{
	const struct libvirt_leader *leader = data;
	int dir = open("/proc/sys/user", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0 || setns(leader->pidfd, CLONE_NEWUSER) < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(user_limits); i++) {
		size_t length = strlen(user_limits[i].value);
		int fd = openat(dir, user_limits[i].file, O_WRONLY | O_CLOEXEC);

		if (fd < 0 && errno == ENOENT) /* the kernel is too old for this kind of namespace */
			continue;
		if (fd < 0 || write(fd, user_limits[i].value, length) != (ssize_t)length)
			return -errno;
		close(fd);
	}
	return 0;
}

void leader_limits_set(int root_fd, const char *name, const struct libvirt_leader *leader)
{
	int users, terminals;

	limit_processes(leader);
	users = subprocess_call(write_user_limits, (void *)leader, LIMITS_MS);
	terminals = terminals_limit(root_fd, name, leader->controller, TERMINALS);
	if (sys_pidfd_wait(leader->pidfd, 0) != 0)
		return;
	if (users < 0)
		log_warn_errno(users, "Cannot set the limits of users in '%s': %m", name);
	if (terminals < 0)
		log_warn_errno(terminals, "Cannot limit the terminals of '%s': %m", name);
}
