/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* domain-start and domain-stop: the two ends of a container's domain, run by the monitor and by the host unit. The
 * monitor stays small because libvirt is loaded only here, in processes that soon end. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/xattr.h>
#include <linux/xattr.h>
#include <unistd.h>

#include "virt/unit-allow.h"
#include "cli/cmds.h"
#include "container/paths.h"
#include "virt/domain-xml.h"
#include "container/handover.h"
#include "virt/limits-apply.h"
#include "container/state-dirs.h"
#include "running/leader.h"
#include "base/netlink.h"
#include "base/log.h"
#include "container/staging.h"
#include "base/patience.h"
#include "base/rootfd.h"
#include "running/cgroup-scope.h"
#include "virt/libvirt.h"

#define LIBVIRT_MS 20000 /* what ending a container takes it at most, and more */
#define LEADER_MS 10000

/* Of the host's users only the container's root, which is an ordinary one there, may send to the monitor's socket. The
 * runtime directory itself stays as systemd made it, or systemd would give all in it back to the host's root. */
static int open_to_container(const struct record *record, const char *runtime)
{
	_cleanup_(freep) char *notify = xasprintf("%s/" RUNTIME_HOST "/" HOST_NOTIFY, runtime);

	if (lchown(notify, record->uid_base, record->uid_base) < 0)
		return log_error_errno(errno, "Cannot prepare '%s': %m. Start containers with systemctl", notify);
	return 0;
}

/* With SELinux the container's processes may look at nothing that does not have its context. */
static int label(const struct record *record, const char *runtime)
{
	static const char *const names[] = { RUNTIME_HOST, RUNTIME_HOST "/" HOST_NOTIFY, RUNTIME_HOST "/" HOST_ALLOW };
	const char *context = record->file_context;

	for (size_t i = 0; context && *context && i < ARRAY_SIZE(names); i++) {
		_cleanup_(freep) char *path = xasprintf("%s/%s", runtime, names[i]);

		if (lsetxattr(path, XATTR_NAME_SELINUX, context, strlen(context) + 1, 0) < 0)
			return log_error_errno(errno, "Cannot label '%s' as %s: %m", path, context);
	}
	return 0;
}

static uint64_t host_memory_kib(void)
{
	struct sysinfo info;

	sysinfo(&info); /* cannot fail with a valid pointer */
	return (uint64_t)info.totalram * info.mem_unit / 1024;
}

static int start_networks(struct _virConnect *conn, const struct record *record)
{
	for (size_t i = 0; i < record->n_nets; i++) {
		const char *network = record->nets[i].network;
		int r = *network ? virt_network_start(conn, network) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

static int remove_interfaces(const struct record *record)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < record->n_nets; i++) {
		_cleanup_(freep) char *interface = host_interface_name(record->name, i);

		r = netlink_remove(interface);
		if (r < 0)
			log_error_errno(r, "Cannot remove network interface '%s' of container '%s': %m", interface,
					record->name);
	}
	return r;
}

/* Ends the container if it runs. It may be what a monitor that was killed has left; and a libvirtd that was killed while
 * it started a container leaves that one's network interfaces. */
static int end_domain(struct _virConnect *conn, const struct record *record)
{
	int r = virt_destroy(conn, record->name, record->uuid);

	return r < 0 ? r : remove_interfaces(record);
}

static int start_domain(struct _virConnect *conn, const struct record *record, struct virt_leader *ret)
{
	_cleanup_(freep) char *xml = domain_xml(record, host_memory_kib());
	int r = start_networks(conn, record);

	return r < 0 ? r : virt_start(conn, record->name, xml, ret);
}

/* The container is a child of libvirtd and has its limits, while its services may ask for as many files as on the host.
 * The soft limit stays what programs expect. Without the right to do it they are told by their own systemd. */
static void raise_limits(pid_t leader)
{
	struct rlimit files = { .rlim_cur = 1024, .rlim_max = 512 * 1024 };

	if (prlimit(leader, RLIMIT_NOFILE, &files, NULL) < 0)
		log_debug("Cannot raise the limit of open files of process %d: %m", leader);
}

static int hand_over(const struct virt_leader *leader)
{
	int r = handover_send(STDOUT_FILENO, leader->pid, leader->pidfd, leader->console);

	return r < 0 ? log_error_errno(r, "Cannot hand the container to its monitor: %m") : 0;
}

/* What libvirt does not limit. From now on 'set' finds the container running; what it has changed meanwhile is only in
 * the record. */
static int hold_limits(const struct context *context, const struct record *started, pid_t leader)
{
	_cleanup_(record_done) struct record record = { 0 };
	int r = record_load(context->root_fd, started->name, &record);

	if (r < 0)
		return r;
	if (memcmp(record.limits, started->limits, sizeof(record.limits)) != 0)
		return hold(context->connect, &record, leader);
	return record.limits[LIMIT_TASKS] || record.limits[LIMIT_IO_WEIGHT] ? scope_limit(&record, leader) : 0;
}

static int start(const struct context *context, const char *name)
{
	_cleanup_(record_done) struct record record = { 0 };
	_cleanup_(virt_leader_done) struct virt_leader leader = { .pidfd = -1, .console = -1 };
	_cleanup_(freep) char *runtime = runtime_dir(name);
	_cleanup_(freep) char *allow = xasprintf("%s/" RUNTIME_HOST "/" HOST_ALLOW, runtime);
	_cleanup_(virt_closep) struct _virConnect *conn = NULL;
	int r = record_load(context->root_fd, name, &record);

	if (r == 0)
		r = virt_open(context->connect, &conn);
	if (r == 0)
		r = end_domain(conn, &record); /* nothing of it may run while we look at the tree */
	if (r == 0)
		r = state_dirs_guard_tree(context->root_fd, record.path);
	if (r == 0)
		r = staging_prepare(context->root_fd, &record);
	if (r == 0)
		r = open_to_container(&record, runtime);
	if (r == 0)
		r = allow_write(context, &record, allow);
	if (r == 0)
		r = label(&record, runtime);
	if (r == 0)
		r = staging_make(context->root_fd, &record);
	if (r == 0)
		r = start_domain(conn, &record, &leader);
	staging_clear(name);
	if (r == 0) {
		raise_limits(leader.pid);
		r = leader_write(context->root_fd, name, leader.pid);
		if (r < 0)
			log_error_errno(r, "Cannot write down which process container '%s' has: %m", name);
	}
	if (r == 0)
		r = hold_limits(context, &record, leader.pid);
	return r < 0 ? r : hand_over(&leader);
}

struct end {
	const struct context *context;
	const struct record *record;
};

static int end_by_libvirt(void *data)
{
	const struct end *end = data;
	_cleanup_(virt_closep) struct _virConnect *conn = NULL;
	int r = virt_reach(end->context->connect, &conn);

	return r < 0 ? r : end_domain(conn, end->record);
}

/* libvirt's own program for the container ends with it, and libvirtd clears up when it finds it gone. */
static int end_without_libvirt(const struct end *end)
{
	const char *name = end->record->name;
	int r = leader_kill(end->context->root_fd, name, LEADER_MS);

	if (r < 0)
		return log_error_errno(r, "Cannot end container '%s': %m", name);
	log_warn("Container '%s' was ended without libvirt, which did not answer", name);
	return remove_interfaces(end->record);
}

/* At the host's shutdown, or in the middle of an upgrade, libvirtd may be gone, or not come before we have ended. */
static int stop(const struct context *context, const char *name)
{
	_cleanup_(record_done) struct record record = { 0 };
	struct end end = { context, &record };
	int r;

	staging_clear(name);
	r = record_load(context->root_fd, name, &record);
	if (r == 0)
		r = subprocess_call(end_by_libvirt, &end, LIBVIRT_MS);
	return r == -ETIMEDOUT || r == -ENOTCONN ? end_without_libvirt(&end) : r;
}

static int run(const struct verb *verb, int argc, char **argv, int (*action)(const struct context *, const char *),
	       const struct context *context)
{
	if (verb_getopt(verb, argc, argv) || argc - optind != 1 || !record_name_valid(argv[optind]))
		return verb_usage(verb, "needs the name of a container");
	return action(context, argv[optind]) < 0 ? 1 : 0;
}

static int run_start(const struct context *context, int argc, char **argv)
{
	return run(&cmd_domain_start, argc, argv, start, context);
}

static int run_stop(const struct context *context, int argc, char **argv)
{
	return run(&cmd_domain_stop, argc, argv, stop, context);
}

static const struct verb_option no_options[] = { { 0 } };

const struct verb cmd_domain_start = {
	.name = "domain-start",
	.synopsis = "NAME",
	.help = "Start the domain of a container, for its monitor",
	.options = no_options,
	.run = run_start,
	.internal = true,
};

const struct verb cmd_domain_stop = {
	.name = "domain-stop",
	.synopsis = "NAME",
	.help = "Remove what is left of a container's domain",
	.options = no_options,
	.run = run_stop,
	.internal = true,
};
