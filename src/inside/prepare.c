/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the first program of every container does, whether the container runs systemd or a single command: its own view
 * of the control groups, limits, and the right to ping. */
#include "inside/init.h"

#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "base/strv.h"
#include "base/util.h"

/* libvirt mounts the host's whole tree of control groups, writable for root, and any other mounts of control groups on
 * the host. */
static int detach_cgroups(void)
{
	_cleanup_(endmntentp) FILE *table = setmntent("/proc/self/mounts", "re");
	_cleanup_(strv_done) struct strv paths = { 0 };
	struct mntent *entry;

	if (!table)
		return -errno;
	while ((entry = getmntent(table)))
		if (skip_prefix(entry->mnt_type, "cgroup"))
			strv_add(&paths, entry->mnt_dir);
	for (size_t i = paths.n; i-- > 0;) /* a later one may be below an earlier one */
		if (umount2(paths.v[i], MNT_DETACH) < 0)
			return -errno;
	return 0;
}

int own_cgroups(unsigned long flags)
{
	int r = detach_cgroups();

	if (r < 0)
		return r;
	if (unshare(CLONE_NEWCGROUP) < 0)
		return -errno;
	if (mount("cgroup2", "/sys/fs/cgroup", "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC | flags, NULL) < 0)
		return -errno;
	return 0;
}

/* Hard limits, which all processes of the container inherit, and which only the host can raise (getrlimit(2)). A
 * service may have a lower limit of its own. */
static const struct {
	int resource;
	rlim_t most;
	const char *reason;
} limits[] = {
	{ RLIMIT_SIGPENDING, 1024,
	  "the kernel counts pending signals against the host's root, too, who made the user namespace" },
	{ RLIMIT_MSGQUEUE, 400 * 1024, "it counts the bytes in message queues, too; half of the kernel's default" },
	/* core(5) does not say that. The system call filter keeps it as it is. */
	{ RLIMIT_CORE, 1, "with this limit, and not with 0, the host's handler of core dumps does not run" },
};

int set_limits(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		enum __rlimit_resource resource = (enum __rlimit_resource)limits[i].resource;
		struct rlimit limit;

		if (getrlimit(resource, &limit) < 0)
			return -errno;
		if (limit.rlim_max > limits[i].most)
			limit.rlim_max = limits[i].most;
		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(resource, &limit) < 0)
			return -errno;
	}
	return 0;
}

/* As systemd does on a host (sysctl.d(5)): afterwards nobody inside may. A container whose users cannot ping is better
 * than none. */
int let_users_ping(void)
{
	static const char groups[] = "0 65535";
	_cleanup_(closep) int fd = open("/proc/sys/net/ipv4/ping_group_range", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, groups, strlen(groups)) < 0)
		log_info("users cannot ping: %s.", strerror(errno));
	return 0;
}
